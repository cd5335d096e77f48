import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { adam } from "./adam.ts";
import { BestWeights } from "./bestWeights.ts";
import { evaluate } from "./evaluate.ts";
import type { Epoch, History, Step } from "./history.ts";
import { LastUpdate } from "./lastUpdate.ts";
import { forwardKL } from "./objectives.ts";
import type { Optimizer } from "./optimizer.ts";
import { checkRows, type Rows, select, shuffledBatches } from "./rows.ts";
import { type Copies, copiesAmong, splitRows } from "./split.ts";
import { checkRecording, makeStep } from "./step.ts";
import { checkTraining, scheduleOf, type TrainOptions } from "./trainOptions.ts";

const INITIAL_ROWS = 4096;

/**
 * Trains the flow on the rows of x [N, ...dataShape], step by step: each `next()` makes one step and says how it went.
 *
 * Before the first step the layers are initialized from data. With validation rows, the weights with the best
 * validation value so far are restored at the end, however it comes: steps done, patience lost, the signal aborted, a loop broken off, an error.
 * A signal that is aborted before the first step leaves everything as it is, `random` too.
 *
 * Returns the {@link History}. Throws before anything has changed: ShapeError, DomainError, and NonFiniteError for NaN
 * or ∞ in the data. Throws NonFiniteError, naming op, index and step, when a loss, gradient or new parameter is not
 * finite; the parameters are then those before that step. A step after which the flow is no longer defined, such as one that makes a
 * scale negative, is taken back, and a DomainError names step and parameter. Throws DomainError when someone else has changed a
 * parameter between two steps, which then keeps its value; for a flow without parameters and an objective that does not depend on them;
 * within noGrad. Throws NonFiniteError at the end if no validation value was finite.
 *
 * @example
 * for (const { step, loss } of train(flow, x, { random: new Random(1), validation: 0.1 })) {
 *   if (loss < 2) break; // the best weights so far are restored
 * }
 */
export function train(flow: Flow, x: Tensor, options: TrainOptions): Generator<Step, History> {
  checkTraining("train", flow, x, options);
  return reported(training("train", flow, x, options), options);
}

/** The steps, once the callbacks have heard of them; an error of theirs ends training as it ought to end. */
function* reported(steps: Generator<Report, History>, { onStep, onEpoch }: TrainOptions): Generator<Step, History> {
  let next = steps.next();
  try {
    while (!next.done) {
      const { step, epoch } = next.value;
      checkSynchronous("onStep", onStep?.(step));
      if (epoch !== null) checkSynchronous("onEpoch", onEpoch?.(epoch));
      yield step;
      next = steps.next();
    }
    return next.value;
  } catch (error) {
    steps.throw(error);
    throw error;
  } finally {
    steps.return(undefined as never);
  }
}

function checkSynchronous(name: string, answer: unknown): void {
  if (!isPromise(answer)) return;
  throw new DomainError(`train: ${name} must be synchronous; got one that returns a promise (fit waits for it)`);
}

/** Whether an answer has to be waited for. */
export function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** What a step of training has to report: itself, and the epoch that it ended. */
export interface Report {
  readonly step: Step;
  readonly epoch: Epoch | null;
}

/** {@link train}, once its arguments have been checked, without the callbacks. */
export function* training(operation: string, flow: Flow, x: Tensor, options: TrainOptions): Generator<Report, History> {
  const { random, batchSize = 256, learningRate = 1e-3, weightDecay, clipNorm, patience, signal } = options;
  const objective = options.objective ?? forwardKL;
  checkRecording();
  checkAllRows(operation, flow, x, options);
  const copies = copiesAmong(x, options.validation);
  const { duplicates, leaked } = copies;
  const history = { train: [] as number[], validation: [] as number[], duplicates, leaked };
  if (signal?.aborted) return { ...history, bestStep: 0, stopped: "aborted", seconds: 0 };

  const { rows, validation } = holdOut(operation, x, copies, options);
  const epochLength = Math.floor(rows.x.shape[0] / Math.min(batchSize, rows.x.shape[0]));
  const steps = options.steps ?? (options.epochs === undefined ? 1000 : options.epochs * epochLength);
  const rateAt = scheduleOf(operation, options, steps);

  const start = performance.now();
  const batches = shuffledBatches(rows, batchSize, random);
  const first = select(rows, random.permutation(rows.x.shape[0]).slice(0, INITIAL_ROWS));
  flow.bijection.initialize?.(first.x, first.context);
  const optimizer = (options.optimizer ?? adam)(flow.parameters, {
    learningRate,
    ...(weightDecay === undefined ? {} : { weightDecay }), // left out, the optimiser's own default holds
  });
  checkOptimizer(operation, optimizer);

  const best = new BestWeights(flow.parameters);
  const last = new LastUpdate(flow, optimizer, objective === forwardKL);
  let stopped: History["stopped"] = "finished";
  let losses = 0;
  let step = 0;
  let judged = 0;
  let batch: Rows = first;
  const validate = (): number => {
    if (validation === null) return Number.NaN;
    const value = last.guard(validation, () => evaluate(flow, validation, objective));
    best.offer(value, step);
    judged = step;
    return value;
  };
  /** However steps have ended without an error: the last weights are judged, the best ones restored. */
  const conclude = (): void => {
    last.checkOurs();
    try {
      if (judged < step) validate();
      if (best.step === null) last.check(batch);
    } finally {
      best.restore();
    }
  };

  let failed = false;
  try {
    while (step < steps) {
      if (signal?.aborted) {
        stopped = "aborted";
        break;
      }
      last.checkOurs();
      batch = batches.next().value;
      const rate = rateAt(step);
      const { loss, norm } = makeStep(flow, objective, batch, last, rate, clipNorm, step + 1);
      step++;
      losses += loss;
      let epoch: Epoch | null = null;
      if (step % epochLength === 0 || step === steps) {
        const batchesSeen = ((step - 1) % epochLength) + 1;
        epoch = {
          epoch: Math.ceil(step / epochLength),
          step,
          train: losses / batchesSeen,
          validation: validate(),
        };
        losses = 0;
        history.train.push(epoch.train);
        if (validation !== null) history.validation.push(epoch.validation);
      }
      yield { step: { step, loss, learningRate: rate, gradNorm: norm }, epoch };
      if (patience !== undefined && best.epochsSince >= patience) {
        stopped = "patience";
        break;
      }
    }
  } catch (error) {
    failed = true;
    if (last.changedByOthers() === null) best.restore();
    throw error;
  } finally {
    if (!failed) conclude(); // also when whoever asked for steps has broken off
  }
  if (validation !== null && best.step === null && stopped !== "aborted") throw neverFinite(history.validation, step);
  return { ...history, bestStep: best.step ?? step, stopped, seconds: (performance.now() - start) / 1000 };
}

/** The error for a training whose weights could not be judged. */
function neverFinite(values: readonly number[], step: number): NonFiniteError {
  return new NonFiniteError(
    `train: the objective on the validation rows must be finite after some epoch; it was ${values[values.length - 1]} after the last of ` +
      `${values.length} (do those rows look like the others?); the weights are those of step ${step}`,
    { op: "validation", index: [], step },
  );
}

/** Throws unless the rows, and the validation rows of their own, are finite, of the flow's shape, and enough. */
function checkAllRows(operation: string, flow: Flow, x: Tensor, { context, validation }: TrainOptions): void {
  const { dataShape } = flow.bijection;
  checkRows(operation, "x", { x, context }, dataShape);
  if (x.shape[0] < 2) throw new DomainError(`${operation}: needs at least two rows; got ${x.shape[0]}`);
  if (!(validation instanceof Tensor)) return;
  if (context !== undefined && context.shape[0] !== 1) {
    throw new DomainError(
      `${operation}: validation rows of their own have no context of their own; give a fraction instead`,
    );
  }
  checkRows(operation, "validation", { x: validation, context }, dataShape);
  if (validation.shape[0] === 0) throw new DomainError(`${operation}: validation needs at least one row; got none`);
}

/** The rows to learn from, and those to choose the best weights by. */
function holdOut(
  operation: string,
  x: Tensor,
  { groups }: Copies,
  { random, context, validation }: TrainOptions,
): { rows: Rows; validation: Rows | null } {
  const all: Rows = { x, context };
  if (validation === undefined) return { rows: all, validation: null };
  if (validation instanceof Tensor) return { rows: all, validation: { x: validation, context } };
  const N = x.shape[0];
  const held = Math.min(N - 1, Math.max(1, Math.floor(validation * N)));
  const [ofValidation, ofTraining] = splitRows(operation, groups, [held], random);
  return { rows: select(all, ofTraining), validation: select(all, ofValidation) };
}

function checkOptimizer(operation: string, optimizer: Optimizer): void {
  if (typeof optimizer?.step === "function") return;
  throw new DomainError(
    `${operation}: optimizer must make one, with a method step; it made ${describeValue(optimizer)}`,
  );
}
