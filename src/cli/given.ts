import type { DensityModel } from "../density/index.ts";
import { CommandError } from "./commandError.ts";
import type { Values } from "./commandOptions.ts";
import { wrongCall } from "./wrongCall.ts";

/** Values of columns by name. */
export type GivenValues = { readonly [column: string]: number | string };

/**
 * What `--given` says, checked against a model. Throws CommandError for a column that it has not, one that comes twice, a text for a column of numbers, a label that is not known, and conditions that are
 * left open.
 */
export function givenValues(command: string, { given }: Values, model: DensityModel): GivenValues {
  const { columns, conditions } = model;
  const values = new Map<string, number | string>();
  for (const [name, value] of given) {
    if (values.has(name)) throw wrongCall(`--given: each column once; got ${name} twice`, command);
    if (!columns.includes(name) && !conditions.includes(name)) {
      throw new CommandError(
        `--given: the model has no column ${name}; it has ${[...columns, ...conditions].join(", ")}`,
        2,
      );
    }
    const labels = model.facts.conditions.find((condition) => condition.name === name)?.labels ?? null;
    if (labels === null && typeof value === "string") {
      throw wrongCall(`--given ${name}: needs a number, such as --given ${name}=4000; got "${value}"`, command);
    }
    if (labels !== null && !labels.includes(String(value))) {
      throw new CommandError(`--given ${name}: must be one of ${labels.slice(0, 10).join(", ")}; got "${value}"`, 2);
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
  return Object.fromEntries(values);
}
