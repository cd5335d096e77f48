import { mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { greaterEqual, less } from "../autograd/ops/comparison.ts";
import { exp, log1p, log as logOf } from "../autograd/ops/exponential.ts";
import { abs, where } from "../autograd/ops/selection.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { FactorizedDistribution } from "./distribution.ts";
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
 * Entropy: Σ ln 2s + D nats. Mean: μ. Variance: 2s². F = ½e^z below 0, 1 − ½e^{−z} above. Shape: events have the shape that `loc` μ and `scale` s broadcast to.
 * Sampling: one call of `random.uniform`; x = μ − s·sign(u − ½)·ln(1 − 2|u − ½|). Gradients flow into Variables; that of |z|
 * at 0 is 0.
 * Throws DomainError unless the parameters are finite and s > 0, ShapeError for points of another shape.
 *
 * @example
 * laplace({ loc: 0, scale: 1 }).logProb(tensor([0, 1])); // [-0.693147, -1.69315]
 */
export function laplace(options: LocationScaleOptions): FactorizedDistribution {
  checkOptions("laplace", options, LOCATION_SCALE);
  return locationScale(
    {
      name: "laplace",
      logDensity: (z) => sub(neg(abs(z)), LN_2),
      noise: (shape, random) => byQuantile((u) => (u < 0.5 ? log(2 * u) : -log(2 * (1 - u))), shape, random),
      entropy: () => 1 + LN_2,
      variance: () => 2,
      cdf(z) {
        const above = greaterEqual(z, 0);
        const tail = mul(exp(where(above, neg(z), z)), 0.5); // of the side where z is
        return where(above, sub(1, tail), tail);
      },
      logCdf(z) {
        const above = greaterEqual(z, 0);
        const tail = mul(exp(neg(where(above, z, 0))), 0.5);
        return where(above, log1p(neg(tail)), sub(z, LN_2));
      },
      icdf(u) {
        const below = less(u, 0.5);
        const logTail = logOf(mul(where(below, u, sub(1, u)), 2));
        return where(below, logTail, neg(logTail));
      },
    },
    options,
  );
}

/** Rebuilds laplace from its definition. */
export const laplaceEntry: Kind<FactorizedDistribution> = /*#__PURE__*/ kind(locationScaleFields, laplace);
