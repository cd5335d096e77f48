import { Tensor } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import { type Values, wrongCall } from "./commandOptions.ts";

/** What `--given` says, sorted. */
export interface GivenValues {
  /** The values of the conditions of the model, [1, C]; null if it has none. */
  readonly context: Tensor | null;
  /** The values of columns that it models, by their number. */
  readonly others: ReadonlyMap<number, number>;
}

/** Sorts what is given to a model. Throws CommandError for a column that it has not, one that comes twice, and conditions that are left open. */
export function givenValues(
  command: string,
  { given }: Values,
  columns: readonly string[],
  conditions: readonly string[],
): GivenValues {
  const values = new Map<string, number>();
  for (const [name, value] of given) {
    if (values.has(name)) throw wrongCall(`--given: each column once; got ${name} twice`, command);
    if (!columns.includes(name) && !conditions.includes(name)) {
      throw new CommandError(
        `--given: the model has no column ${name}; it has ${[...columns, ...conditions].join(", ")}`,
        2,
      );
    }
    values.set(name, value);
  }
  const open = conditions.filter((name) => !values.has(name));
  if (open.length > 0) {
    throw new CommandError(
      `the model says what is likely given ${conditions.join(", ")}; state ${open.map((name) => `--given ${name}=…`).join(" ")}`,
      2,
    );
  }
  const context = Float64Array.from(conditions, (name) => values.get(name) as number);
  return {
    context: context.length === 0 ? null : new Tensor(context, [1, context.length]),
    others: new Map(columns.flatMap((name, j) => (values.has(name) ? [[j, values.get(name) as number] as const] : []))),
  };
}
