import { times } from "../autograd/ops/aligned.ts";
import { apply, type Operand, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { exp, log } from "../tensor/kernels/elementary.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Of x⁻¹, x⁻³, … in ln Γ(x + ½) − ln Γ(x) − ½ ln x. */
const COEFFICIENTS: readonly number[] = [-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432];
/** From here on the next term of the series, 691/(180224·x¹¹), is below 2·10⁻¹⁷. */
const LARGE = 20;

const logGammaRatioRule: Rule<[x: Tensor], [order: number]> = {
  name: "logGammaRatio",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, order) {
    for (let i = 0; i < y.length; i++) y[i] = derivative(x[i], order);
  },
  vjp: ([x], _y, g, order) => [() => times(g, logGammaRatio(x, order + 1))],
};

/**
 * y = ln Γ(x + ½)/Γ(x) for x > 0, or its derivative of that order; of order 1 it is ψ(x + ½) − ψ(x), ψ the digamma function.
 *
 * Neither function is formed by itself: at x = 10⁶ both ln Γ are 10⁷, and their difference is 7. Gradient: order + 1.
 */
export function logGammaRatio(x: Operand, order = 0): Variable {
  return apply(logGammaRatioRule, [x], order);
}

/**
 * The recurrence f(x) = f(x + 1) + ln x − ln(x + ½) leads from small x to large, where the series serves:
 * f(x) = ½ ln x − 1/(8x) + 1/(192x³) − …; each of these is differentiated term by term.
 *
 * Reference: Abramowitz & Stegun (1964), 6.1.40 and 6.1.15.
 */
function derivative(x: number, order: number): number {
  if (!(x > 0)) return Number.NaN;
  let y = 0;
  let large = x;
  for (; large < LARGE; large++) y += logDerivative(large, order) - logDerivative(large + 0.5, order);
  y += 0.5 * logDerivative(large, order);
  COEFFICIENTS.forEach((coefficient, k) => {
    let term = coefficient / powerOf(large, 2 * k + 1 + order);
    for (let j = 0; j < order; j++) term *= -(2 * k + 1 + j);
    y += term;
  });
  return y;
}

/**
 * Γ(x + ½)/(Γ(x)·√x) for x > 0, which tends to 1 as x grows, and is √(πx) for small x: as e^{−1/(8x) + 1/(192x³) − …} for large x, where the square
 * root has gone, and by the recurrence for Γ for others. Error below 30 ULP for small x, 2 for large.
 */
export function gammaHalfRatio(x: number): number {
  let large = x;
  let product = 1;
  for (; large < LARGE; large++) product *= large / (large + 0.5);
  let y = 0;
  for (let k = COEFFICIENTS.length - 1; k >= 0; k--) y = y / large / large + COEFFICIENTS[k];
  return exp(y / large) * product * Math.sqrt(large / x);
}

/** ln x, 1/x, −1/x², 2/x³, … */
function logDerivative(x: number, order: number): number {
  if (order === 0) return log(x);
  let y = 1 / x;
  for (let j = 1; j < order; j++) y *= -j / x;
  return y;
}

function powerOf(x: number, n: number): number {
  let y = 1;
  for (let j = 0; j < n; j++) y *= x;
  return y;
}
