// From the columns of a table to a model: what is modelled, in which units, by what, and how well.

import type { ModelExtra } from "../io/files/flowFile.ts";
import type { GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError } from "../tensor/errors.ts";
import { groupEqualRows } from "../tensor/split.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { History } from "../training/history.ts";
import { calibrationOf } from "./calibration.ts";
import { someOf } from "./checkFacts.ts";
import { inWords } from "./columnType.ts";
import { type ConstantColumn, Coordinates, standardisedColumns, standardisedConditions } from "./coordinates.ts";
import type { DensityFacts } from "./densityFile.ts";
import { DensityModel } from "./densityModel.ts";
import type { DensityOptions } from "./densityOptions.ts";
import { checkEnough, type HeldOut, holdOut } from "./heldOutRows.ts";
import type { FitData, TrainingHooks } from "./memberTraining.ts";
import { chooseModel } from "./modelChoice.ts";
import { limitsOf, type ModelKind } from "./recipes.ts";
import { ownMatrix, type SubjectOptions, subjectOf } from "./tableSubject.ts";
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

/** The rows of a part, in the units of the table: what is modelled, and what is given (of labels the places in their lists). */
export interface TablePart {
  /** [N, D] */
  readonly x: Tensor;
  /** [N, conditions] */
  readonly given: Tensor;
}

/** What is known before the first step. */
export interface FittingStart {
  readonly train: TablePart;
  readonly validation: TablePart;
  readonly test: TablePart;
  readonly facts: DensityFacts;
  /** What a file has to say of the model. */
  readonly extra: ModelExtra;
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
  const { random, types: typesAsked = options.for === "anomalies" ? "real" : "infer" } = options;
  const subject = subjectOf(gathered, options, typesAsked, wording, (what, count) => hooks.onStage?.(what, count));
  const { labels, remarks, dropped } = subject;
  const ofParts = random.split();
  const { operation } = wording;
  const groups = checkEnough(subject.matrix, wording);
  const own = typeof options.validation === "number" ? null : options.validation;
  const held = holdOut(
    operation,
    subject.matrix,
    subject.places,
    groups,
    { test: options.test, validation: own === null ? (options.validation as number) : 0 },
    ofParts,
  );
  const ownRows = own && ownMatrix(own, subject, operation);
  const varying = subject.columns.map((_, j) => varies(held.train, j));
  const constants: ConstantColumn[] = [
    ...subject.constants,
    ...subject.columns.flatMap(({ name }, j) => (varying[j] ? [] : [{ name, value: held.train.data[j] }])),
  ];
  const lost = subject.columns.filter((_, j) => !varying[j]).map(({ name }) => name);
  if (lost.length > 0) remarks.push(`set aside, constant among the rows to learn from: ${someOf(lost)}`);
  const kept = subject.columns.filter((_, j) => varying[j]);
  if (kept.length === 0) throw new DomainError(`${operation}: needs a column that varies; got none`);
  const places = subject.columns.flatMap((_, j) => (varying[j] ? [j] : []));
  const D = subject.columns.length;
  const partOf = (rows: Tensor): TablePart => ({
    x: columnsOf(rows, places),
    given: columnsOf(
      rows,
      Array.from(labels.keys(), (k) => D + k),
    ),
  });
  const [train, validation, test] = [held.train, ownRows ?? held.validation, held.test].map(partOf);
  const names = kept.map(({ name }) => name);
  const types = places.map((j) => subject.types[j]);
  const columns = standardisedColumns(operation, names, types, train.x);
  const conditions = standardisedConditions(operation, labels, train.given);
  const coordinates = new Coordinates(columns, conditions);
  const typed = columns.filter(({ type }) => type.kind !== "real");
  const notes = [
    ...remarks,
    ...(typed.length > 0
      ? [`types: ${typed.map(({ name, type }) => `${name} ${inWords(type)}`).join(", ")}; others real`]
      : []),
  ];
  const inputs = options.inputs ?? [...names, ...labels.map(({ name }) => name)];
  const facts: DensityFacts = { columns, conditions, constants, inputs, calibration: null, notes, choice: null };
  const extra: ModelExtra = { data: subject.hash };
  const start: FittingStart = {
    ...{ train, validation, test, facts, dropped, extra },
    ...{ rows: subject.matrix.shape[0], different: held.different },
  };
  await hooks.onStart?.(start);
  const data: FitData = {
    coordinates,
    train: pointsOf(coordinates, train),
    validation: pointsOf(coordinates, validation),
  };
  const kind = options.model ?? (options.for === "anomalies" ? steadyDetector(names.length) : "auto");
  checkKind(kind, names, labels.length, operation);
  const { logDet } = coordinates.toPoints(validation.x);
  const outside = logDet.indexOf(Number.NEGATIVE_INFINITY);
  if (outside >= 0) {
    throw new DomainError(
      `${operation}: validation row ${outside} must be of the types of the columns (${notes.at(-1)})`,
    );
  }
  const chosen = await chooseModel(
    data,
    logDet.reduce((sum, value) => sum + value, 0) / logDet.length,
    {
      ...{ model: kind, budget: options.budget, tails: options.for !== "anomalies", random: random.split() },
      ...(options.steps !== undefined && { steps: options.steps }),
      ...(options.members !== undefined && { members: options.members }),
    },
    { ...hooks, ...(options.resume && { resume: options.resume }) },
  );
  const raw = new DensityModel(chosen.flow, { ...facts, choice: chosen.choice }, extra);
  const calibration = calibrationOf(calibrationScores(raw, coordinates, held, [validation, test], partOf));
  const model = new DensityModel(chosen.flow, { ...raw.facts, calibration }, extra);
  return {
    ...{ ...start, facts: model.facts, model, histories: chosen.histories, interrupted: chosen.interrupted },
    lineOfTest: (row) => gathered.lineOf(held.places[row]),
  };
}

/** With one column there is no coupling. */
function steadyDetector(columns: number): ModelKind {
  return columns < 2 ? "maf" : "nice";
}

/** Throws DomainError if that kind of model cannot do what is asked of it. */
function checkKind(kind: ModelKind | "auto", columns: readonly string[], conditions: number, operation: string): void {
  if (kind === "auto") return;
  const { leastColumns, conditional } = limitsOf(kind);
  if (columns.length < leastColumns) {
    throw new DomainError(
      `${operation}: ${kind} needs at least ${leastColumns} columns; got ${columns.join(", ")} (maf and nsf take one)`,
    );
  }
  if (conditions > 0 && !conditional) {
    throw new DomainError(`${operation}: ${kind} takes no conditions; choose nice, realnvp, maf, nsf or nsf-coupling`);
  }
}

function varies({ data, shape: [N, W] }: Tensor, j: number): boolean {
  for (let i = 1; i < N; i++) if (data[i * W + j] !== data[j]) return true;
  return false;
}

/** Some columns of a matrix. */
function columnsOf({ data, shape: [N, W] }: Tensor, places: readonly number[]): Tensor {
  const D = places.length;
  const chosen = new Float64Array(N * D);
  for (let i = 0; i < N; i++) for (let j = 0; j < D; j++) chosen[i * D + j] = data[i * W + places[j]];
  return new Tensor(chosen, [N, D]);
}

function pointsOf(coordinates: Coordinates, { x, given }: TablePart): FitData["train"] {
  return { x: coordinates.toPoints(x).y, context: coordinates.toContext(given) };
}

/** The scores of validation and test rows that are no copies of training rows. */
function calibrationScores(
  model: DensityModel,
  coordinates: Coordinates,
  { train }: HeldOut,
  parts: readonly TablePart[],
  partOf: (rows: Tensor) => TablePart,
): Float64Array {
  const learned = partOf(train).x;
  const N = learned.shape[0];
  const scores: number[] = [];
  for (const { x, given } of parts) {
    if (x.shape[0] === 0) continue;
    const { groupOf } = groupEqualRows(learned, x);
    const known = groupOf.subarray(0, N).reduce((most, group) => Math.max(most, group + 1), 0);
    model.scoresOf(x, coordinates.toContext(given)).forEach((score, i) => {
      if (groupOf[N + i] >= known) scores.push(score);
    });
  }
  return Float64Array.from(scores);
}
