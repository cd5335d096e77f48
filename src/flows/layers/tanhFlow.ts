// z = tanh x, coordinate by coordinate: log|det J| = Σ ln(1 − tanh² x_i).

import { times } from "../../autograd/ops/aligned.ts";
import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { log1p, tanh } from "../../autograd/ops/exponential.ts";
import { apply, type Rule } from "../../autograd/rule.ts";
import type { Kind } from "../../tensor/definitions/reading.ts";
import { log1p as log1pOf, softplus as softplusOf, tanh as tanhOf } from "../../tensor/kernels/elementary.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { BELOW_ONE, type Domain } from "../domain.ts";
import { type PointwiseOptions, pointwise, pointwiseEntry } from "./pointwise.ts";

const LN2 = 0.6931471805599453;
const RANGE: Domain = { least: -BELOW_ONE, greatest: BELOW_ONE, name: "(−1, 1)" };

/**
 * y = ln(1 − tanh²x) = 2(ln 2 − |x| − ln(1 + e^{−2|x|})), as the former where |x| < ½ and as the latter elsewhere: the former would
 * have no digits left where tanh²x is nearly 1, the latter where y is nearly 0. Gradient: −2g·tanh x.
 */
const logSlopeRule: Rule<[x: Tensor]> = {
  name: "tanhFlow.logSlope",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) {
      const size = Math.abs(x[i]);
      const t = tanhOf(x[i]);
      y[i] = size < 0.5 ? log1pOf(-t * t) : 2 * (LN2 - size - softplusOf(-2 * size));
    }
  },
  vjp: ([x], _y, g) => [() => times(g, mul(tanh(x), -2))],
};

/**
 * z = tanh x, coordinate by coordinate: ℝ → (−1, 1).
 *
 * Log-det: Σ ln(1 − tanh²x), which keeps its digits where tanh x is rounded to ±1.
 * Inverse: x = ½(ln(1 + z) − ln(1 − z)), with log-det −Σ(ln(1 + z) + ln(1 − z)). Parameters: none.
 * Smoothness: C∞; from |x| = 19.1 on z is ±(1 − 2⁻⁵³), the last number inside. Cost: O(D) both ways. Throws DomainError for |z| ≥ 1.
 * Reference: the squashing of Haarnoja, Zhou, Abbeel & Levine (2018), appendix C, https://arxiv.org/abs/1801.01290.
 *
 * @example
 * tanhFlow({ dimensions: 1 }).forward(tensor([[1]])); // { z: [[0.761594]], logDet: [-0.867562] }
 */
export function tanhFlow(options: PointwiseOptions): Bijection {
  checkOptions("tanhFlow", options, { dimensions: true });
  return pointwise("tanhFlow", options.dimensions, {
    forward: (x) => ({ z: tanh(x), logSlope: apply(logSlopeRule, [x]) }),
    inverse(z) {
      const [above, below] = [log1p(z), log1p(neg(z))]; // ln(1 + z), ln(1 − z)
      return { x: mul(sub(above, below), 0.5), logSlope: neg(add(above, below)) };
    },
    range: RANGE,
  });
}

/** Rebuilds tanhFlow from its definition. */
export const tanhFlowEntry: Kind<Bijection> = /*#__PURE__*/ pointwiseEntry(tanhFlow);
