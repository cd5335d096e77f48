import { numberwise } from "../autograd/ops/aligned.ts";
import { mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { apply, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { log, log1p } from "../tensor/kernels/elementary.ts";
import { normalCdf, normalDensity, scaledComplement } from "../tensor/kernels/erf.ts";
import type { Tensor } from "../tensor/tensor.ts";

// With t = −x/√2 and w(t) = e^{t²}·erfc t, which is smooth: Φ(x) = ½·e^{−x²/2}·w(t). Below x = −1 no exponential is formed, and nothing underflows.

const ROOT_HALF = 0.7071067811865476;
/** √(2/π) */
const ROOT_TWO_OVER_PI = 0.7978845608028654;

const logCdfRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("logNormalCdf", logCdf, hazard);
/** h(x) = φ(x)/Φ(x), h′ = −h·(x + h). */
const hazardRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("normalHazard", hazardOf, (x, h) =>
  neg(mul(h, excess(x))),
);
/** x + h(x), which in the lower tail falls to 0 like −1/x; its derivative is 1 − h·(x + h). */
const excessRule: Rule<[x: Tensor]> = /*#__PURE__*/ numberwise("normalExcess", excessOf, (x, e) =>
  sub(1, mul(hazard(x), e)),
);

/**
 * y = ln Φ(x), Φ the standard normal distribution function: ln ½w(t) − ½x² below −1, and ln(1 − Φ(−x)) above 0.
 *
 * Gradient: g·φ(x)/Φ(x), which grows like −x in the lower tail. Error below 6 ULP, whatever the number. Special cases: −∞ at −∞, 0 at ∞.
 */
export function logNormalCdf(x: Tensor): Variable {
  return apply(logCdfRule, [x]);
}

function hazard(x: Tensor): Variable {
  return apply(hazardRule, [x]);
}

function excess(x: Tensor): Variable {
  return apply(excessRule, [x]);
}

function logCdf(x: number): number {
  if (x > 0) return log1p(-normalCdf(-x));
  return x < -1 ? log(0.5 * scaled(x)) - 0.5 * x * x : log(normalCdf(x));
}

function hazardOf(x: number): number {
  return x < -1 ? ROOT_TWO_OVER_PI / scaled(x) : normalDensity(x) / normalCdf(x);
}

/** w(t) */
function scaled(x: number): number {
  return x === Number.NEGATIVE_INFINITY ? 0 : scaledComplement(-ROOT_HALF * x);
}

/** Laplace's continued fraction 1/(s + 2/(s + 3/(s + …))), s = −x, where the sum would cancel; 48 terms are enough for s ≥ 5. */
function excessOf(x: number): number {
  if (!(x < -5)) return x + hazardOf(x);
  let rest = 0;
  for (let k = 48; k >= 1; k--) rest = k / (rest - x);
  return rest;
}
