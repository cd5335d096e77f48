import { mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { softplus } from "../autograd/ops/exponential.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { log, log1p } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { ReparametrizedDistribution } from "./distribution.ts";
import {
  byQuantile,
  LOCATION_SCALE,
  type LocationScaleOptions,
  locationScale,
  locationScaleFields,
} from "./locationScale.ts";

/**
 * The logistic distribution: log p(x) = Σ (−z − 2 softplus(−z) − ln s), z = (x − μ)/s, the slope of sigmoid(z).
 *
 * Entropy: Σ ln s + 2D nats. Shape: events have the shape that `loc` μ and `scale` s broadcast to.
 * Sampling: one call of `random.uniform`; x = μ + s·(ln u − ln(1 − u)). Gradients flow into Variables.
 * Throws DomainError unless the parameters are finite and s > 0, ShapeError for points of another shape.
 *
 * @example
 * logistic({ loc: 0, scale: 1 }).logProb(tensor([0])).toArray(); // [-1.3862943611198906]
 */
export function logistic(options: LocationScaleOptions): ReparametrizedDistribution {
  checkOptions("logistic", options, LOCATION_SCALE);
  return locationScale(
    {
      name: "logistic",
      logDensity: (z) => sub(neg(z), mul(softplus(neg(z)), 2)),
      noise: (shape, random) => byQuantile((u) => log(u) - log1p(-u), shape, random),
      entropy: () => 2,
    },
    options,
  );
}

export const logisticEntry: Kind<ReparametrizedDistribution> = /*#__PURE__*/ kind(locationScaleFields, logistic);
