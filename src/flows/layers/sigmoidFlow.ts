// z = 1/(1 + e⁻ˣ), coordinate by coordinate: log|det J| = Σ (ln z_i + ln(1 − z_i)).

import { add, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { log, log1p, logSigmoid, sigmoid } from "../../autograd/ops/exponential.ts";
import type { Kind } from "../../tensor/definitions/reading.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { BELOW_ONE, type Domain, LEAST_POSITIVE } from "../domain.ts";
import { type PointwiseOptions, pointwise, pointwiseEntry } from "./pointwise.ts";

const RANGE: Domain = { least: LEAST_POSITIVE, greatest: BELOW_ONE, name: "(0, 1)" };

/**
 * z = 1/(1 + e⁻ˣ), coordinate by coordinate: ℝ → (0, 1).
 *
 * Log-det: Σ(ln sigmoid(x) + ln sigmoid(−x)), which keeps its digits where z is rounded to 1.
 * Inverse: x = ln z − ln(1 − z), with log-det −Σ(ln z + ln(1 − z)). Parameters: none.
 * Smoothness: C∞; from x = 36.8 on z is 1 − 2⁻⁵³, the last number inside. Cost: O(D) both ways. Throws DomainError for z ≤ 0 and z ≥ 1.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §4.1, go the other way, see {@link logitFlow};
 * https://arxiv.org/abs/1605.08803.
 *
 * @example
 * sigmoidFlow({ dimensions: 1 }).forward(tensor([[0]])); // { z: [[0.5]], logDet: [-1.38629] }, ln ¼
 */
export function sigmoidFlow(options: PointwiseOptions): Bijection {
  checkOptions("sigmoidFlow", options, { dimensions: true });
  return pointwise("sigmoidFlow", options.dimensions, {
    forward: (x) => ({ z: sigmoid(x), logSlope: add(logSigmoid(x), logSigmoid(neg(x))) }),
    inverse(z) {
      const [below, above] = [log(z), log1p(neg(z))]; // ln z, ln(1 − z)
      return { x: sub(below, above), logSlope: neg(add(below, above)) };
    },
    range: RANGE,
  });
}

/** Rebuilds sigmoidFlow from its definition. */
export const sigmoidFlowEntry: Kind<Bijection> = /*#__PURE__*/ pointwiseEntry(sigmoidFlow);
