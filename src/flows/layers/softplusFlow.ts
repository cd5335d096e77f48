// z = ln(1 + eˣ), coordinate by coordinate: log|det J| = Σ ln sigmoid(x_i).

import { add, neg } from "../../autograd/ops/arithmetic.ts";
import { expm1, log, logSigmoid, softplus } from "../../autograd/ops/exponential.ts";
import type { Kind } from "../../tensor/definitions/reading.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { POSITIVE } from "../domain.ts";
import { type PointwiseOptions, pointwise, pointwiseEntry } from "./pointwise.ts";

/**
 * z = ln(1 + eˣ), coordinate by coordinate: ℝ → (0, ∞).
 *
 * Log-det: Σ ln sigmoid(x). Inverse: x = z + ln(1 − e⁻ᶻ), with log-det −Σ ln(1 − e⁻ᶻ). Parameters: none.
 * Smoothness: C∞; below x = −745.1 z is 5·10⁻³²⁴, the least number inside. Cost: O(D) both ways. Throws DomainError for z ≤ 0.
 * Reference: Dugas, Bengio, Bélisle, Nadeau & Garcia (2001), Incorporating second-order functional knowledge, NIPS 13.
 *
 * @example
 * softplusFlow({ dimensions: 1 }).forward(tensor([[0]])); // { z: [[0.693147]], logDet: [-0.693147] }, ln 2 and ln ½
 */
export function softplusFlow(options: PointwiseOptions): Bijection {
  checkOptions("softplusFlow", options, { dimensions: true });
  return pointwise("softplusFlow", options.dimensions, {
    forward: (x) => ({ z: softplus(x), logSlope: logSigmoid(x) }),
    inverse(z) {
      const logSigmoidOfX = log(neg(expm1(neg(z)))); // 1 − e⁻ᶻ = sigmoid(x)
      return { x: add(z, logSigmoidOfX), logSlope: neg(logSigmoidOfX) };
    },
    range: POSITIVE,
  });
}

/** Rebuilds softplusFlow from its definition. */
export const softplusFlowEntry: Kind<Bijection> = /*#__PURE__*/ pointwiseEntry(softplusFlow);
