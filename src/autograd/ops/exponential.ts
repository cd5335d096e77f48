import { sigmoidGradientSimd, tanhGradientSimd } from "../../tensor/simd/simdArithmetic.ts";
import * as simd from "../../tensor/simd/simdElementary.ts";
import { mapNumbers, mapPairs } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { scale, times } from "./aligned.ts";
import { add, neg, sub } from "./arithmetic.ts";
import { chainQuotient } from "./chain.ts";

// An op is a rule (shape, value, derivative) and a function that applies it. Values: `mapNumbers` runs a kernel in WebAssembly on all
// numbers, or else a plain loop that does the same, to the bit. Derivatives: `times` multiplies a cotangent by a derivative, both of one shape.

const expRule: Rule<[x: Tensor]> = {
  name: "exp",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.expSimd, y.data, x.data),
  lowering: simd.expSimd,
  vjp: (_inputs, y, g) => [() => times(g, y)],
};

/**
 * y = eˣ. Gradient: g·y. Special cases: overflows to ∞ above 709.78.
 *
 * @example
 * exp(tensor([0, 1, 710])); // [1, 2.71828, Infinity]
 */
export function exp(x: Operand): Variable {
  return apply(expRule, [x]);
}

const expm1Rule: Rule<[x: Tensor]> = {
  name: "expm1",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.expm1Simd, y.data, x.data),
  lowering: simd.expm1Simd,
  vjp: ([x], _y, g) => [() => times(g, exp(x))], // not g·(y + 1), which cancels for negative x
};

/**
 * y = eˣ − 1, accurate for small x, too. Gradient: g·eˣ. Special cases: overflows to ∞ above 709.78.
 *
 * @example
 * expm1(1e-20); // 1e-20, where exp(1e-20) − 1 is 0
 */
export function expm1(x: Operand): Variable {
  return apply(expm1Rule, [x]);
}

const logRule: Rule<[x: Tensor]> = {
  name: "log",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.logSimd, y.data, x.data),
  lowering: simd.logSimd,
  vjp: ([x], _y, g) => [() => chainQuotient(g, x)],
};

/**
 * y = ln x. Gradient: g/x. Special cases: log 0 = −∞, log of a negative number is NaN.
 *
 * @example
 * log(tensor([1, 10, 0])); // [0, 2.30259, -Infinity]
 */
export function log(x: Operand): Variable {
  return apply(logRule, [x]);
}

const log1pRule: Rule<[x: Tensor]> = {
  name: "log1p",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.log1pSimd, y.data, x.data),
  lowering: simd.log1pSimd,
  vjp: ([x], _y, g) => [() => chainQuotient(g, add(x, 1))], // 1 + x is exact near −1
};

/**
 * y = ln(1 + x), accurate for small x, too. Gradient: g/(1 + x). Special cases: −∞ at −1, NaN below.
 *
 * @example
 * log1p(1e-20); // 1e-20, where log(1 + 1e-20) is 0
 */
export function log1p(x: Operand): Variable {
  return apply(log1pRule, [x]);
}

const tanhRule: Rule<[x: Tensor]> = {
  name: "tanh",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.tanhSimd, y.data, x.data),
  lowering: simd.tanhSimd,
  vjp: (_inputs, y, g) => [() => tanhGradient(g, y)],
};

const tanhGradientRule: Rule<[g: Tensor, y: Tensor]> = {
  name: "tanhGradient",
  shape: ([g]) => g.shape,
  forward: ([g, y], gradient) => mapPairs(tanhGradientSimd, gradient.data, g.data, y.data),
  lowering: tanhGradientSimd,
  vjp: ([g, y], _gradient, h) => [() => tanhGradient(h, y), () => scale(times(times(g, y), h, "both"), -2)],
};

/** g·(1 − y²), y = tanh x, in one pass: the gradient of whatever ends in tanh. */
export function tanhGradient(g: Tensor, y: Tensor): Variable {
  return apply(tanhGradientRule, [g, y]);
}

/**
 * y = tanh x. Gradient: g·(1 − y²).
 * Special cases: where |x| is large, 1 − y² has an absolute, not a relative, error of 2·eps.
 *
 * @example
 * tanh(tensor([-1, 0, 20])); // [-0.761594, 0, 1]
 */
export function tanh(x: Operand): Variable {
  return apply(tanhRule, [x]);
}

const sigmoidRule: Rule<[x: Tensor]> = {
  name: "sigmoid",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.sigmoidSimd, y.data, x.data),
  lowering: simd.sigmoidSimd,
  vjp: (_inputs, y, g) => [() => apply(sigmoidGradientRule, [g, y])],
};

/** g·y·(1 − y), y = sigmoid x, in one pass. */
const sigmoidGradientRule: Rule<[g: Tensor, y: Tensor]> = {
  name: "sigmoidGradient",
  shape: ([g]) => g.shape,
  forward: ([g, y], gradient) => mapPairs(sigmoidGradientSimd, gradient.data, g.data, y.data),
  lowering: sigmoidGradientSimd,
  vjp: ([g, y], _gradient, h) => [
    () => apply(sigmoidGradientRule, [h, y]),
    () => sub(times(g, h, "both"), scale(times(times(g, y), h, "both"), 2)),
  ],
};

/**
 * y = 1/(1 + e⁻ˣ). Gradient: g·y·(1 − y).
 * Special cases: never overflows; where x is large, 1 − y has an absolute, not a relative, error of 2·eps.
 *
 * @example
 * sigmoid(tensor([-1, 0, 1])); // [0.268941, 0.5, 0.731059]
 */
export function sigmoid(x: Operand): Variable {
  return apply(sigmoidRule, [x]);
}

const softplusRule: Rule<[x: Tensor]> = {
  name: "softplus",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.softplusSimd, y.data, x.data),
  lowering: simd.softplusSimd,
  vjp: ([x], _y, g) => [() => times(g, sigmoid(x))],
};

/**
 * y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|}), for every x, without a threshold. Gradient: g·sigmoid(x).
 *
 * @example
 * softplus(tensor([-1000, 0, 1000])); // [0, 0.693147, 1000]
 */
export function softplus(x: Operand): Variable {
  return apply(softplusRule, [x]);
}

const logSigmoidRule: Rule<[x: Tensor]> = {
  name: "logSigmoid",
  shape: ([x]) => x.shape,
  forward: ([x], y) => mapNumbers(simd.logSigmoidSimd, y.data, x.data),
  lowering: simd.logSigmoidSimd,
  vjp: ([x], _y, g) => [() => times(g, sigmoid(neg(x)))],
};

/**
 * y = ln sigmoid(x) = −softplus(−x) = min(x, 0) − ln(1 + e^{−|x|}). Gradient: g·sigmoid(−x).
 * Special cases: −∞ at −∞, 0 at ∞; nothing overflows or cancels.
 *
 * @example
 * logSigmoid(tensor([-1000, 0, 1000])); // [-1000, -0.693147, 0]
 */
export function logSigmoid(x: Operand): Variable {
  return apply(logSigmoidRule, [x]);
}
