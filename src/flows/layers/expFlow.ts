// z = eˣ, coordinate by coordinate: log|det J| = Σ x_i.

import { neg } from "../../autograd/ops/arithmetic.ts";
import { exp, log } from "../../autograd/ops/exponential.ts";
import type { Kind } from "../../tensor/definitions/reading.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { POSITIVE } from "../domain.ts";
import { type PointwiseOptions, pointwise, pointwiseEntry } from "./pointwise.ts";

/**
 * z = eˣ, coordinate by coordinate: ℝ → (0, ∞).
 *
 * Log-det: Σ x. Inverse: x = ln z, with log-det −Σ ln z. Parameters: none. Smoothness: C∞; above x = 709.78 and below −745.1 z is the last number inside.
 * Cost: O(D) both ways. Throws DomainError for z ≤ 0.
 * Reference: the logarithm of a log-normal variable is normal; Johnson (1949), Biometrika 36, 149–176.
 *
 * @example
 * expFlow({ dimensions: 2 }).forward(tensor([[0, 1]])); // { z: [[1, 2.71828]], logDet: [1] }
 */
export function expFlow(options: PointwiseOptions): Bijection {
  checkOptions("expFlow", options, { dimensions: true });
  return pointwise("expFlow", options.dimensions, {
    forward: (x) => ({ z: exp(x), logSlope: x }),
    inverse(z) {
      const x = log(z);
      return { x, logSlope: neg(x) };
    },
    range: POSITIVE,
  });
}

/** Rebuilds expFlow from its definition. */
export const expFlowEntry: Kind<Bijection> = /*#__PURE__*/ pointwiseEntry(expFlow);
