import type { Parameter } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { dataHash } from "../io/files/dataHash.ts";
import { DiffeoError, DomainError, describeValue } from "../tensor/errors.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { type Copies, splitRows } from "../tensor/split.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { adam } from "./adam.ts";
import { AveragedWeights, type AverageState } from "./averagedWeights.ts";
import { Batches, type BatchesState, type BatchSource } from "./batches.ts";
import { type BestState, BestWeights } from "./bestWeights.ts";
import { type Draw, drawFirst, FreshBatches } from "./freshBatches.ts";
import { byNameInFlow } from "./groups.ts";
import { LastUpdate } from "./lastUpdate.ts";
import { checkParameters } from "./nonFinite.ts";
import { forwardKL } from "./objectives.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { type Rows, select } from "./rows.ts";
import { StateMismatchError } from "./stateMismatchError.ts";
import { ownValidation, type TrainOptions } from "./trainOptions.ts";
import { checkTakesWeights, copiesByWeight, counting } from "./weighting.ts";

/** Everything that training remembers between two steps. */
export interface Underway {
  /** The state of `random` before anything was drawn from it. */
  readonly start: RandomState;
  /** To learn from; of rows that are drawn, those that the layers have seen before the first step. */
  readonly rows: Rows;
  /** To choose the best weights by. */
  readonly heldOut: Rows | null;
  readonly batches: BatchSource;
  readonly optimizer: Optimizer;
  readonly best: BestWeights;
  readonly last: LastUpdate;
  /** The averages of the weights over the steps, if they were asked for. */
  readonly average: AveragedWeights | null;
  /** How many steps were made. */
  step: number;
  /** The step whose weights were judged last. */
  judged: number;
  /** The sum of the losses of this epoch. */
  losses: number;
  /** As in the History. */
  train: number[];
  validation: number[];
  /** The batch of the last step; all rows before the first. */
  batch: Rows;
  /** What {@link markResumable} noted after the last step. */
  resumable: Resumable;
}

/** What a checkpoint says of the moment between two steps. */
export type Resumable = Pick<Underway, "losses" | "judged"> & { readonly epochs: number; readonly best: BestState };

/** Training as a checkpoint left it. */
export interface SavedTraining {
  /** Whether the first step was made, or the layers had seen their data at least. */
  readonly begun: boolean;
  /** The state of `random` before anything was drawn from it, and as it was when the checkpoint was made. */
  readonly start: RandomState;
  readonly random: RandomState;
  readonly step: number;
  readonly batches: BatchesState | null;
  /** The hash of the rows that were drawn first; null for rows of a table. */
  readonly drawn: string | null;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly resumable: Resumable;
  readonly optimizer: OptimizerState;
  readonly average: AverageState | null;
  /** Gives the flow the weights and the buffers of then. Throws before anything has changed. */
  restore(): void;
}

/** Draws the rows to hold out, lets the layers see the others, and makes what training needs; or goes on where a checkpoint was made. */
export function getReady(
  operation: string,
  flow: Flow,
  trained: ReadonlyMap<string, Parameter>,
  x: Tensor | Draw,
  copies: Copies | null,
  options: TrainOptions,
  saved: SavedTraining | null,
): Underway {
  const { random, batchSize = 256, learningRate = 1e-3, weightDecay, rateOf, objective = forwardKL } = options;
  const parameters = [...trained.values()];
  const makeOptimizer = (): Optimizer => {
    const made = (options.optimizer ?? adam)(parameters, {
      learningRate,
      // left out, the optimiser's own default holds
      ...(weightDecay === undefined ? {} : { weightDecay: byNameInFlow(weightDecay, trained) }),
      ...(rateOf && { rateOf: byNameInFlow(rateOf, trained) }),
    });
    checkOptimizer(operation, made);
    return made;
  };
  let optimizer = saved?.begun ? makeOptimizer() : null;
  if (saved?.begun && optimizer !== null) goOnWith(operation, optimizer, saved.optimizer);
  if (saved?.begun && typeof x === "function") checkDrawn(operation, flow, x, options, saved);
  if (saved !== null) random.restore(saved.start);
  const start = random.state();
  const { rows, heldOut } = holdOut(operation, flow, x, copies, options);
  saved?.restore();
  if (!saved?.begun) {
    checkParameters(operation, flow);
    const seen = copiesByWeight(rows);
    flow.bijection.initialize?.(seen.x, seen.context);
  }
  optimizer ??= makeOptimizer();
  const now: Underway = {
    ...{ start, rows, heldOut, optimizer },
    batches:
      typeof x === "function"
        ? new FreshBatches(x, batchSize, random, flow.bijection.dataShape, rows.weights !== undefined)
        : new Batches(rows, batchSize, random),
    best: new BestWeights(parameters),
    last: new LastUpdate(flow, trained, optimizer, objective === forwardKL, saved?.step),
    average: options.ema === undefined ? null : new AveragedWeights(options.ema),
    ...{ step: 0, judged: 0, losses: 0, train: [], validation: [], batch: rows },
    resumable: { losses: 0, judged: 0, epochs: 0, best: NONE },
  };
  if (saved?.begun) goOn(now, saved, random);
  return now;
}

const NONE: BestState = { value: Number.POSITIVE_INFINITY, weights: null, averaged: false, step: 0, epochsSince: 0 };

/** Puts training where the checkpoint was made. */
function goOn(now: Underway, saved: SavedTraining, random: Random): void {
  const { step, train, validation, resumable, batches, average } = saved;
  const { losses, judged } = resumable;
  Object.assign(now, { step, losses, judged, resumable, train: [...train], validation: [...validation] });
  now.best.goOn(resumable.best);
  if (average !== null) now.average?.goOn(average);
  if (batches !== null) now.batches.restore(batches);
  random.restore(saved.random);
}

/** Notes the moment, between two steps: what comes after it, at the end of training, is not part of a checkpoint. */
export function markResumable(now: Underway): void {
  const { losses, judged, train, best } = now;
  now.resumable = { losses, judged, epochs: train.length, best: best.state() };
}

/** The rows to learn from, or those that are drawn first; and those to choose the best weights by. If rows that are drawn are refused, `random` is as it was. */
function holdOut(
  operation: string,
  flow: Flow,
  x: Tensor | Draw,
  copies: Copies | null,
  options: TrainOptions,
): { rows: Rows; heldOut: Rows | null } {
  const { random, context, weights, validation, batchSize = 256, objective } = options;
  const own = ownValidation(options);
  const ofTheirOwn = own && counting(operation, "of validation", own);
  if (typeof x === "function") {
    const start = random.state();
    try {
      const rows = drawFirst(operation, x, batchSize, random, flow.bijection.dataShape);
      if (rows.weights !== undefined && objective !== undefined) checkTakesWeights(operation, objective);
      return { rows, heldOut: ofTheirOwn };
    } catch (error) {
      random.restore(start);
      throw error;
    }
  }
  const all: Rows = { x, context, weights };
  if (typeof validation !== "number" || copies === null) {
    return { rows: counting(operation, "to learn from", all), heldOut: ofTheirOwn };
  }
  const N = x.shape[0];
  const held = Math.min(N - 1, Math.max(1, Math.floor(validation * N)));
  const [ofValidation, ofTraining] = splitRows(operation, copies.groups, [held], random);
  return {
    rows: counting(operation, "to learn from", select(all, ofTraining)),
    heldOut: counting(operation, "held out", select(all, ofValidation)),
  };
}

/** Throws StateMismatchError if what draws rows does not draw those of the checkpoint: another function, or one that remembers more than `random`. */
function checkDrawn(operation: string, flow: Flow, draw: Draw, options: TrainOptions, saved: SavedTraining): void {
  const { batchSize = 256 } = options;
  const rows = drawFirst(operation, draw, batchSize, Random.from(saved.start), flow.bijection.dataShape);
  if (hashOfRows(rows) === saved.drawn) return;
  throw new StateMismatchError(operation, [
    "the function draws other rows from the same state of random (all that is random in it must come from there)",
  ]);
}

/** The hash of rows that were drawn. */
export function hashOfRows({ x, context, weights }: Rows): string {
  return dataHash([x, context ?? tensor([]), ...(weights ? [weights] : [])]);
}

/** Gives the optimiser the memory of the one before. Throws StateMismatchError for one of another kind. */
function goOnWith(operation: string, optimizer: Optimizer, state: OptimizerState): void {
  try {
    optimizer.restore(state);
  } catch (error) {
    if (!(error instanceof DiffeoError)) throw error;
    throw new StateMismatchError(operation, [`the optimizer is another: ${error.message}`]);
  }
}

function checkOptimizer(operation: string, optimizer: Optimizer): void {
  if (typeof optimizer?.step === "function") return;
  throw new DomainError(
    `${operation}: optimizer must make one, with a method step; it made ${describeValue(optimizer)}`,
  );
}
