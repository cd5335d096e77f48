import * as plain from "../kernels/elementary.ts";
import { POWERS, TANH_FIRST } from "../kernels/elementaryTables.ts";
import * as loops from "../kernels/unaryLoops.ts";
import { bits, type Code, f64x2, i64x2, integer, loadPair, lowHalf, select, v128, zip } from "./assembler.ts";
import { type Elementwise, elementwise } from "./simdElementwise.ts";
import { unless } from "./specialCases.ts";
import type { Variables } from "./variables.ts";
import { tableAddress } from "./webAssembly.ts";

// The elementary functions of kernels/elementary.ts, two numbers at a time: the same operations in the same order, and so the same bits.
// What branches there is computed and selected here; see there for what the formulas mean and how accurate they are.

const { abs, add, div, equal, larger, less, lessEqual, mul, neg, smaller, sub } = f64x2;

const LOG2_E = 1.4426950408889634;
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const STEPS = 184.6649652337873;
const STEP_HIGH = 0.00541521234663378;
const STEP_LOW = 1.4907929134926466e-12;
const SMALLEST_NORMAL = 2.2250738585072014e-308;
/** 1.5·2⁵²: adding it leaves a small integer in the low bits. */
const INTEGER_SHIFT = 6755399441055744;
/** The number whose bits are those of the integer 1023. */
const EXPONENT_BIAS = 1023 * 5e-324;
/** 2⁵², whose bits with a small integer in the low ones are the sum of both. */
const TWO_52 = 4503599627370496;

/** A formula of one operand, which is a variable: what is used more than once must be kept in one. */
type UnaryFormula = (v: Variables, x: Code) => Code;

/** c₀ + c₁r + r²(c₂ + c₃r), or less of it */
function cubic(v: Variables, r: Code, r2: Code, [c0, c1, ...rest]: readonly number[]): Code {
  const linear = add(v.constant(c0), mul(r, v.constant(c1)));
  return v.keep(
    rest.length === 0 ? linear : add(linear, mul(r2, add(v.constant(rest[0]), mul(r, v.constant(rest[1]))))),
  );
}

/** first + r⁴(second + r⁴·third) of cubics */
function polynomial(v: Variables, r: Code, r2: Code, coefficients: readonly number[]): Code {
  const r4 = v.keep(mul(r2, r2));
  const [first, second, third] = [0, 4, 8].map((k) => cubic(v, r, r2, coefficients.slice(k, k + 4)));
  return add(first, mul(r4, add(second, mul(r4, third))));
}

/** x/ln 2, rounded, as an integer in the low bits. */
function shiftedQuotient(v: Variables, x: Code): Code {
  return v.keep(add(mul(x, v.constant(LOG2_E)), v.constant(INTEGER_SHIFT)));
}

/** eʳ − 1 − r = r²(1/2! + r/3! + … + r¹¹/13!) */
function expTail(v: Variables, r: Code): Code {
  const coefficients: number[] = [];
  for (let n = 2, factorial = 2; n <= 13; factorial *= ++n) coefficients.push(1 / factorial);
  const r2 = v.keep(mul(r, r));
  return mul(r2, polynomial(v, r, r2, coefficients));
}

/** Two neighbouring numbers of a table for each of the two numbers: `offsets` are those of the pairs, in bytes, as 64-bit integers. */
function lookUp(v: Variables, offsets: Code, address: number): readonly [Code, Code] {
  const [a, b] = ([0, 1] as const).map((index) => v.keep(loadPair(lowHalf(offsets, index), address)));
  return [v.keep(zip(a, b, 0)), v.keep(zip(a, b, 1))];
}

/** 2^{x/ln 2} as 2ᵏ·(T + tail), |x| ≤ 708: k as the bits that raise an exponent by it. */
function expInParts(v: Variables, x: Code): { T: Code; tail: Code; raise: (y: Code) => Code } {
  const shifted = v.keep(add(mul(x, v.constant(STEPS)), v.constant(INTEGER_SHIFT)));
  const steps = v.keep(sub(shifted, v.constant(INTEGER_SHIFT)));
  const r = v.keep(sub(sub(x, mul(steps, v.constant(STEP_HIGH))), mul(steps, v.constant(STEP_LOW))));
  const offsets = v.keep(i64x2.shiftLeft(v128.and(shifted, bits(0, POWERS - 1)), integer(4)));
  const [T, low] = lookUp(v, offsets, tableAddress(plain.tableOfExp()));
  const r2 = v.keep(mul(r, r));
  const first = add(v.constant(0.5), mul(r, v.constant(0.16666666666666666)));
  const second = mul(r2, add(v.constant(0.041666666666666664), mul(r, v.constant(0.008333333333333333))));
  const tail = v.keep(add(low, mul(T, add(r, mul(r2, add(first, second))))));
  const k = v.keep(v128.and(i64x2.shiftLeft(shifted, integer(45)), bits(0xfff00000, 0)));
  return { T, tail, raise: (y) => i64x2.add(y, k) };
}

/** eˣ for |x| ≤ 708 */
const exp: UnaryFormula = (v, x) => {
  const { T, tail, raise } = expInParts(v, x);
  return raise(add(T, tail));
};

/** e^{−|x|} for |x| ≤ 708, and what rounding it lost. */
function expOfNegative(v: Variables, x: Code): readonly [e: Code, lost: Code] {
  const { T, tail, raise } = expInParts(v, v.keep(neg(abs(x))));
  const y = v.keep(add(T, tail));
  const scale = v.keep(raise(v.constant(1)));
  return [v.keep(mul(scale, y)), v.keep(mul(scale, add(sub(T, y), tail)))];
}

/** eˣ − 1 for −40 ≤ x ≤ 709; 0 for −0 */
const expm1Unsigned: UnaryFormula = (v, x) => {
  const shifted = shiftedQuotient(v, x);
  const k = v.keep(sub(shifted, v.constant(INTEGER_SHIFT)));
  const high = v.keep(sub(x, mul(k, v.constant(LN2_HIGH))));
  const low = v.keep(mul(k, v.constant(LN2_LOW)));
  const r = v.keep(sub(high, low));
  const lost = sub(sub(high, r), low);
  const s = v.keep(i64x2.shiftLeft(i64x2.add(shifted, v.constant(EXPONENT_BIAS)), integer(52))); // 2ᵏ
  return add(add(sub(s, v.constant(1)), mul(s, r)), mul(s, add(expTail(v, r), lost)));
};

/** eˣ − 1 for −40 ≤ x ≤ 709 */
const expm1: UnaryFormula = (v, x) => select(equal(x, v.constant(0)), x, expm1Unsigned(v, x));

/** Sizes below 2⁻⁷ share row 0 of the table; this is one of them. */
const BELOW_TABLE = 0.0078;

/** tanh x; from 22 on its size is 1 in every bit. */
export const tanh: UnaryFormula = (v, x) => {
  const positive = v.keep(abs(x));
  const sign = v128.xor(x, positive);
  const size = v.keep(smaller(positive, v.constant(22))); // NaN stays …
  const known = larger(v.constant(BELOW_TABLE), size); // … and has row 0
  // rows of 16 bytes, numbered by the 18 highest bits
  const offsets = v.keep(v128.and(i64x2.shiftRight(known, integer(42)), bits(0, 0xfffffff0)));
  const [c, T] = lookUp(v, offsets, tableAddress(plain.tableOfTanh()) - 16 * TANH_FIRST);
  const d = v.keep(sub(size, c));
  const d2 = v.keep(mul(d, d));
  const fifth = add(v.constant(0.13333333333333333), mul(d2, v.constant(-0.05396825396825397)));
  const u = v.keep(add(d, mul(mul(d, d2), add(v.constant(-0.3333333333333333), mul(d2, fifth)))));
  const change = div(mul(sub(v.constant(1), mul(T, T)), u), add(v.constant(1), mul(T, u)));
  return v128.or(add(T, change), sign);
};

const LOG_SERIES: readonly number[] = [
  0.6666666666666666, 0.4, 0.2857142857142857, 0.2222222222222222, 0.18181818181818182, 0.15384615384615385,
  0.13333333333333333, 0.11764705882352941, 0.10526315789473684, 0.09523809523809523,
];
const HIGH_OF_SQRT_HALF = 0x3fe6a09e;

/** ln x for normal x > 0 */
const log: UnaryFormula = (v, x) => {
  const carried = v.keep(i64x2.add(x, bits(0x3ff00000 - HIGH_OF_SQRT_HALF, 0)));
  const exponent = v128.or(i64x2.shiftRight(carried, integer(52)), v.constant(TWO_52));
  const k = v.keep(sub(exponent, v.constant(TWO_52 + 1023)));
  const m = i64x2.add(v128.and(carried, bits(0x000fffff, 0xffffffff)), bits(HIGH_OF_SQRT_HALF, 0));
  const f = v.keep(sub(m, v.constant(1)));
  const s = v.keep(div(f, add(v.constant(2), f)));
  const w = v.keep(mul(s, s));
  const R = mul(w, polynomial(v, w, v.keep(mul(w, w)), LOG_SERIES));
  const half = v.keep(mul(mul(v.constant(0.5), f), f));
  const small = add(mul(s, add(half, R)), mul(k, v.constant(LN2_LOW)));
  return sub(mul(k, v.constant(LN2_HIGH)), sub(sub(half, small), f));
};

/** ln(1 + x) for normal 1 + x > 0; 0 for −0 */
const log1pUnsigned: UnaryFormula = (v, x) => {
  const u = v.keep(add(v.constant(1), x));
  const lost = sub(x, sub(u, v.constant(1)));
  return add(log(v, u), div(lost, u));
};

/** ln(1 + x) for normal 1 + x > 0 */
const log1p: UnaryFormula = (v, x) => select(equal(x, v.constant(0)), x, log1pUnsigned(v, x));

/** 1/(1 + e⁻ˣ) for |x| ≤ 708 */
const sigmoid: UnaryFormula = (v, x) => {
  const [e, lost] = expOfNegative(v, x);
  const s = v.keep(add(v.constant(1), e));
  const low = add(sub(e, sub(s, v.constant(1))), lost);
  const isPositive = v.keep(lessEqual(v.constant(0), x));
  const quotient = v.keep(div(select(isPositive, v.constant(1), e), s));
  return add(quotient, div(sub(select(isPositive, v.constant(0), lost), mul(quotient, low)), s));
};

/** ln(1 + e^{−|x|}) for |x| ≤ 708 */
const log1pExp: UnaryFormula = (v, x) => {
  const [e, lost] = expOfNegative(v, x);
  const u = v.keep(add(v.constant(1), e));
  return add(log(v, u), div(add(sub(e, sub(u, v.constant(1))), lost), u));
};

/** ln(1 + eˣ) for |x| ≤ 708 */
const softplus: UnaryFormula = (v, x) => add(larger(v.constant(0), x), log1pExp(v, x));

/** ln(1 + eˣ) and its derivative 1/(1 + e⁻ˣ), |x| ≤ 708, which have most of their operations in common. */
export function softplusAndSigmoid(v: Variables, x: Code): readonly [softplus: Code, sigmoid: Code] {
  const [e, lost] = expOfNegative(v, x);
  const s = v.keep(add(v.constant(1), e));
  const low = v.keep(add(sub(e, sub(s, v.constant(1))), lost));
  const isPositive = v.keep(lessEqual(v.constant(0), x));
  const quotient = v.keep(div(select(isPositive, v.constant(1), e), s));
  const correction = div(sub(select(isPositive, v.constant(0), lost), mul(quotient, low)), s);
  const sigmoid = v.keep(add(quotient, correction));
  return [v.keep(add(larger(v.constant(0), x), add(log(v, s), div(low, s)))), sigmoid];
}

/** ln(1/(1 + e⁻ˣ)) for |x| ≤ 708 */
const logSigmoid: UnaryFormula = (v, x) => sub(smaller(v.constant(0), x), log1pExp(v, x));

// ── where the formulas apply: all bits set, or none ─────────────────────────────────────────────────────────────────

/** |x| ≤ 708 */
const isModerate: UnaryFormula = (v, x) => lessEqual(abs(x), v.constant(708));

/** −40 ≤ x ≤ 709 */
const expm1Applies: UnaryFormula = (v, x) => v128.and(lessEqual(v.constant(-40), x), lessEqual(x, v.constant(709)));

const isNormal: UnaryFormula = (v, x) =>
  v128.and(lessEqual(v.constant(SMALLEST_NORMAL), x), less(x, v.constant(Number.POSITIVE_INFINITY)));

/** 1 + x > 0, normal and finite */
const log1pApplies: UnaryFormula = (v, x) => isNormal(v, v.keep(add(v.constant(1), x)));

type UnaryOp = Elementwise<loops.UnaryLoop>;

// ── the functions ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** eˣ */
export const expSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.expLoop, {
  value: exp,
  specialCases: /*#__PURE__*/ unless(isModerate, plain.exp),
});
/** eˣ − 1 */
export const expm1Simd: UnaryOp = /*#__PURE__*/ elementwise(loops.expm1Loop, {
  value: expm1,
  specialCases: /*#__PURE__*/ unless(expm1Applies, plain.expm1),
});
/** tanh x */
export const tanhSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.tanhLoop, { value: tanh });
/** ln x */
export const logSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.logLoop, {
  value: log,
  specialCases: /*#__PURE__*/ unless(isNormal, plain.log),
});
/** ln(1 + x) */
export const log1pSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.log1pLoop, {
  value: log1p,
  specialCases: /*#__PURE__*/ unless(log1pApplies, plain.log1p),
});
/** 1/(1 + e⁻ˣ) */
export const sigmoidSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.sigmoidLoop, {
  value: sigmoid,
  specialCases: /*#__PURE__*/ unless(isModerate, plain.sigmoid),
});
/** ln(1 + eˣ) */
export const softplusSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.softplusLoop, {
  value: softplus,
  specialCases: /*#__PURE__*/ unless(isModerate, plain.softplus),
});
/** ln(1/(1 + e⁻ˣ)) */
export const logSigmoidSimd: UnaryOp = /*#__PURE__*/ elementwise(loops.logSigmoidLoop, {
  value: logSigmoid,
  specialCases: /*#__PURE__*/ unless(isModerate, plain.logSigmoid),
});
