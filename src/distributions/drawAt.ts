import { add, mul, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo } from "../autograd/ops/broadcast.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Distribution } from "./distribution.ts";

/** Whether it is known what the distribution is like when it is so many times as wide: it has a centre, or says itself how it is drawn. */
export function hasWidth({ location, sampleAt }: Distribution): boolean {
  return location !== undefined || sampleAt !== undefined;
}

/**
 * n points of a distribution T times as wide, [n, ...eventShape]: μ + T·(z − μ) for draws z, where it has a centre μ; what it gives itself otherwise. T = 1 changes no bit.
 *
 * Reference: Kingma & Dhariwal (2018), https://arxiv.org/abs/1807.03039, who draw images so, with T = 0.7. They write p(x)^(T²); a normal base T times as
 * wide makes it p(x)^(1/T²), where the log-det is the same everywhere, and something else with other layers.
 */
export function drawAt(T: number, base: Distribution, n: number, random: Random, context: Tensor | undefined): Tensor {
  if (T !== 1 && base.sampleAt !== undefined) return base.sampleAt(T, n, random, context);
  const z = base.sample(n, random, context);
  if (T === 1 || base.location === undefined) return z;
  const mu = base.location(context);
  return T === 0 ? broadcastTo(mu, z.shape) : add(mul(sub(z, mu), T), mu); // 0·∞ would be NaN
}
