import type { Flow } from "../flows/flow.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { milliseconds, turn } from "./clock.ts";
import { type History, type TrainOptions, train } from "./train.ts";

/** How long training may keep the event loop to itself, in milliseconds. */
const LONGEST_TURN = 40;

/**
 * Runs {@link train} to its end, letting the event loop turn in between, so that pages stay alive, timers fire and an
 * AbortSignal is heard.
 *
 * Aborting resolves: the best weights so far are restored, and `stopped` is `"aborted"`. Rejects with what train throws.
 *
 * @example
 * const history = await fit(flow, x, { random: new Random(1), steps: 2000, validation: 0.1 });
 */
export async function fit(flow: Flow, x: Tensor, options: TrainOptions): Promise<History> {
  const steps = train(flow, x, options);
  let since = milliseconds();
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return next.value;
    if (milliseconds() - since < LONGEST_TURN) continue;
    await turn();
    since = milliseconds();
  }
}
