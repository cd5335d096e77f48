import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { exp } from "../autograd/ops/exponential.ts";
import { apply, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { LOG_2PI } from "../distributions/standardNormal.ts";
import * as elementary from "../tensor/kernels/elementary.ts";
import { normalCdf, scaledComplement } from "../tensor/kernels/erf.ts";
import type { Tensor } from "../tensor/tensor.ts";

const ROOT_HALF = 0.7071067811865476;

/**
 * d ↦ ln K(d), K the density of a uniform number on [−h, h) plus one from N(0, σ²), element by element:
 * K(d) = (Φ((h − d)/σ) − Φ((−h − d)/σ))/2h.
 *
 * Gradient: (φ((d + h)/σ) − φ((d − h)/σ))/(2hσK), φ the normal density; again in ops.
 */
export function logBlurredBox(halfWidth: number, sigma: number): (d: Tensor) => Variable {
  const constant = elementary.log(2 * halfWidth * sigma) + 0.5 * LOG_2PI;
  const rule: Rule<[d: Tensor]> = {
    name: "logBlurredBox",
    shape: ([d]) => d.shape,
    forward([{ data: d }], { data: y }) {
      for (let i = 0; i < y.length; i++) y[i] = logDensity(d[i], halfWidth, sigma);
    },
    vjp([d], y, g) {
      // φ((d + edge)/σ)/(2hσK)
      const at = (edge: number): Variable =>
        exp(sub(mul(square(mul(add(d, edge), 1 / sigma)), -0.5), add(y, constant)));
      return [() => mul(g, sub(at(halfWidth), at(-halfWidth)))];
    },
  };
  return (d) => apply(rule, [d]);
}

function logDensity(d: number, halfWidth: number, sigma: number): number {
  const size = Math.min(Math.abs(d), 1e300); // infinitely far is as far as that: ln K is −∞
  const near = (halfWidth - size) / sigma;
  const far = (-halfWidth - size) / sigma;
  if (near > -1) return elementary.log((normalCdf(near) - normalCdf(far)) / (2 * halfWidth));
  // both in the lower tail, where Φ(t) = ½e^{−t²/2}·S(−t/√2), S the scaled complement of erf: the exponentials are kept apart, lest
  // they underflow. Their ratio is e^{−2h|d|/σ²}.
  const tail = scaledComplement(-near * ROOT_HALF);
  const farther = elementary.exp((-2 * halfWidth * size) / sigma / sigma) * scaledComplement(-far * ROOT_HALF);
  return elementary.log((tail - farther) / (4 * halfWidth)) - 0.5 * near * near;
}
