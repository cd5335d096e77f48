import type { Flow } from "../flows/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { fit, type History, type TrainOptions } from "../training/index.ts";
import { Curve } from "./curve.ts";
import { interruptible } from "./interrupt.ts";
import { Progress } from "./progress.ts";

/** What came of training under the eyes of the user. */
interface WatchedFit {
  readonly history: History;
  readonly curve: Curve;
  readonly interrupted: boolean;
}

/**
 * Fits with a cosine schedule and clipped gradients, shows how it goes, writes the curve down, and heeds Ctrl-C: then the
 * best weights so far are kept, and the output says so.
 */
export async function watchedFit(
  out: NodeJS.WriteStream,
  flow: Flow,
  x: Tensor,
  options: Omit<TrainOptions, "signal" | "onStep" | "onEpoch"> & { readonly steps: number },
): Promise<WatchedFit> {
  const progress = new Progress(out, options.steps);
  const curve = new Curve();
  const { result: history, interrupted } = await interruptible((signal) =>
    fit(flow, x, {
      schedule: "cosine",
      clipNorm: 5,
      ...options,
      signal,
      onStep: (step) => {
        progress.onStep(step);
        curve.onStep(step);
      },
      onEpoch: curve.onEpoch,
    }),
  );
  progress.finish();
  if (interrupted) out.write(`Interrupted: keeping the best weights so far, those of step ${history.bestStep}\n`);
  return { history, curve, interrupted };
}
