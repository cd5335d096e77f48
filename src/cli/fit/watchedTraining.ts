import type { Flow } from "../../flows/index.ts";
import type { ModelExtra } from "../../io/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type History, saveCheckpoint, type TrainOptions, train } from "../../training/index.ts";
import { Curve } from "../curve.ts";
import { interruptible } from "../interrupt.ts";
import { writeWhole } from "../output.ts";
import { Progress, type ProgressStream } from "../progress.ts";

/** What came of training under the eyes of the user. */
export interface WatchedTraining {
  readonly history: History;
  readonly curve: Curve;
  readonly interrupted: boolean;
  /** The training as a file, from which it can go on. */
  checkpoint(): Uint8Array;
}

/** Where a long training is kept, and what is said of it there. */
export interface Keeping {
  readonly path: string;
  readonly extra: ModelExtra;
}

/** How training goes, apart from what is seen to here. */
export type WatchedOptions = Omit<TrainOptions, "signal" | "onStep" | "onEpoch" | "steps" | "epochs">;

/** The event loop turns after so many milliseconds, to hear Ctrl-C … */
const LONGEST_TURN = 40;
/** … and a training that lasts is saved after so many. */
const SAVE_AFTER = 30_000;
/** Steps that tell how long one takes: those before have warmed up the engine. */
const [TRIAL_STEPS, WARM_UP] = [20, 10];

/**
 * Trains with a cosine schedule and clipped gradients, shows how it goes on `out`, writes the curve down, and heeds Ctrl-C: then the best weights so far are kept. A
 * training that lasts is saved now and then.
 */
export async function watchedTraining(
  out: ProgressStream | null,
  flow: Flow,
  x: Tensor,
  options: WatchedOptions & { readonly steps: number },
  keeping: Keeping | null,
): Promise<WatchedTraining> {
  const progress = out && new Progress(out, options.steps);
  const curve = new Curve();
  let checkpoint = (): Uint8Array => new Uint8Array(0);
  const { result: history, interrupted } = await interruptible(async (signal) => {
    const run = train(flow, x, {
      ...{ schedule: "cosine", clipNorm: 5, ...options, signal },
      onStep: (step) => {
        progress?.onStep(step);
        curve.onStep(step);
      },
      onEpoch: curve.onEpoch,
    });
    checkpoint = () => saveCheckpoint(run, keeping?.extra);
    let [turned, saved] = [performance.now(), performance.now()];
    for (let next = run.next(); ; next = run.next()) {
      if (next.done) return next.value;
      const now = performance.now();
      if (keeping !== null && now - saved > SAVE_AFTER) {
        writeWhole(keeping.path, checkpoint());
        saved = now;
      }
      if (now - turned < LONGEST_TURN) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turned = performance.now();
    }
  });
  progress?.finish();
  return { history, curve, interrupted, checkpoint };
}

/** How many steps take about so many seconds: of 20 steps of a flow that is thrown away, the last 10 are timed. At least one. */
export function stepsWithin(seconds: number, flow: Flow, x: Tensor, options: TrainOptions): number {
  const times: number[] = [];
  let last = performance.now();
  for (const _ of train(flow, x, { ...options, clipNorm: 5, steps: TRIAL_STEPS })) {
    times.push(performance.now() - last);
    last = performance.now();
  }
  const perStep = times.slice(WARM_UP).sort((a, b) => a - b)[(TRIAL_STEPS - WARM_UP) >> 1];
  return Math.max(1, Math.floor((1000 * seconds) / perStep));
}
