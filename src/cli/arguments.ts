import { parseArgs } from "node:util";
import { CommandError } from "./commandError.ts";

/** The options that both commands know. */
interface CommonOptions {
  /** Of all randomness. */
  readonly seed: number;
  /** The picture's file; undefined for the default. */
  readonly output: string | undefined;
  /** Of training; undefined for the command's own default. */
  readonly steps: number | undefined;
}

export interface DemoOptions extends CommonOptions {
  /** `diffeo demo` */
  readonly command: "demo";
}

export interface FitOptions extends CommonOptions {
  /** `diffeo fit FILE.csv` */
  readonly command: "fit";
  /** The path of the table. */
  readonly file: string;
  /** The columns asked for; undefined for all numeric ones. */
  readonly columns: readonly string[] | undefined;
  /** Whether rows with missing values are left out; otherwise they are refused. */
  readonly dropMissing: boolean;
}

/** Reads the command line. Throws CommandError, one line each, for what it does not understand. */
export function parseCommand(
  argv: readonly string[],
): DemoOptions | FitOptions | { readonly command: "help" | "version" } {
  const [command, ...rest] = argv;
  if (command === undefined || command === "help" || argv.includes("--help") || argv.includes("-h")) {
    return { command: "help" };
  }
  if (command === "--version" || command === "-v") return { command: "version" };
  if (command === "demo") {
    const { values, positionals } = parse(rest);
    if (positionals.length > 0) throw usage(`demo takes no file; got "${positionals[0]}"`);
    for (const option of ["columns", "missing"] as const) {
      if (values[option] !== undefined) throw usage(`demo has no option --${option}`);
    }
    return { command, ...common(values) };
  }
  if (command === "fit") {
    const { values, positionals } = parse(rest);
    if (positionals.length !== 1) throw usage(`fit takes one CSV file; got ${positionals.length}`);
    if (values.missing !== undefined && values.missing !== "drop") {
      throw usage(`--missing knows only "drop"; got "${values.missing}"`);
    }
    return {
      command,
      file: positionals[0],
      columns: values.columns?.split(",").map((name) => name.trim()),
      dropMissing: values.missing === "drop",
      ...common(values),
    };
  }
  throw usage(`unknown command "${command}"`);
}

type Values = { seed?: string; output?: string; steps?: string; columns?: string; missing?: string };

function parse(args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        output: { type: "string", short: "o" },
        steps: { type: "string" },
        columns: { type: "string" },
        missing: { type: "string" },
      },
    });
  } catch (error) {
    throw usage((error as Error).message.split(/[.\n]/)[0]);
  }
}

function common(values: Values): CommonOptions {
  if (values.output === "") throw usage("-o needs a file name");
  return {
    seed: integer("seed", values.seed ?? "1", 0),
    output: values.output,
    steps: values.steps === undefined ? undefined : integer("steps", values.steps, 1),
  };
}

function integer(option: string, text: string, minimum: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < minimum) {
    throw usage(`--${option} must be an integer ≥ ${minimum}; got "${text}"`);
  }
  return value;
}

function usage(message: string): CommandError {
  return new CommandError(`${message} (see diffeo --help)`, 2);
}
