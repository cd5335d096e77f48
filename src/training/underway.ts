import type { Flow } from "../flows/flow.ts";
import { DiffeoError, DomainError, describeValue } from "../tensor/errors.ts";
import type { Random, RandomState } from "../tensor/random.ts";
import { type Copies, splitRows } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { adam } from "./adam.ts";
import { Batches, type BatchesState } from "./batches.ts";
import { type BestState, BestWeights } from "./bestWeights.ts";
import { LastUpdate } from "./lastUpdate.ts";
import { checkParameters } from "./nonFinite.ts";
import { forwardKL } from "./objectives.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { type Rows, select } from "./rows.ts";
import { StateMismatchError } from "./stateMismatchError.ts";
import { ownValidation, type TrainOptions } from "./trainOptions.ts";

/** Everything that training remembers between two steps. */
export interface Underway {
  /** The state of `random` before anything was drawn from it. */
  readonly start: RandomState;
  /** To learn from. */
  readonly rows: Rows;
  /** To choose the best weights by. */
  readonly heldOut: Rows | null;
  readonly batches: Batches;
  readonly optimizer: Optimizer;
  readonly best: BestWeights;
  readonly last: LastUpdate;
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
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly resumable: Resumable;
  readonly optimizer: OptimizerState;
  /** Gives the flow the weights and the buffers of then. Throws before anything has changed. */
  restore(): void;
}

/** Draws the rows to hold out, lets the layers see the others, and makes what training needs; or goes on where a checkpoint was made. */
export function getReady(
  operation: string,
  flow: Flow,
  x: Tensor,
  copies: Copies,
  options: TrainOptions,
  saved: SavedTraining | null,
): Underway {
  const { random, batchSize = 256, learningRate = 1e-3, weightDecay, objective = forwardKL } = options;
  const makeOptimizer = (): Optimizer => {
    const made = (options.optimizer ?? adam)(flow.parameters, {
      learningRate,
      ...(weightDecay === undefined ? {} : { weightDecay }), // left out, the optimiser's own default holds
    });
    checkOptimizer(operation, made);
    return made;
  };
  let optimizer = saved?.begun ? makeOptimizer() : null;
  if (saved?.begun && optimizer !== null) goOnWith(operation, optimizer, saved.optimizer);
  if (saved !== null) random.restore(saved.start);
  const start = random.state();
  const { rows, heldOut } = holdOut(operation, x, copies, options);
  saved?.restore();
  if (!saved?.begun) {
    checkParameters(operation, flow);
    flow.bijection.initialize?.(rows.x, rows.context);
  }
  optimizer ??= makeOptimizer();
  const now: Underway = {
    ...{ start, rows, heldOut, optimizer },
    batches: new Batches(rows, batchSize, random),
    best: new BestWeights(flow.parameters),
    last: new LastUpdate(flow, optimizer, objective === forwardKL, saved?.step),
    ...{ step: 0, judged: 0, losses: 0, train: [], validation: [], batch: rows },
    resumable: { losses: 0, judged: 0, epochs: 0, best: NONE },
  };
  if (saved?.begun) goOn(now, saved, random);
  return now;
}

const NONE: BestState = { value: Number.POSITIVE_INFINITY, weights: null, step: 0, epochsSince: 0 };

/** Puts training where the checkpoint was made. */
function goOn(now: Underway, saved: SavedTraining, random: Random): void {
  const { step, train, validation, resumable, batches } = saved;
  const { losses, judged } = resumable;
  Object.assign(now, { step, losses, judged, resumable, train: [...train], validation: [...validation] });
  now.best.goOn(resumable.best);
  if (batches !== null) now.batches.restore(batches);
  random.restore(saved.random);
}

/** Notes the moment, between two steps: what comes after it, at the end of training, is not part of a checkpoint. */
export function markResumable(now: Underway): void {
  const { losses, judged, train, best } = now;
  now.resumable = { losses, judged, epochs: train.length, best: best.state() };
}

/** The rows to learn from, and those to choose the best weights by. */
function holdOut(
  operation: string,
  x: Tensor,
  { groups }: Copies,
  options: TrainOptions,
): { rows: Rows; heldOut: Rows | null } {
  const { random, context, validation } = options;
  const all: Rows = { x, context };
  if (typeof validation !== "number") return { rows: all, heldOut: ownValidation(options) };
  const N = x.shape[0];
  const held = Math.min(N - 1, Math.max(1, Math.floor(validation * N)));
  const [ofValidation, ofTraining] = splitRows(operation, groups, [held], random);
  return { rows: select(all, ofTraining), heldOut: select(all, ofValidation) };
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
