import { parseArgs } from "node:util";
import { MODEL_NAMES, type ModelKind } from "../density/recipes.ts";
import {
  type AskedTypes,
  assignment,
  cells,
  character,
  integer,
  list,
  type NameList,
  oneOf,
  positive,
  type Read,
  share,
  text,
  types,
} from "./optionReaders.ts";
import { wrongCall } from "./wrongCall.ts";

/** An option that takes a value. */
interface ValueOption<Value> {
  /** What stands for the value in the help. */
  readonly argument: string;
  readonly help: string;
  readonly short?: string;
  /** Whether it may come more than once; all of its texts are read. */
  readonly multiple?: boolean;
  readonly read: Read<Value>;
}

/** An option that is there or not. */
interface Flag {
  readonly help: string;
  readonly short?: string;
}

/** What the options that take a value become. */
interface ValueTypes {
  readonly output: string;
  readonly model: ModelKind | "auto";
  readonly types: AskedTypes;
  readonly for: "anomalies";
  readonly temperature: number;
  readonly alpha: number;
  readonly columns: NameList;
  readonly exclude: NameList;
  readonly condition: NameList;
  readonly missing: "drop";
  readonly blanks: readonly string[];
  readonly separator: string;
  readonly decimal: "." | ",";
  readonly comment: string;
  readonly skip: number;
  readonly test: number;
  readonly steps: number;
  readonly budget: number;
  readonly report: string;
  readonly seed: number;
  readonly threads: number;
  readonly rows: number;
  readonly given: readonly [column: string, value: number | string];
}

/** All options that take a value, by name. */
const VALUES: { readonly [Name in keyof ValueTypes]: ValueOption<ValueTypes[Name]> } = {
  output: { argument: "FILE", short: "o", help: "where the result goes", read: text },
  model: {
    argument: "KIND",
    help: "auto (the best by validation, the default), gaussian, mixture, linear, nice, realnvp, maf, nsf or nsf-coupling",
    read: oneOf(...MODEL_NAMES),
  },
  types: {
    argument: "a=integer",
    help: "what values are: real, integer, positive, a step, an interval such as 0..1; one for all, or by name",
    read: types,
  },
  for: {
    argument: "anomalies",
    help: "the steadiest detector of odd rows, instead of --model",
    read: oneOf("anomalies"),
  },
  temperature: { argument: "T", help: "below 1 for more likely rows; 1 by default", read: positive },
  alpha: { argument: "P", help: "mark rows with a p-value of at most P as odd, such as 0.01", read: share },
  columns: {
    argument: "a,b",
    help: 'the columns to model; all numeric ones by default. "x,y" is one name',
    read: list,
  },
  exclude: { argument: "a,b", help: "columns to leave out", read: list },
  condition: { argument: "c", help: "columns that are given, not modelled: p(others | c)", read: list },
  missing: {
    argument: "drop",
    help: "leave out rows with blanks or infinities; they are refused otherwise",
    read: oneOf("drop"),
  },
  blanks: { argument: "a,b", help: "what cells without a value hold, instead of what programs write", read: cells },
  separator: {
    argument: "C",
    help: "between cells: a character, or tab, space; found out by default",
    read: character,
  },
  decimal: { argument: "C", help: "the decimal mark, . or ,; found out by default", read: oneOf(".", ",") },
  comment: { argument: "C", help: "the character that begins lines which are no rows", read: character },
  skip: { argument: "N", help: "lines to leave out before the table, a row of units counted", read: integer(0) },
  test: { argument: "SHARE", help: "the share of rows held out for the figures; 0.2 by default", read: share },
  steps: { argument: "N", help: "steps of training, instead of a budget", read: integer(1) },
  budget: {
    argument: "SECONDS",
    help: "as many models and steps as take about so long; 60 by default",
    read: positive,
  },
  report: { argument: "DIR", help: "write report, figures and picture there", read: text },
  threads: { argument: "N", help: "how many threads share the work; 1 by default", read: integer(1) },
  seed: { argument: "N", help: "of all randomness; 1 by default", read: integer(0) },
  rows: { argument: "N", short: "n", help: "how many rows; 1000 by default", read: integer(1) },
  given: { argument: "c=4", help: "the value of a column; may come several times", multiple: true, read: assignment },
};

/** All options that are there or not, by name. */
const FLAGS: Readonly<Record<FlagName, Flag>> = {
  "no-header": { help: "the first row is data; columns are called c1, c2, …" },
  header: { help: "the first row has the names, whatever it looks like" },
  explain: { help: "say for each row which column is the least likely given the others" },
  resume: { help: "go on with training that was interrupted, from the file of -o" },
  json: { help: "write only the result, one line of JSON" },
  quiet: { help: "show no progress" },
  help: { short: "h", help: "this text" },
};

type ValueName = keyof ValueTypes;
type FlagName = "no-header" | "header" | "explain" | "resume" | "json" | "quiet" | "help";
/** The name of an option, as it is written behind --. */
export type OptionName = ValueName | FlagName;

/** The options of one call, read. */
export type Values = { readonly [Name in Exclude<ValueName, "given">]?: ValueTypes[Name] } & {
  readonly [Name in FlagName]: boolean;
} & { readonly given: readonly ValueTypes["given"][] };

/** The options and the other words of a call. Throws CommandError for what the command does not know. */
export function readOptions(
  command: string,
  known: readonly OptionName[],
  args: readonly string[],
): { readonly values: Values; readonly words: readonly string[] } {
  const all: readonly OptionName[] = [...known, "help"];
  const specification = Object.fromEntries(
    all.map((name) => {
      const { short, multiple }: Partial<ValueOption<unknown>> = VALUES[name as ValueName] ?? FLAGS[name as FlagName];
      return [
        name,
        { type: name in FLAGS ? "boolean" : "string", ...(short && { short }), ...(multiple && { multiple }) } as const,
      ];
    }),
  );
  const { values: texts, positionals } = parsed(command, specification, joined(args));
  const values: Record<string, unknown> = { given: [] };
  for (const name of Object.keys(FLAGS)) values[name] = texts[name] === true;
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value === "boolean") continue;
    const { read } = VALUES[name as ValueName] as ValueOption<unknown>;
    values[name] = Array.isArray(value) ? value.map((each) => read(each as string, name)) : read(value as string, name);
  }
  return { values: values as Values, words: positionals };
}

/** `--blanks -999` as `--blanks=-999`: a value may begin with a minus. */
function joined(args: readonly string[]): string[] {
  const all: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const value = args[i + 1];
    const takesValue = args[i].startsWith("--") && Object.hasOwn(VALUES, args[i].slice(2));
    if (takesValue && /^-[^-]/.test(value ?? "")) all.push(`${args[i++]}=${value}`);
    else all.push(args[i]);
  }
  return all;
}

function parsed(
  command: string,
  options: NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>,
  args: readonly string[],
): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const option = message.match(/'(-[^' ]*)/)?.[1];
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw wrongCall(`${command} has no option ${option}`, command);
    throw wrongCall(message.split(/[.\n]/)[0], command);
  }
}

/** The lines of the help about these options. */
export function helpOn(names: readonly OptionName[]): string[] {
  const left = names.map((name) => {
    const { short, argument = "" }: Partial<ValueOption<unknown>> =
      VALUES[name as ValueName] ?? FLAGS[name as FlagName];
    return `${short ? `-${short}, ` : ""}--${name}${argument && ` ${argument}`}`;
  });
  const width = Math.max(...left.map(({ length }) => length));
  return names.map(
    (name, i) => `  ${left[i].padEnd(width)}  ${(VALUES[name as ValueName] ?? FLAGS[name as FlagName]).help}`,
  );
}
