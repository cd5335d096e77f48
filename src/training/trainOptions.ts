import type { Parameter } from "../autograd/variable.ts";
import { checkFlow } from "../flows/checkFlow.ts";
import type { Flow } from "../flows/flow.ts";
import { checkThreads, type ThreadsOptions } from "../plan/threads/team.ts";
import { checkFunction, checkPositive, checkRandom, checkRange, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Draw } from "./freshBatches.ts";
import type { NumberOf } from "./groups.ts";
import type { Epoch, Step } from "./history.ts";
import type { Objective } from "./objectives.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import type { Rows } from "./rows.ts";
import { cosineSchedule, type Schedule } from "./schedules.ts";
import { checkTakesWeights } from "./weighting.ts";

/** What `train` and `fit` are told. */
export interface TrainOptions {
  /** Shuffles, and splits off the validation rows. */
  readonly random: Random;
  /** [N, C], or [1, C] for all rows. */
  readonly context?: Tensor;
  /**
   * [N], finite, ≥ 0, not all 0: how much each row counts; a weight of k as k copies of the row, 0 as if it were not there. The loss of a batch is
   * Σ wᵢ ℓᵢ / (B·w̄), w̄ the mean weight of all rows that are learned from: batches are drawn uniformly, so that its gradient is that of Σ wᵢ ℓᵢ / Σ wᵢ over all rows without bias.
   * Of a batch of all rows it is just that. Validation rows that are held out are weighed by their own weights, Σ wᵢ ℓᵢ / Σ wᵢ; those of their own may come with weights.
   * Layers take mean and deviation from the rows as they are weighed. An objective of one's own must name `weights` as its fourth parameter.
   * What a function draws comes as `{ x, weights }`; w̄ is the mean weight of the rows that it draws first.
   */
  readonly weights?: Tensor;
  /** How many steps; or say `epochs`. 1,000 steps if neither is given. */
  readonly steps?: number;
  /** How many passes through the training rows. Rows that a function draws have none. */
  readonly epochs?: number;
  /** Rows per step; 256 by default, all rows if there are fewer. */
  readonly batchSize?: number;
  /** η; 1e−3 by default. */
  readonly learningRate?: number;
  /** How η changes: `"cosine"` to 0 over the steps, `"constant"` (the default), or a function of the step from 0. */
  readonly schedule?: "constant" | "cosine" | Schedule;
  /** Makes the optimiser; `adam` by default. */
  readonly optimizer?: (parameters: readonly Parameter[], options: OptimizerOptions) => Optimizer;
  /**
   * λ, as the optimiser understands it; its own default if not given. Or a function that says λ ≥ 0 for each parameter, by its name as `flow.named()` gives it, and itself: asked once.
   */
  readonly weightDecay?: number | NumberOf;
  /** A factor ≥ 0 of η for each parameter, by its name as `flow.named()` gives it, and itself: 0.1 to learn slowly. Asked once. */
  readonly rateOf?: NumberOf;
  /**
   * Whether a parameter stays as it is, to the bit, by its name as `flow.named()` gives it, and itself: asked once. No gradient is computed for it, it counts neither for
   * `clipNorm` nor for `gradNorm`, and others may change it meanwhile. Layers that have not seen data yet take their statistics all the same: these are no parameters, and a flow that
   * was loaded has them.
   */
  readonly freeze?: (name: string, parameter: Parameter) => boolean;
  /** Bounds the norm of the gradient. */
  readonly clipNorm?: number;
  /**
   * Rows held back to choose the best weights: a fraction of x in (0, 1), or rows of their own, with contexts and weights as `{ x, context, weights }` where the flow
   * takes one for each. `fit` holds back 0.1 of 300 rows or more by default, unless the objective is not maximum likelihood; `train`, and `false`, none. Of a fraction, rows with
   * the same x stay together, whatever their contexts: a copy of a training row would tell how well that row has been learned by heart.
   */
  readonly validation?: number | Tensor | Rows | false;
  /** Stops after so many epochs without a better validation value. Needs `validation`. */
  readonly patience?: number;
  /**
   * d in (0, 1), such as 0.999: averages the weights over the steps, θ̄_t = (1 − d)/(1 − dᵗ) · Σ_{s ≤ t} dᵗ⁻ˢ θ_s, over some 1/(1 − d) of them; the
   * factor corrects the beginning, as Adam does. Averages are less noisy than the weights, most of all at a constant learning rate. With validation rows both are
   * judged at the end of every epoch, and the better of all is restored; without, the flow has the averages at the end, unless it is not
   * defined there. After an error without validation rows it has the weights themselves. `History.weights` says which. Costs the memory of the weights once more,
   * and a second evaluation of the validation rows.
   */
  readonly ema?: number;
  /** `forwardKL`, maximum likelihood, by default. */
  readonly objective?: Objective;
  /** What the validation rows are judged by, where that is something else than the objective: `objective` by default. */
  readonly judge?: Objective;
  /**
   * A checkpoint that `saveCheckpoint` made: training goes on from there as if it had never stopped. The flow takes its weights and what it knew of
   * its data, `random` its state. Architecture, data, `batchSize`, `validation`, `ema` and what is frozen must be those of then (StateMismatchError); the
   * other settings may be others. `steps` and `epochs` count from the very first step.
   */
  readonly resume?: Uint8Array;
  /**
   * Threads that share each step: `{ count, worker: nodeWorker }`, with `nodeWorker` from `diffeo/threads/node`; in a page, `worker: () => new Worker(url, { type: "module" })` with the URL
   * of the script `diffeo/threads/worker`. The same bits with any number of them. They are of use to maximum likelihood without `weights`, for flows all of whose
   * parts have kernels; others train on one thread. A worker that dies ends training with a ThreadError; the parameters are those of the last whole step, or the best ones.
   */
  readonly threads?: ThreadsOptions;
  /** Aborting it ends training after the step under way. */
  readonly signal?: AbortSignal;
  /** Called after each step. `fit` waits for a promise that it returns; `train` refuses one. */
  readonly onStep?: (step: Step) => unknown;
  /** Called after each epoch, with promises as `onStep`. */
  readonly onEpoch?: (epoch: Epoch) => unknown;
}

const KNOWN: Known<TrainOptions> = {
  random: true,
  context: true,
  weights: true,
  steps: true,
  epochs: true,
  batchSize: true,
  learningRate: true,
  schedule: true,
  optimizer: true,
  weightDecay: true,
  rateOf: true,
  freeze: true,
  clipNorm: true,
  validation: true,
  patience: true,
  ema: true,
  objective: true,
  judge: true,
  resume: true,
  threads: true,
  signal: true,
  onStep: true,
  onEpoch: true,
};

/** Throws DomainError unless all arguments of `train` and `fit` are what they should be; the rows themselves are not looked at. */
export function checkTraining(operation: string, flow: Flow, x: Tensor | Draw, options: TrainOptions): void {
  checkFlow(operation, flow);
  if (flow.parameters.length === 0) {
    throw new DomainError(`${operation}: the flow must have parameters, which training changes; got one without`);
  }
  if (typeof x !== "function") checkTensor(operation, "x", x);
  checkOptions(operation, options, KNOWN);
  if (typeof x === "function") checkDrawing(operation, options);
  checkRandom(operation, options.random);
  const { context, weights, steps, epochs, learningRate, weightDecay, clipNorm, validation, patience, ema, signal } =
    options;
  if (context !== undefined) checkTensor(operation, "context", context);
  if (weights !== undefined) checkTensor(operation, "weights", weights);
  if (steps !== undefined && epochs !== undefined) {
    throw new DomainError(`${operation}: steps or epochs say how long, not both; got ${steps} and ${epochs}`);
  }
  for (const name of ["steps", "epochs", "batchSize", "patience"] as const) {
    if (options[name] !== undefined) checkCount(operation, name, options[name], 1);
  }
  if (learningRate !== undefined) checkPositive(operation, "learningRate", learningRate);
  if (clipNorm !== undefined) checkPositive(operation, "clipNorm", clipNorm);
  if (weightDecay !== undefined && typeof weightDecay !== "function")
    checkRange(operation, "weightDecay", weightDecay, 0, Number.POSITIVE_INFINITY);
  const isFraction = typeof validation === "number" && validation > 0 && validation < 1;
  const isNone = validation === undefined || validation === false;
  if (!isNone && !isFraction) {
    const rows = ownValidation(options)?.x;
    if (!(rows instanceof Tensor)) {
      const came = describeValue(validation);
      throw new DomainError(
        `${operation}: validation is a fraction in (0, 1), a Tensor of rows, { x, context }, or false; got ${came}`,
      );
    }
  }
  if (patience !== undefined && isNone) {
    throw new DomainError(`${operation}: patience needs validation rows; got none`);
  }
  if (ema !== undefined && !(typeof ema === "number" && ema > 0 && ema < 1)) {
    throw new DomainError(`${operation}: ema is the decay of averages, between 0 and 1; got ${describeValue(ema)}`);
  }
  if (options.threads !== undefined) checkThreads(operation, options.threads);
  for (const name of ["objective", "judge", "rateOf", "freeze", "onStep", "onEpoch"] as const) {
    if (options[name] !== undefined) checkFunction(operation, name, options[name]);
  }
  if (options.objective !== undefined && (weights ?? ownValidation(options)?.weights) !== undefined) {
    checkTakesWeights(operation, options.objective);
    if (options.judge !== undefined) checkTakesWeights(operation, options.judge);
  }
  if (options.optimizer !== undefined && typeof options.optimizer !== "function") {
    throw new DomainError(
      `${operation}: optimizer must be a function that makes one, adam rather than adam(…); got ${describeValue(options.optimizer)}`,
    );
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new DomainError(`${operation}: signal must be an AbortSignal; got ${describeValue(signal)}`);
  }
  scheduleOf(operation, options, 1);
}

/** Throws DomainError for options that mean nothing where rows are drawn as they are needed. */
function checkDrawing(operation: string, { epochs, context, weights, validation }: TrainOptions): void {
  const refuse = (rule: string, came: unknown): never => {
    throw new DomainError(`${operation}: rows that a function draws ${rule}; got ${describeValue(came)}`);
  };
  if (epochs !== undefined) refuse("have no epochs (say steps)", epochs);
  if (context !== undefined) refuse("come with their contexts, as { x, context }", context);
  if (weights !== undefined) refuse("come with their weights, as { x, weights }", weights);
  if (typeof validation === "number") refuse("have no fraction for validation (give rows of their own)", validation);
}

/** The validation rows of their own, with their contexts; null for a fraction, and for none. A context of one row belongs to them, too. */
export function ownValidation({ validation, context }: Pick<TrainOptions, "validation" | "context">): Rows | null {
  if (validation instanceof Tensor) return { x: validation, context };
  return typeof validation === "object" ? validation : null;
}

/** The learning rate at each of the steps. Throws DomainError for a schedule that is none; the function, for a rate that is none. */
export function scheduleOf(
  operation: string,
  { schedule = "constant", learningRate = 1e-3 }: TrainOptions,
  steps: number,
): Schedule {
  if (schedule === "constant") return () => learningRate;
  if (schedule === "cosine") return cosineSchedule({ learningRate, steps });
  if (typeof schedule !== "function") {
    const came = describeValue(schedule);
    throw new DomainError(`${operation}: schedule must be "constant", "cosine" or a function of the step; got ${came}`);
  }
  return (step) => {
    const rate = schedule(step);
    checkRange(operation, `what schedule gives for step ${step}`, rate, 0, Number.POSITIVE_INFINITY);
    return rate;
  };
}
