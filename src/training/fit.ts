import type { Flow } from "../flows/flow.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asRun, Run } from "./checkpoint.ts";
import { milliseconds, turn } from "./clock.ts";
import type { Draw } from "./freshBatches.ts";
import type { History } from "./history.ts";
import { forwardKL } from "./objectives.ts";
import { isPromise, training } from "./train.ts";
import { checkTraining, type TrainOptions } from "./trainOptions.ts";

/** With so many rows, `fit` holds back so many of them, unless it is told otherwise. */
const [ENOUGH_ROWS, HELD_BACK] = [300, 0.1];

/** How long training may keep the event loop to itself, in milliseconds. */
const LONGEST_TURN = 40;

/**
 * Runs {@link train} to its end, letting the event loop turn in between, so that pages stay alive, timers fire and an
 * AbortSignal is heard. Waits for promises that `onStep` and `onEpoch` return.
 *
 * Of 300 rows or more, a tenth is held back to choose the best weights by, if `validation` is not given and the objective is maximum likelihood:
 * `History.heldOut` says how many. Of rows that a function draws none are. They tell when a flow begins to learn its rows by heart. `validation: false` trains on all rows.
 *
 * Aborting resolves: the best weights so far are restored, and `stopped` is `"aborted"`. Rejects with what train throws, and with what
 * `onStep` and `onEpoch` throw or reject with, once the best weights are restored. Cost: as {@link train}.
 *
 * @example
 * const x = twoMoons().sample(64, new Random(1));
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(2) });
 * forwardKL(flow, x); // 3.86343 nats
 * const { stopped } = await fit(flow, x, { random: new Random(3), steps: 20, learningRate: 0.02 });
 * stopped; // "finished"
 * forwardKL(flow, x); // 3.04944 nats
 */
export function fit(flow: Flow, x: Tensor | Draw, options: TrainOptions): Promise<History> {
  const run = new Run(flow, x, withHeldBack(x, options));
  return asRun(fitting(run), run);
}

/** The options, with rows to hold back if it is for `fit` to say so. Tables whose rows are all the same have none to spare. */
function withHeldBack(x: unknown, options: TrainOptions): TrainOptions {
  if (!(x instanceof Tensor) || !(x.shape[0] >= ENOUGH_ROWS) || typeof options !== "object" || options === null)
    return options;
  const { validation, objective = forwardKL } = options;
  const length = x.size / x.shape[0];
  if (validation !== undefined || objective !== forwardKL) return options;
  return x.data.some((value, i) => value !== x.data[i % length]) ? { ...options, validation: HELD_BACK } : options;
}

async function fitting(run: Run): Promise<History> {
  const { flow, x, options } = run;
  checkTraining("fit", flow, x, options);
  const { onStep, onEpoch } = options;
  const steps = training("fit", flow, x, options, run);
  let since = milliseconds();
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return next.value;
    const { step, epoch } = next.value;
    try {
      const answer = onStep?.(step);
      if (isPromise(answer)) await answer;
      const answerToEpoch = epoch === null ? undefined : onEpoch?.(epoch);
      if (isPromise(answerToEpoch)) await answerToEpoch;
    } catch (error) {
      steps.throw(error); // restores the best weights, and throws the error again
    }
    if (milliseconds() - since < LONGEST_TURN) continue;
    await turn();
    since = milliseconds();
  }
}
