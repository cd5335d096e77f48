import { noGrad } from "../autograd/rule.ts";
import type { Parameter } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { adam } from "./adam.ts";
import { milliseconds } from "./clock.ts";
import { checkData } from "./nonFinite.ts";
import { forwardKL, type Objective } from "./objectives.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import { checkRows, type Rows, select, shuffledBatches } from "./rows.ts";
import { cosineSchedule, type Schedule } from "./schedules.ts";
import { makeStep } from "./step.ts";

/** One step of training. */
export interface Step {
  /** 1, 2, 3, … */
  readonly step: number;
  /** The objective on this step's batch, before the step; nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** The norm of the gradient, before clipping. */
  readonly gradNorm: number;
}

/** One pass through the training rows. */
export interface Epoch {
  /** 1, 2, 3, … */
  readonly epoch: number;
  /** The last step of it. */
  readonly step: number;
  /** The mean of the objective over the epoch's batches; nats. */
  readonly train: number;
  /** The objective on the validation rows after the epoch; NaN without any. */
  readonly validation: number;
}

/** How training went. */
export interface History {
  /** The objective per epoch, on the batches. */
  readonly train: number[];
  /** The objective after each epoch, on the validation rows; empty without any. */
  readonly validation: number[];
  /** The step whose weights the flow has now; the last one without validation rows. */
  readonly bestStep: number;
  readonly stopped: "finished" | "patience" | "aborted";
  readonly seconds: number;
}

export interface TrainOptions {
  /** Shuffles, and splits off the validation rows. */
  readonly random: Random;
  /** [N, C], or [1, C] for all rows. */
  readonly context?: Tensor;
  /** How many steps; or say `epochs`. 1,000 steps if neither is given. */
  readonly steps?: number;
  /** How many passes through the training rows. */
  readonly epochs?: number;
  /** Rows per step; 256 by default, all rows if there are fewer. */
  readonly batchSize?: number;
  /** η; 1e−3 by default. */
  readonly learningRate?: number;
  /** How η changes: `"cosine"` to 0 over the steps, `"constant"` (the default), or a function of the step from 0. */
  readonly schedule?: "constant" | "cosine" | Schedule;
  /** Makes the optimiser; `adam` by default. */
  readonly optimizer?: (parameters: readonly Parameter[], options: OptimizerOptions) => Optimizer;
  /** λ, as the optimiser understands it; its own default if not given. */
  readonly weightDecay?: number;
  /** Bounds the norm of the gradient. */
  readonly clipNorm?: number;
  /** Rows held back to choose the best weights: a fraction of x in (0, 1), or rows of their own. None by default. */
  readonly validation?: number | Tensor;
  /** Stops after so many epochs without a better validation value. Needs `validation`. */
  readonly patience?: number;
  /** `forwardKL`, maximum likelihood, by default. */
  readonly objective?: Objective;
  /** Aborting it ends training after the step under way. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onStep?: (step: Step) => void;
  /** Called after each epoch. */
  readonly onEpoch?: (epoch: Epoch) => void;
}

const INITIAL_ROWS = 4096;
/** Validation rows are evaluated in pieces of this size: large enough to be fast, small enough for the caches. */
const EVALUATION_ROWS = 1024;

/**
 * Trains the flow on the rows of x [N, ...dataShape], step by step: each `next()` makes one step and says how it went.
 *
 * Before the first step the layers are initialized from data. With validation rows, the weights with the best
 * validation value so far are restored at the end, however it comes: steps done, patience lost, or the signal aborted.
 *
 * Returns the {@link History}. Throws before anything has changed: ShapeError, DomainError, and NonFiniteError for NaN
 * or ∞ in the data. Throws NonFiniteError, naming op, index and step, when a loss, gradient or new parameter is not
 * finite; the parameters are then those before that step.
 */
export function* train(flow: Flow, x: Tensor, options: TrainOptions): Generator<Step, History> {
  const { random, batchSize = 256, learningRate = 1e-3, weightDecay, clipNorm, patience, signal } = options;
  const objective = options.objective ?? forwardKL;
  const { training, validation } = splitRows(flow, x, options);
  const epochLength = Math.floor(training.x.shape[0] / Math.min(batchSize, training.x.shape[0]));
  const steps = options.steps ?? (options.epochs === undefined ? 1000 : options.epochs * epochLength);
  checkOptions(options, steps, batchSize, learningRate);
  const rateAt = scheduleOf(options.schedule, learningRate, steps);

  const start = milliseconds();
  const batches = shuffledBatches(training, batchSize, random);
  const first = select(training, random.permutation(training.x.shape[0]).slice(0, INITIAL_ROWS));
  flow.bijection.initialize?.(first.x, first.context);
  const optimizer = (options.optimizer ?? adam)(flow.parameters, {
    learningRate,
    ...(weightDecay === undefined ? {} : { weightDecay }), // left out, the optimiser's own default holds
  });

  const history = { train: [] as number[], validation: [] as number[] };
  const best = new BestWeights(flow.parameters);
  let stopped: History["stopped"] = "finished";
  let losses = 0;
  let step = 0;
  const validate = (): number => {
    const value = validation === null ? Number.NaN : evaluate(flow, validation, objective);
    if (validation !== null) best.offer(value, step);
    return value;
  };
  while (step < steps) {
    if (signal?.aborted) {
      stopped = "aborted";
      if (step % epochLength !== 0) validate(); // these weights have not been judged yet
      break;
    }
    const { x: batch, context } = batches.next().value;
    const rate = rateAt(step);
    const { loss, norm } = makeStep(flow, objective, { x: batch, context }, optimizer, rate, clipNorm, step + 1);
    step++;
    losses += loss;
    const made: Step = { step, loss, learningRate: rate, gradNorm: norm };
    options.onStep?.(made);
    if (step % epochLength === 0 || step === steps) {
      const batchesSeen = ((step - 1) % epochLength) + 1;
      const epoch: Epoch = {
        epoch: Math.ceil(step / epochLength),
        step,
        train: losses / batchesSeen,
        validation: validate(),
      };
      losses = 0;
      history.train.push(epoch.train);
      if (validation !== null) history.validation.push(epoch.validation);
      options.onEpoch?.(epoch);
    }
    yield made;
    if (patience !== undefined && best.epochsSince >= patience) {
      stopped = "patience";
      break;
    }
  }
  best.restore();
  const bestStep = validation === null ? step : best.step;
  return { ...history, bestStep, stopped, seconds: (milliseconds() - start) / 1000 };
}

/** The objective on all rows, in pieces, weighted by their lengths. Records nothing. */
function evaluate(flow: Flow, rows: Rows, objective: Objective): number {
  const N = rows.x.shape[0];
  let total = 0;
  for (let start = 0; start < N; start += EVALUATION_ROWS) {
    const count = Math.min(EVALUATION_ROWS, N - start);
    const piece = select(
      rows,
      Array.from({ length: count }, (_, i) => start + i),
    );
    total += count * noGrad(() => objective(flow, piece.x, piece.context).item());
  }
  return total / N;
}

/** Remembers the parameters that did best. */
class BestWeights {
  readonly #parameters: readonly Parameter[];
  #value = Number.POSITIVE_INFINITY;
  #weights: Tensor[] | null = null;
  /** The step of the best weights. */
  step = 0;
  /** How many offers have been refused since. */
  epochsSince = 0;

  constructor(parameters: readonly Parameter[]) {
    this.#parameters = parameters;
  }

  offer(value: number, step: number): void {
    this.epochsSince++;
    if (!(value < this.#value)) return;
    this.#value = value;
    this.#weights = this.#parameters.map(({ data, shape }) => new Tensor(data, shape)); // buffers are never overwritten
    this.step = step;
    this.epochsSince = 0;
  }

  restore(): void {
    this.#weights?.forEach((weights, k) => {
      this.#parameters[k].assign(weights);
    });
  }
}

/** Training and validation rows, checked. */
function splitRows(flow: Flow, x: Tensor, options: TrainOptions): { training: Rows; validation: Rows | null } {
  const { random, context, validation } = options;
  const all: Rows = { x, context };
  checkRows("train", all, flow.bijection.dataShape);
  checkData("train", "x", x);
  if (context !== undefined) checkData("train", "context", context);
  const N = x.shape[0];
  if (N < 2) throw new DomainError(`train: needs at least two rows; got ${N}`);
  if (validation === undefined) return { training: all, validation: null };
  if (validation instanceof Tensor) {
    if (context !== undefined && context.shape[0] !== 1) {
      throw new DomainError(
        "train: validation rows of their own have no context of their own; give a fraction instead",
      );
    }
    const held: Rows = { x: validation, context };
    checkRows("train", held, flow.bijection.dataShape);
    checkData("train", "validation", validation);
    return { training: all, validation: held };
  }
  if (!(validation > 0 && validation < 1)) {
    throw new DomainError(`train: validation is a fraction in (0, 1) or a Tensor of rows; got ${validation}`);
  }
  const held = Math.min(N - 1, Math.max(1, Math.floor(validation * N)));
  const order = random.permutation(N);
  return { training: select(all, order.slice(held)), validation: select(all, order.slice(0, held)) };
}

function checkOptions(options: TrainOptions, steps: number, batchSize: number, learningRate: number): void {
  checkCount("train", "steps", steps, 1);
  checkCount("train", "batchSize", batchSize, 1);
  if (!(learningRate > 0)) throw new DomainError(`train: learningRate must be positive; got ${learningRate}`);
  if (options.patience !== undefined && options.validation === undefined) {
    throw new DomainError("train: patience needs validation rows; got none");
  }
}

function scheduleOf(schedule: TrainOptions["schedule"], learningRate: number, steps: number): Schedule {
  if (schedule === "cosine") return cosineSchedule({ learningRate, steps });
  return schedule === undefined || schedule === "constant" ? () => learningRate : schedule;
}
