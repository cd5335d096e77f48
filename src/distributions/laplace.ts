import { neg, sub } from "../autograd/ops/arithmetic.ts";
import { abs } from "../autograd/ops/selection.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { ReparametrizedDistribution } from "./distribution.ts";
import {
  byQuantile,
  LOCATION_SCALE,
  type LocationScaleOptions,
  locationScale,
  locationScaleFields,
} from "./locationScale.ts";

const LN_2 = 0.6931471805599453;

/**
 * The Laplace distribution: log p(x) = Σ (−|z| − ln 2s), z = (x − μ)/s.
 *
 * Entropy: Σ ln 2s + D nats. Shape: events have the shape that `loc` μ and `scale` s broadcast to.
 * Sampling: one call of `random.uniform`; x = μ − s·sign(u − ½)·ln(1 − 2|u − ½|). Gradients flow into Variables; that of |z|
 * at 0 is 0.
 * Throws DomainError unless the parameters are finite and s > 0, ShapeError for points of another shape.
 *
 * @example
 * laplace({ loc: 0, scale: 1 }).logProb(tensor([0])).toArray(); // [-0.6931471805599453]
 */
export function laplace(options: LocationScaleOptions): ReparametrizedDistribution {
  checkOptions("laplace", options, LOCATION_SCALE);
  return locationScale(
    {
      name: "laplace",
      logDensity: (z) => sub(neg(abs(z)), LN_2),
      noise: (shape, random) => byQuantile((u) => (u < 0.5 ? log(2 * u) : -log(2 * (1 - u))), shape, random),
      entropy: () => 1 + LN_2,
    },
    options,
  );
}

export const laplaceEntry: Kind<ReparametrizedDistribution> = /*#__PURE__*/ kind(locationScaleFields, laplace);
