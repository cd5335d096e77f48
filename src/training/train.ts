import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError } from "../tensor/errors.ts";
import { copiesAmong } from "../tensor/split.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type BestWeights, valuesOf } from "./bestWeights.ts";
import { asRun, Run } from "./checkpoint.ts";
import { milliseconds } from "./clock.ts";
import { CompiledGradient } from "./compiledGradient.ts";
import { type Draw, STEPS_PER_EPOCH } from "./freshBatches.ts";
import { trainedOf } from "./groups.ts";
import type { Epoch, History, Step } from "./history.ts";
import { conclude, judge } from "./judging.ts";
import { forwardKL } from "./objectives.ts";
import { readCheckpoint } from "./resuming.ts";
import { checkRows, meanOf } from "./rows.ts";
import { checkRecording, makeStep } from "./step.ts";
import { checkTraining, ownValidation, scheduleOf, type TrainOptions } from "./trainOptions.ts";
import { getReady, markResumable } from "./underway.ts";

/**
 * Trains the flow on the rows of x [N, ...dataShape], step by step: each `next()` makes one step and says how it went.
 *
 * Instead of x there may be a function that draws n new rows with `random` whenever they are needed, of toys, of simulators, of tables that do not fit in
 * memory ({@link Draw}). The layers are initialized from the first rows that it draws: 1,024, or a batch if that is more. Every batch is checked as a table is, and the
 * errors name its step. Such data have no epochs: every 100 steps count as one, for `History`, validation, `patience` and `onEpoch`. Neither have they a
 * fraction to hold out, nor copies that are counted: `validation` takes rows of their own.
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
 * Cost: a step is the objective on a batch and its gradient, a small multiple of it; memory for the graph of one batch.
 *
 * @example
 * const random = new Random(1);
 * const x = random.normal([100, 2]);
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random });
 * const losses: number[] = [];
 * for (const { loss } of train(flow, x, { random, steps: 5 })) losses.push(loss);
 * losses.length; // 5
 * // rows that a function draws, and an end before the last step
 * const moons = twoMoons();
 * for (const { loss } of train(flow, (n, random) => moons.sample(n, random), { random, steps: 5 })) if (loss < 2) break;
 */
export function train(flow: Flow, x: Tensor | Draw, options: TrainOptions): Generator<Step, History> {
  checkTraining("train", flow, x, options);
  const run = new Run(flow, x, options);
  return asRun(reported(training("train", flow, x, options, run), options), run);
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

/** {@link train}, once its arguments have been checked, without the callbacks. What there is to save of it is noted in `run`. */
export function* training(
  operation: string,
  flow: Flow,
  x: Tensor | Draw,
  options: TrainOptions,
  run: Run,
): Generator<Report, History> {
  const { batchSize = 256, clipNorm, patience, signal, resume } = options;
  const objective = options.objective ?? forwardKL;
  const judged = options.judge ?? objective;
  checkRecording();
  checkAllRows(operation, flow, x, options);
  run.trained = trainedOf(operation, flow, options.freeze);
  const saved = resume === undefined ? null : readCheckpoint(operation, resume, run);
  const copies = typeof x === "function" ? null : copiesAmong(x, ownValidation(options)?.x);
  const { duplicates, leaked } = copies ?? { duplicates: 0, leaked: 0 };
  if (signal?.aborted && saved === null) {
    const untouched = { bestStep: 0, weights: "raw", heldOut: 0, stopped: "aborted", seconds: 0 } as const;
    return { train: [], validation: [], duplicates, leaked, ...untouched };
  }

  const start = milliseconds();
  const now = getReady(operation, flow, run.trained, x, copies, options, saved);
  const { rows, heldOut, batches, best, last, average } = now;
  const meanWeight = rows.weights === undefined ? 1 : meanOf(rows.weights.data);
  const N = rows.x.shape[0];
  const epochLength = typeof x === "function" ? STEPS_PER_EPOCH : Math.floor(N / Math.min(batchSize, N));
  const steps = options.steps ?? (options.epochs === undefined ? 1000 : options.epochs * epochLength);
  const rateAt = scheduleOf(operation, options, steps);
  run.underway = now;
  const compiled = CompiledGradient.of(operation, flow, last.parameters, now.optimizer, options, steps - now.step);

  let stopped: History["stopped"] = "finished";
  /** The epoch that ends here, whole, or cut off where the steps are done. */
  const endEpoch = (): Epoch => {
    const batchesSeen = ((now.step - 1) % epochLength) + 1;
    const epoch = {
      epoch: Math.ceil(now.step / epochLength),
      step: now.step,
      train: now.losses / batchesSeen,
      validation: judge(flow, now, judged),
    };
    now.losses = 0;
    now.train.push(epoch.train);
    if (heldOut !== null) now.validation.push(epoch.validation);
    return epoch;
  };
  let failed = false;
  let weights: History["weights"] = "raw";
  try {
    while (now.step < steps && !exhausted(best, patience)) {
      if (signal?.aborted) {
        stopped = "aborted";
        break;
      }
      last.checkOurs();
      now.batch = batches.next(now.step + 1);
      const rate = rateAt(now.step);
      const next = now.step + 1;
      const { loss, norm } = makeStep(flow, objective, now.batch, meanWeight, last, rate, clipNorm, next, compiled);
      now.step++;
      average?.take(valuesOf(last.parameters));
      now.losses += loss;
      let epoch: Epoch | null = null;
      const whole = now.step % epochLength === 0;
      if (whole) epoch = endEpoch();
      markResumable(now);
      if (!whole && now.step === steps) epoch = endEpoch();
      yield { step: { step: now.step, loss, learningRate: rate, gradNorm: norm }, epoch };
    }
    const cutOff = now.step % epochLength !== 0 && now.train.length * epochLength < now.step;
    if (stopped === "finished" && now.step >= steps && cutOff) endEpoch(); // of a checkpoint of the last step
    if (exhausted(best, patience)) stopped = "patience";
  } catch (error) {
    failed = true;
    run.failed = true;
    if (last.changedByOthers() === null) best.restore();
    throw error;
  } finally {
    compiled?.close();
    if (!failed) weights = conclude(flow, now, judged); // also when whoever asked for steps has broken off
  }
  if (heldOut !== null && best.step === null && stopped !== "aborted") throw neverFinite(now.validation, now.step);
  const { train, validation } = now;
  const seconds = (milliseconds() - start) / 1000;
  const bestStep = best.step ?? now.step;
  const held = heldOut?.x.shape[0] ?? 0;
  return { train, validation, duplicates, leaked, bestStep, weights, heldOut: held, stopped, seconds };
}

/** Whether there have been so many epochs without a better validation value. */
function exhausted(best: BestWeights, patience: number | undefined): boolean {
  return patience !== undefined && best.epochsSince >= patience;
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
function checkAllRows(operation: string, flow: Flow, x: Tensor | Draw, options: TrainOptions): void {
  const { context, weights, validation } = options;
  const { dataShape } = flow.bijection;
  if (typeof x !== "function") {
    checkRows(operation, "x", { x, context, weights }, dataShape);
    if (x.shape[0] < 2) throw new DomainError(`${operation}: needs at least two rows; got ${x.shape[0]}`);
  }
  const own = ownValidation(options);
  if (own === null) return;
  if (validation instanceof Tensor && context !== undefined && context.shape[0] !== 1) {
    throw new DomainError(
      `${operation}: validation rows of their own need contexts of their own; give { x, context }, or a fraction`,
    );
  }
  checkRows(operation, "validation", own, dataShape);
  if (own.x.shape[0] === 0) throw new DomainError(`${operation}: validation needs at least one row; got none`);
}
