import * as elementary from "../../tensor/kernels/elementary.ts";
import { map } from "../../tensor/kernels/elementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { div, mul, square, sub } from "./arithmetic.ts";

const expRule: Rule<[x: Tensor]> = {
  name: "exp",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(elementary.exp, x.data, y.data),
  vjp: (_inputs, y, g) => [() => mul(g, y)],
};

/** y = eˣ. Gradient: g·y. Special cases: overflows to ∞ above 709.78. */
export function exp(x: Operand): Variable {
  return apply(expRule, [x]);
}

const logRule: Rule<[x: Tensor]> = {
  name: "log",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(elementary.log, x.data, y.data),
  vjp: ([x], _y, g) => [() => div(g, x)],
};

/** y = ln x. Gradient: g/x. Special cases: log 0 = −∞, log of a negative number is NaN. */
export function log(x: Operand): Variable {
  return apply(logRule, [x]);
}

const tanhRule: Rule<[x: Tensor]> = {
  name: "tanh",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(elementary.tanh, x.data, y.data),
  vjp: (_inputs, y, g) => [() => mul(g, sub(1, square(y)))],
};

/**
 * y = tanh x. Gradient: g·(1 − y²).
 * Special cases: where |x| is large, 1 − y² has an absolute, not a relative, error of 2·eps.
 */
export function tanh(x: Operand): Variable {
  return apply(tanhRule, [x]);
}

const sigmoidRule: Rule<[x: Tensor]> = {
  name: "sigmoid",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(elementary.sigmoid, x.data, y.data),
  vjp: (_inputs, y, g) => [() => mul(g, mul(y, sub(1, y)))],
};

/**
 * y = 1/(1 + e⁻ˣ). Gradient: g·y·(1 − y).
 * Special cases: never overflows; where x is large, 1 − y has an absolute, not a relative, error of 2·eps.
 */
export function sigmoid(x: Operand): Variable {
  return apply(sigmoidRule, [x]);
}

const softplusRule: Rule<[x: Tensor]> = {
  name: "softplus",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(elementary.softplus, x.data, y.data),
  vjp: ([x], _y, g) => [() => mul(g, sigmoid(x))],
};

/** y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|}). Gradient: g·sigmoid(x). */
export function softplus(x: Operand): Variable {
  return apply(softplusRule, [x]);
}

/** y = x·sigmoid(x), the smooth relative of max(x, 0) (also called swish). */
export function silu(x: Operand): Variable {
  return mul(x, sigmoid(x));
}
