import { mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { log1p as log1pOf, log as logOf, logSigmoid, sigmoid, softplus } from "../autograd/ops/exponential.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { log, log1p } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { FactorizedDistribution } from "./distribution.ts";
import {
  byQuantile,
  LOCATION_SCALE,
  type LocationScaleOptions,
  locationScale,
  locationScaleFields,
} from "./locationScale.ts";

const PI_SQUARED = 9.869604401089358;

/**
 * The logistic distribution: log p(x) = Σ (−z − 2 softplus(−z) − ln s), z = (x − μ)/s, the slope of sigmoid(z).
 *
 * Entropy: Σ ln s + 2D nats. Mean: μ. Variance: s²π²/3. F = sigmoid(z), F⁻¹ = μ + s·(ln u − ln(1 − u)). Shape: events have the shape that `loc` μ and `scale` s broadcast to.
 * Sampling: one call of `random.uniform`; x = μ + s·(ln u − ln(1 − u)). Gradients flow into Variables.
 * Throws DomainError unless the parameters are finite and s > 0, ShapeError for points of another shape.
 *
 * @example
 * logistic({ loc: 0, scale: 1 }).logProb(tensor([0])); // [-1.38629], ln ¼
 */
export function logistic(options: LocationScaleOptions): FactorizedDistribution {
  checkOptions("logistic", options, LOCATION_SCALE);
  return locationScale(
    {
      name: "logistic",
      logDensity: (z) => sub(neg(z), mul(softplus(neg(z)), 2)),
      noise: (shape, random) => byQuantile((u) => log(u) - log1p(-u), shape, random),
      entropy: () => 2,
      variance: () => PI_SQUARED / 3,
      cdf: (z) => sigmoid(z),
      logCdf: (z) => logSigmoid(z),
      icdf: (u) => sub(logOf(u), log1pOf(neg(u))),
    },
    options,
  );
}

/** Rebuilds logistic from its definition. */
export const logisticEntry: Kind<FactorizedDistribution> = /*#__PURE__*/ kind(locationScaleFields, logistic);
