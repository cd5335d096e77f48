import type { Flow } from "../flows/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { fit, type History, type TrainOptions } from "../training/index.ts";
import { Curve } from "./curve.ts";
import { interruptible } from "./interrupt.ts";
import { Progress, type ProgressStream } from "./progress.ts";

/** What came of training under the eyes of the user. */
export interface WatchedTraining {
  readonly history: History;
  readonly curve: Curve;
  readonly interrupted: boolean;
}

/** Trains with a cosine schedule and clipped gradients, shows how it goes on `out`, writes the curve down, and heeds Ctrl-C: then the best weights so far are kept. */
export async function watchedTraining(
  out: ProgressStream | null,
  flow: Flow,
  x: Tensor,
  options: Omit<TrainOptions, "signal" | "onStep" | "onEpoch" | "epochs"> & { readonly steps: number },
): Promise<WatchedTraining> {
  const progress = out && new Progress(out, options.steps);
  const curve = new Curve();
  const { result: history, interrupted } = await interruptible((signal) =>
    fit(flow, x, {
      ...{ schedule: "cosine", clipNorm: 5, ...options, signal },
      onStep(step) {
        progress?.onStep(step);
        curve.onStep(step);
      },
      onEpoch: curve.onEpoch,
    }),
  );
  progress?.finish();
  return { history, curve, interrupted };
}
