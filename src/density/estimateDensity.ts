import { gatherColumns } from "../io/tables/gatherColumns.ts";
import { checkTexts } from "../io/tables/names.ts";
import type { Table } from "../io/tables/table.ts";
import { checkThreads } from "../plan/threads/team.ts";
import { checkFunction, checkPositive, checkRandom, checkRange } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import { checkCount } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Step } from "../training/history.ts";
import type { DensityModel } from "./densityModel.ts";
import { DEFAULTS, type DensityOptions } from "./densityOptions.ts";
import { asTable, type DensityRows } from "./densityRows.ts";
import { fitTable } from "./fitTable.ts";
import { MODEL_NAMES } from "./recipes.ts";
import { inProgram } from "./wording.ts";

const KNOWN: Known<DensityOptions> = {
  ...{
    random: true,
    columns: true,
    exclude: true,
    conditions: true,
    types: true,
    missing: true,
    model: true,
    for: true,
  },
  ...{
    budget: true,
    steps: true,
    members: true,
    validation: true,
    test: true,
    threads: true,
    signal: true,
    onStep: true,
  },
};

/**
 * The density of the rows of a table, in one call: columns chosen and typed, rows held out, standardised, the model chosen by validation within a budget, calibrated.
 *
 * What was found and decided is in the model: `notes`, `types`, `choice`, `constants`. Nothing is learned from the test rows.
 * With the same rows, seed, `model`, `steps` and `members` the model is the same to the bit; with a budget alone the number of steps depends on how fast the machine is.
 *
 * Throws (the promise rejects) DomainError for rows and options that are none; for fewer than 20 different rows; for cells that are no numbers in columns of numbers; for values that hold a
 * good part of the rows of a continuous column. NonFiniteError where no model had a finite score of the validation rows.
 * Cost: the budget, and a few passes over the rows.
 *
 * @example
 * const rows = new Random(1).normal([300, 2]);
 * const model = await estimateDensity(rows, { random: new Random(2), model: "gaussian" });
 * model.columns; // ["c1", "c2"]
 * model.score(zeros([1, 2])); // [-1.82143] nats; N(0, I) has −1.838
 */
export async function estimateDensity(rows: DensityRows, options: DensityOptions): Promise<DensityModel> {
  const wording = inProgram("estimateDensity");
  check(options);
  const { validation = DEFAULTS.validation, test = DEFAULTS.test, onStep, signal, threads, ...others } = options;
  const table = asTable("estimateDensity", rows, null, null);
  const isNumbers = rows instanceof Tensor || (Array.isArray(rows) && !rows.every(isObject));
  const own =
    typeof validation === "number" ? undefined : asTable("estimateDensity", validation, table.names, table.names);
  const { exclude = [], conditions = [], columns = [] } = options;
  const gathered = (of: Table) => gatherColumns({ names: of.names, pieces: [of] }, { exclude, labels: conditions });
  const { model } = await fitTable(
    await gathered(table),
    {
      ...others,
      ...{ columns, conditions, budget: options.budget ?? DEFAULTS.budget },
      ...{ test, validation: own === undefined ? (validation as number) : await gathered(own) },
      inputs: isNumbers ? table.names : null,
    },
    wording,
    {
      ...(signal && { signal }),
      ...(threads && { threads }),
      ...(onStep && { onStep: (step: Step, steps: number) => onStep(step, steps) }),
    },
  );
  return model;
}

/** Whether a row has names. */
function isObject(row: unknown): boolean {
  return !(Array.isArray(row) || row instanceof Float64Array);
}

function check(options: DensityOptions): void {
  const operation = "estimateDensity";
  checkOptions(operation, options, KNOWN);
  checkRandom(operation, options.random);
  for (const name of ["columns", "exclude", "conditions"] as const) {
    if (options[name] !== undefined) checkTexts(operation, name, options[name]);
  }
  for (const name of ["steps", "members"] as const) {
    if (options[name] !== undefined) checkCount(operation, name, options[name], 1);
  }
  const { model, budget, steps, test, validation, missing, for: purpose, onStep, signal } = options;
  if (onStep !== undefined) checkFunction(operation, "onStep", onStep);
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new DomainError(`${operation}: signal must be an AbortSignal; got ${describeValue(signal)}`);
  }
  if (options.threads !== undefined) checkThreads(operation, options.threads);
  if (budget !== undefined) checkPositive(operation, "budget", budget);
  if (test !== undefined) checkRange(operation, "test", test, 0, 1);
  if (typeof validation === "number") {
    checkPositive(operation, "validation", validation);
    checkRange(operation, "validation", validation, 0, 1);
  }
  if (model !== undefined && !MODEL_NAMES.includes(model)) {
    throw new DomainError(`${operation}: model must be one of ${MODEL_NAMES.join(", ")}; got ${describeValue(model)}`);
  }
  if (missing !== undefined && missing !== "drop") {
    throw new DomainError(`${operation}: missing must be "drop"; got ${describeValue(missing)}`);
  }
  if (purpose !== undefined && purpose !== "anomalies") {
    throw new DomainError(`${operation}: for must be "anomalies"; got ${describeValue(purpose)}`);
  }
  if (budget !== undefined && steps !== undefined) {
    throw new DomainError(`${operation}: budget or steps say how long, not both; got ${budget} and ${steps}`);
  }
  if (purpose !== undefined && model !== undefined) {
    throw new DomainError(
      `${operation}: for or model, not both; got ${describeValue(purpose)} and ${describeValue(model)}`,
    );
  }
}
