// From the columns of a table to a model: what is modelled, in which units, by what, and how well.

import type { ModelExtra } from "../io/files/flowFile.ts";
import type { GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError } from "../tensor/errors.ts";
import { groupEqualRows } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { History } from "../training/history.ts";
import type { Rows } from "../training/rows.ts";
import { calibrationOf } from "./calibration.ts";
import { someOf } from "./checkFacts.ts";
import { inWords } from "./columnType.ts";
import { columnsOf } from "./completeRows.ts";
import { type ConstantColumn, Coordinates, standardisedColumns, standardisedConditions } from "./coordinates.ts";
import type { DensityFacts } from "./densityFile.ts";
import { DensityModel } from "./densityModel.ts";
import type { DensityOptions } from "./densityOptions.ts";
import { type HeldOut, holdOut } from "./heldOutRows.ts";
import type { LabelledCondition } from "./labels.ts";
import type { FitData, TrainingHooks } from "./memberTraining.ts";
import { chooseModel } from "./modelChoice.ts";
import { type ModelKind, whyNot } from "./recipes.ts";
import { ownMatrix, type SubjectOptions, subjectOf, type TableSubject } from "./tableSubject.ts";
import type { Wording } from "./wording.ts";

/** What is asked for: as {@link DensityOptions} has it, with all defaults filled in. */
export interface FitTableOptions
  extends SubjectOptions,
    Pick<DensityOptions, "random" | "types" | "model" | "steps" | "members"> {
  /** Seconds. */
  readonly budget: number;
  /** A share, or rows of their own. */
  readonly validation: number | GatheredColumns;
  /** A share. */
  readonly test: number;
  /** The names of all columns, where rows come without names; null where they have some. */
  readonly inputs: readonly string[] | null;
  /** A checkpoint to go on from. */
  readonly resume?: Uint8Array;
}

/** What is known before the first step. Rows are in the units of the table, x [N, D], with their contexts. */
export interface FittingStart {
  readonly train: Rows;
  readonly validation: Rows;
  readonly test: Rows;
  readonly facts: DensityFacts;
  /** Between rows and points of a flow. */
  readonly coordinates: Coordinates;
  /** The hash of all rows. */
  readonly hash: string;
  /** How many rows there are, how many of them differ, and how many were left out for blanks. */
  readonly rows: number;
  readonly different: number;
  readonly dropped: number;
}

/** A table that has been fitted. */
export interface FittedTable extends FittingStart {
  readonly model: DensityModel;
  readonly histories: readonly History[];
  readonly interrupted: boolean;
  /** The line of the file on which a test row begins. */
  lineOfTest(row: number): number;
}

/** What is heard while a table is fitted. */
export interface FittingHooks extends TrainingHooks {
  /** What is being done, and to how much of it. */
  readonly onStage?: (what: string, count: number) => void;
  /** Before the first step. Waited for. */
  readonly onStart?: (start: FittingStart) => unknown;
}

/** Fits a model to gathered columns. Their values are let go on the way: a large table does not stand in memory twice. */
export async function fitTable(
  gathered: GatheredColumns,
  options: FitTableOptions,
  wording: Wording,
  hooks: FittingHooks,
): Promise<FittedTable> {
  const { random, types = options.for === "anomalies" ? "real" : "infer" } = options;
  const { operation } = wording;
  const subject = subjectOf(gathered, options, types, wording, (what, count) => hooks.onStage?.(what, count));
  const own = typeof options.validation === "number" ? null : ownMatrix(options.validation, subject, operation);
  const shares = { test: options.test, validation: own === null ? (options.validation as number) : 0 };
  const held = holdOut(operation, subject.matrix, subject.places, subject.groups, shares, random.split());
  const start = startOf(subject, held, own, options.inputs, operation);
  const { coordinates, facts, train, validation, test } = start;
  await hooks.onStart?.(start);

  const kind = options.model ?? (options.for === "anomalies" ? steadyDetector(facts.columns.length) : "auto");
  const [columns, conditions] = [facts.columns, facts.conditions].map((all) => all.map(({ name }) => name));
  const why = whyNot(kind, columns, conditions);
  if (why !== null) throw new DomainError(`${operation}: ${why}`);
  const points = { train: coordinates.toPoints(train.x), validation: coordinates.toPoints(validation.x) };
  const data: FitData = {
    coordinates,
    train: { x: points.train.y, context: train.context },
    validation: { x: points.validation.y, context: validation.context },
  };
  const chosen = await chooseModel(
    data,
    meanVolume(points.validation.logDet, operation),
    {
      ...{ model: kind, budget: options.budget, tails: options.for !== "anomalies", random: random.split() },
      ...(options.steps !== undefined && { steps: options.steps }),
      ...(options.members !== undefined && { members: options.members }),
    },
    { ...hooks, ...(options.resume && { resume: options.resume }) },
  );

  const extra: ModelExtra = { data: start.hash };
  const raw = new DensityModel(chosen.flow, facts);
  const scoresOf = ({ x, context }: Rows): Float64Array => raw.scoresOf(x, context);
  const fresh = own === null ? held.copied.map((copied) => !copied) : freshRows(own, held.train);
  const scores = [...scoresOf(validation).filter((_, i) => fresh[i]), ...scoresOf(test)];
  const calibration = calibrationOf(Float64Array.from(scores));
  const model = new DensityModel(chosen.flow, { ...facts, choice: chosen.choice, calibration }, extra);
  return {
    ...{ ...start, facts: model.facts, model, histories: chosen.histories, interrupted: chosen.interrupted },
    lineOfTest: (row) => gathered.lineOf(held.places[row]),
  };
}

/** The parts in the units of the table, and what is known of the columns by the training rows. */
function startOf(
  subject: TableSubject,
  held: HeldOut,
  own: Tensor | null,
  named: readonly string[] | null,
  operation: string,
): FittingStart {
  const { labels, dropped, hash } = subject;
  const D = subject.columns.length;
  const all = [...subject.columns.keys()];
  const places = all.filter((j) => varies(held.train, j));
  const lost = all.filter((j) => !places.includes(j));
  if (places.length === 0) throw new DomainError(`${operation}: needs a column that varies; got none`);
  const nameOf = (j: number): string => subject.columns[j].name;
  const constants: ConstantColumn[] = [
    ...subject.constants,
    ...lost.map((j) => ({ name: nameOf(j), value: held.train.data[j] })),
  ];
  const ofGiven = Array.from(labels.keys(), (k) => D + k);
  const given = columnsOf(held.train, ofGiven);
  const names = places.map(nameOf);
  const types = places.map((j) => subject.types[j]);
  const columns = standardisedColumns(operation, names, types, columnsOf(held.train, places));
  const conditions = standardisedConditions(operation, labels, given);
  const coordinates = new Coordinates(columns, conditions);
  const partOf = (rows: Tensor): Rows => ({
    x: columnsOf(rows, places),
    context: coordinates.toContext(columnsOf(rows, ofGiven)),
  });
  const typed = columns.filter(({ type }) => type.kind !== "real");
  const others = typed.length < columns.length ? "; others real" : "";
  const notes = [
    ...subject.remarks,
    ...(lost.length > 0 ? [`set aside, constant among the rows to learn from: ${someOf(lost.map(nameOf))}`] : []),
    ...unseenLabels(labels, given),
    ...(typed.length > 0
      ? [`types: ${typed.map(({ name, type }) => `${name} ${inWords(type)}`).join(", ")}${others}`]
      : []),
  ];
  const inputs = named ?? [...names, ...labels.map(({ name }) => name)];
  return {
    ...{ train: partOf(held.train), validation: partOf(own ?? held.validation), test: partOf(held.test) },
    facts: { columns, conditions, constants, inputs, calibration: null, notes, choice: null },
    ...{ coordinates, hash, dropped, rows: subject.matrix.shape[0], different: held.different },
  };
}

/** A line about each label that no training row has: nothing is learned of it. */
function unseenLabels(conditions: readonly LabelledCondition[], given: Tensor): string[] {
  const [N, K] = given.shape;
  return conditions.flatMap(({ name, labels }, k) => {
    const seen = new Set(Array.from({ length: N }, (_, i) => given.data[i * K + k]));
    const unseen = (labels ?? []).filter((_, place) => !seen.has(place));
    return unseen.length === 0 ? [] : [`no row to learn from has ${name} = ${someOf(unseen)}`];
  });
}

/** With one column there is no coupling. */
function steadyDetector(columns: number): ModelKind {
  return columns < 2 ? "maf" : "nice";
}

/** The mean of log|det dy/dx|. Throws DomainError for a validation row that is not of the types. */
function meanVolume(logDet: Float64Array, operation: string): number {
  const outside = logDet.indexOf(Number.NEGATIVE_INFINITY);
  if (outside < 0) return logDet.reduce((sum, value) => sum + value, 0) / logDet.length;
  throw new DomainError(`${operation}: validation row ${outside} must be of the types of the columns`);
}

/** For each row of x whether it is no copy of one that was learned from. */
function freshRows(x: Tensor, learned: Tensor): boolean[] {
  const N = learned.shape[0];
  const { groupOf } = groupEqualRows(learned, x);
  const known = groupOf.subarray(0, N).reduce((most, group) => Math.max(most, group + 1), 0);
  return Array.from(groupOf.subarray(N), (group) => group >= known);
}

function varies({ data, shape: [N, W] }: Tensor, j: number): boolean {
  for (let i = 1; i < N; i++) if (data[i * W + j] !== data[j]) return true;
  return false;
}
