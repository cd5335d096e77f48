import { DomainError, describeValue } from "../../tensor/errors.ts";
import { expm1 as expm1Of } from "../../tensor/kernels/elementary.ts";
import { gatedSimd, reluSimd, strongMulSimd } from "../../tensor/simd/simdArithmetic.ts";
import { mapPairs } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { times } from "./aligned.ts";
import { add, mul, square } from "./arithmetic.ts";
import { broadcastTo } from "./broadcast.ts";
import { chain } from "./chain.ts";
import { normalCdf } from "./errorFunction.ts";
import { exp, sigmoid } from "./exponential.ts";
import { clamp, withinTails } from "./selection.ts";

// ── relu and leakyRelu: their gradient is its own adjoint ───────────────────────────────────────────────────────────

const reluRule: Rule<[x: Tensor]> = {
  name: "relu",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] <= 0 ? 0 : x[i];
  },
  lowering: reluSimd,
  vjp: ([x], _y, g) => [() => apply(gateRule, [g, x], 0)],
};

/**
 * y = max(x, 0). Gradient: g where x > 0, else exactly 0; at 0 it is 0. Special cases: NaN passes through.
 *
 * @example
 * relu(tensor([-1, 0, 2])); // [0, 0, 2]
 */
export function relu(x: Operand): Variable {
  return apply(reluRule, [x]);
}

const leakyReluRule: Rule<[x: Tensor], [slope: number]> = {
  name: "leakyRelu",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, slope) {
    const least = slope === 0 ? -Number.MAX_VALUE : Number.NEGATIVE_INFINITY; // 0·(−∞) is meant as 0
    for (let i = 0; i < y.length; i++) y[i] = x[i] <= 0 ? slope * Math.max(x[i], least) : x[i];
  },
  vjp: ([x], _y, g, slope) => [() => apply(gateRule, [g, x], slope)],
};

/**
 * y = x where x > 0, else slope·x. Gradient: g or slope·g; at 0 it is slope·g. Special cases: NaN passes through.
 * Throws DomainError unless the slope is a finite number.
 *
 * @example
 * leakyRelu(tensor([-1, 0, 2])); // [-0.01, 0, 2]
 */
export function leakyRelu(x: Operand, slope = 0.01): Variable {
  if (!Number.isFinite(slope)) {
    throw new DomainError(
      `leakyRelu: the slope must be a finite number; got ${typeof slope === "number" ? slope : typeof slope}`,
    );
  }
  return apply(leakyReluRule, [x], slope);
}

/** y = g where x > 0 or x is NaN, else slope·g; exactly 0 there if the slope is 0. */
const gateRule: Rule<[g: Tensor, x: Tensor], [slope: number]> = {
  name: "gate",
  shape: ([g]) => g.shape,
  forward([{ data: g }, { data: x }], { data: y }, slope) {
    if (slope === 0) for (let i = 0; i < y.length; i++) y[i] = x[i] <= 0 ? 0 : g[i];
    else for (let i = 0; i < y.length; i++) y[i] = x[i] <= 0 ? slope * g[i] : g[i];
  },
  vjp: ([, x], _y, g, slope) => [() => apply(gateRule, [g, x], slope), () => broadcastTo(0, x.shape)],
};

// ── the smooth ones ─────────────────────────────────────────────────────────────────────────────────────────────────

const eluRule: Rule<[x: Tensor]> = {
  name: "elu",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] > 0 ? x[i] : expm1Of(x[i]);
  },
  vjp: ([x], _y, g) => [() => chain(g, exp(clamp(x, null, 0)))],
};

/**
 * y = x where x > 0, else eˣ − 1. Gradient: g·e^{min(x, 0)}; it is continuous at 0, its own gradient is not.
 *
 * @example
 * elu(tensor([-1, 0, 2])); // [-0.632121, 0, 2]
 */
export function elu(x: Operand): Variable {
  return apply(eluRule, [x]);
}

/** y = x·gate, the gate a function of x that is 0 or 1 in float64 long before ±800: a product with the limits 0 at −∞ and x at ∞. */
const gatedRule: Rule<[x: Tensor, gate: Tensor]> = {
  name: "gated",
  shape: ([x]) => x.shape,
  forward: ([x, gate], y) => mapPairs(strongMulSimd, y.data, gate.data, x.data),
  lowering: gatedSimd,
  vjp: ([x, gate], _y, g) => [() => times(g, gate), () => times(g, withinTails(x))],
};

/**
 * y = x·sigmoid(x), the smooth relative of max(x, 0) (also called swish).
 * Gradient: g·s·(1 + x·(1 − s)), s = sigmoid(x). Special cases: 0 at −∞, ∞ at ∞ with gradient 1.
 *
 * @example
 * silu(tensor([-1, 0, 2])); // [-0.268941, 0, 1.76159]
 */
export function silu(x: Operand): Variable {
  const operand = asTensor("silu", x);
  return apply(gatedRule, [operand, sigmoid(operand)]);
}

/** What {@link gelu} takes. */
export interface GeluOptions {
  /** "none" (the default) for the normal distribution function, "tanh" for the formula that approximates it. */
  readonly approximate?: "none" | "tanh";
}

/** 2√(2/π), and 0.044715 of it. */
const GELU_LINEAR = 1.5957691216057308;
const GELU_CUBIC = 0.07135481627260025;

/**
 * y = x·Φ(x) = x/2·(1 + erf(x/√2)); with `approximate: "tanh"`, y = x/2·(1 + tanh(√(2/π)(x + 0.044715x³))).
 *
 * Numerics: where x is negative, 1 + erf and 1 + tanh would cancel. Φ has a tail of its own, accurate down to y(−38) ≈ −10⁻³¹⁴, and
 * ½(1 + tanh u) is taken as sigmoid(2u). Gradient: g·(Φ(x) + x·φ(x)), φ the normal density; of the approximation, its own.
 * Special cases: 0 at −∞, ∞ at ∞ with gradient 1. Throws DomainError for another approximation.
 * Reference: Hendrycks & Gimpel (2016), https://arxiv.org/abs/1606.08415, section 2.
 *
 * @example
 * gelu(tensor([-1, 0, 1])); // [-0.158655, 0, 0.841345], x·Φ(x)
 * gelu(1, { approximate: "tanh" }); // 0.841192
 */
export function gelu(x: Operand, options: GeluOptions = {}): Variable {
  const approximate = options?.approximate ?? "none";
  const operand = asTensor("gelu", x);
  if (approximate === "none") return apply(gatedRule, [operand, normalCdf(operand)]);
  if (approximate === "tanh") {
    const slope = add(mul(square(withinTails(operand)), GELU_CUBIC), GELU_LINEAR);
    return apply(gatedRule, [operand, sigmoid(mul(slope, withinTails(operand)))]);
  }
  throw new DomainError(`gelu: the approximation is "none" or "tanh"; got ${describeValue(approximate)}`);
}
