import { numberwise } from "../autograd/ops/aligned.ts";
import { add, mul, square } from "../autograd/ops/arithmetic.ts";
import { exp } from "../autograd/ops/exponential.ts";
import { apply, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { erf, erfDerivative, scaledComplement } from "../tensor/kernels/erf.ts";
import type { Tensor } from "../tensor/tensor.ts";

const ROOT_TWO = 1.4142135623730951;
const ROOT_PI = 1.772453850905516;
/** ½ ln 2π */
const HALF_LOG_2PI = 0.9189385332046727;

const normalQuantileRule: Rule<[u: Tensor]> = /*#__PURE__*/ numberwise("normalQuantile", quantile, (_u, x) =>
  exp(add(mul(square(x), 0.5), HALF_LOG_2PI)),
);

/** x = Φ⁻¹(u), the number below which a standard normal one lies with probability u in [0, 1]. Gradient: g/φ(x). Special cases: ∓∞ at 0 and 1. */
export function normalQuantile(u: Tensor): Variable {
  return apply(normalQuantileRule, [u]);
}

/**
 * Φ⁻¹(u) by Newton's method on two concave functions: each step stays on the same side of the root, until rounding stops it. Error below 4 ULP.
 *
 * Near ½ the function is erf, for ½·erf(x/√2) = u − ½, whose right side is exact. In the lower tail it is ln u: with u = ½·e^{−t²}·w(t),
 * t = −x/√2 and w(t) = e^{t²}·erfc t, no exponential is needed, and nothing underflows. The upper tail is the mirror image.
 */
export function quantile(u: number): number {
  if (u > 0.765) return -quantile(1 - u); // 1 − u is exact
  if (!(u < 0.235)) return ROOT_TWO * inverseErf(2 * u - 1);
  if (u === 0) return Number.NEGATIVE_INFINITY;
  const target = log(2 * u);
  let t = Math.sqrt(-target); // erfc t ≤ e^{−t²}: from above
  for (;;) {
    const w = scaledComplement(t);
    const next = t + 0.5 * ROOT_PI * w * (log(w) - t * t - target); // (ln erfc t)′ = −2/(√π·w)
    if (!(next < t)) return -ROOT_TWO * t;
    t = next;
  }
}

/** erf⁻¹(v) for |v| ≤ 0.53. */
function inverseErf(v: number): number {
  if (v < 0) return -inverseErf(-v);
  let y = 0.5 * ROOT_PI * v; // erf y ≤ 2y/√π: from below
  for (;;) {
    const next = y + (v - erf(y)) / erfDerivative(y);
    if (!(next > y)) return y;
    y = next;
  }
}
