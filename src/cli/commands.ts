import { helpOn, type OptionName, readOptions, type Values } from "./commandOptions.ts";
import { demo, TOY_NAMES } from "./demoCommand.ts";
import { evaluate } from "./evaluateCommand.ts";
import { fit } from "./fit/fitCommand.ts";
import { inspect } from "./inspectCommand.ts";
import { plot } from "./plotCommand.ts";
import { sample } from "./sampleCommand.ts";
import { score } from "./scoreCommand.ts";
import { TABLE_OPTIONS } from "./tableInput.ts";
import { wrongCall } from "./wrongCall.ts";

/** One command of `diffeo`. */
interface Command {
  /** What follows the name: the files it takes; those in brackets may be absent. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionName[];
  readonly examples: readonly string[];
  /** What else is to be known. */
  readonly notes?: readonly string[];
  run(values: Values, words: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  fit: {
    words: ["DATA"],
    summary: "learns the density of a table, and measures it on rows held out, beside a Gaussian",
    options: [
      ...(["output", "model", "for", "types", "columns", "exclude", "condition", "missing"] as const),
      ...TABLE_OPTIONS,
      ...(["test", "steps", "budget", "resume", "report", "seed", "threads", "json", "quiet"] as const),
    ],
    examples: [
      "diffeo fit wine.csv -o wine.safetensors",
      "diffeo fit wine.csv --exclude quality --model nsf --budget 60 -o wine.safetensors",
      "diffeo fit penguins.csv --condition flipper_mm --missing drop -o penguins.safetensors",
      "zcat large.csv.gz | diffeo fit - --columns x,y --json",
    ],
    notes: [
      "Without -o nothing is saved. Ctrl-C ends training and saves the best so far; with a --model that is trained --resume goes on.",
      "How much a budget holds depends on the machine; --steps N with the same --seed gives the same file, byte for byte, with any --threads.",
    ],
    run: fit,
  },
  score: {
    words: ["MODEL", "DATA"],
    summary: "writes the table with log-likelihoods, nats, and p-values; says which rows are odd, and why",
    options: ["output", "alpha", "explain", "missing", ...TABLE_OPTIONS, "json", "quiet"],
    examples: [
      "diffeo score wine.safetensors wine.csv > scored.csv",
      "diffeo score wine.safetensors - < new.csv | sort -t, -g -k 13 | head",
    ],
    notes: ["Rows are read, scored and written as they come. --json writes one line for each row."],
    run: score,
  },
  sample: {
    words: ["MODEL"],
    summary: "draws rows, as CSV",
    options: ["rows", "given", "temperature", "output", "seed", "json", "quiet"],
    examples: [
      "diffeo sample wine.safetensors -n 500 > rows.csv",
      "diffeo sample penguins.safetensors -n 200 --given mass_g=4000",
    ],
    notes: [
      "--given is exact for the columns of --condition at fit; for others rows are resampled from the joint, if that is worth 100 independent rows.",
    ],
    run: sample,
  },
  evaluate: {
    words: ["MODEL", "DATA"],
    summary: "says how likely the rows of a table are: nats, bits/dim, beside a Gaussian",
    options: ["missing", ...TABLE_OPTIONS, "json", "quiet"],
    examples: ["diffeo evaluate wine.safetensors new.csv"],
    run: evaluate,
  },
  plot: {
    words: ["MODEL", "[DATA]"],
    summary: "draws the model, SVG: densities, samples, pairs of columns, the way through the layers",
    options: ["output", "given", "missing", ...TABLE_OPTIONS, "seed", "quiet"],
    examples: ["diffeo plot wine.safetensors wine.csv -o wine.svg"],
    notes: ["Without -o the picture goes to model.svg; -o - writes it to standard output."],
    run: plot,
  },
  inspect: {
    words: ["MODEL"],
    summary: "says what a model file is: columns, layers, seed, hashes",
    options: ["json"],
    examples: ["diffeo inspect wine.safetensors"],
    run: inspect,
  },
  demo: {
    words: ["[TOY]"],
    summary: "learns a toy whose density is known, and draws how",
    options: ["output", "steps", "seed", "json", "quiet"],
    examples: ["diffeo demo", "diffeo demo pinwheel -o pinwheel.svg"],
    notes: [`Toys: ${TOY_NAMES.join(", ")}.`],
    run: demo,
  },
};

/** Runs what the command line says; returns the exit code. Throws CommandError for what it does not understand. */
export async function runCommand(name: string, args: readonly string[]): Promise<number> {
  if (!Object.hasOwn(COMMANDS, name))
    throw wrongCall(`unknown command "${name}"; there are ${Object.keys(COMMANDS).join(", ")}`);
  const command = COMMANDS[name];
  const { values, words } = readOptions(name, command.options, args);
  if (values.help) {
    process.stdout.write(helpOf(name));
    return 0;
  }
  const required = command.words.filter((word) => !word.startsWith("["));
  if (words.length < required.length || words.length > command.words.length) {
    const came = words.length === 0 ? "none" : words.join(" ");
    throw wrongCall(`${name} takes ${command.words.join(" and ")}; got ${came}`, name);
  }
  return command.run(values, words);
}

/** The help of one command. */
function helpOf(name: string): string {
  const { words, summary, options, examples, notes = [] } = COMMANDS[name];
  return [
    `diffeo ${[name, ...words].join(" ")}`,
    `  ${summary}`,
    "",
    "examples",
    ...examples.map((example) => `  ${example}`),
    "",
    "options",
    ...helpOn([...options, "help"]),
    ...(notes.length > 0 ? ["", ...notes] : []),
    "",
  ].join("\n");
}

/** The help of all. */
export function helpOfAll(): string {
  const names = Object.keys(COMMANDS);
  const left = names.map((name) => `diffeo ${[name, ...COMMANDS[name].words].join(" ")}`);
  const width = Math.max(...left.map(({ length }) => length));
  return [
    "diffeo: normalizing flows from first principles",
    "",
    ...names.map((name, i) => `  ${left[i].padEnd(width)}  ${COMMANDS[name].summary}`),
    "",
    "examples",
    "  diffeo fit wine.csv -o wine.safetensors",
    "  diffeo score wine.safetensors wine.csv > scored.csv",
    "  diffeo sample wine.safetensors -n 100",
    "",
    "DATA is a table: CSV and its relatives, JSON, NumPy, Parquet, Arrow, packed or not; - is standard input.",
    "diffeo COMMAND --help says more. The last line of fit, evaluate and demo is one JSON object.",
    "Exit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted.",
    "",
  ].join("\n");
}
