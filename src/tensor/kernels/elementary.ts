/**
 * Elementary functions from + − × ÷ √ and bit operations only, so that one seed gives one result in every engine
 * (`Math.exp` and its kin may differ between engines in the last bits; `Math.pow` does between Node 22 and 24).
 *
 * Each one reduces its argument to a small interval, where a Taylor series of known remainder serves, and undoes the
 * reduction exactly, or by a table. Errors are stated in ULP; test/tensor/kernels/elementary.test.ts measures them.
 */

import { fillExpTable, fillTanhTable, POWERS, TANH_FIRST, TANH_ROWS } from "./elementaryTables.ts";

// pow, erf, sin and cos have files of their own
export { cosPi, sinPi } from "./sinCos.ts";

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts; the first has 32 trailing zero bits, so that k·LN2_HIGH is exact for |k| ≤ 2³². */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** 1.5·2⁵²: a number added to it is rounded to an integer. */
const INTEGER_SHIFT = 6755399441055744;
/** exp(x) overflows above, and rounds to 0 below. */
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019412;
/** Up to this size eˣ and e⁻ˣ are normal numbers. */
const MODERATE = 708;

// As in kernels/bits.ts, but neither imported nor exported, like the constants above: engines fold what is a module's own, and load what
// is not. With the buffers imported, exp takes 11.3 ns instead of 9.4 (Node 20, unbundled, a loop over 10⁵ numbers).
const word = /*#__PURE__*/ new Float64Array(1);
const words = /*#__PURE__*/ new Int32Array(word.buffer);
const HIGH: number = /*#__PURE__*/ new Uint8Array(/*#__PURE__*/ new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2ᵏ for −1022 ≤ k ≤ 1023, by writing the exponent. */
function powerOfTwo(k: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (k + 1023) << 20;
  return word[0];
}

/**
 * eʳ − 1 − r = r²(1/2! + r/3! + r²/4! + … + r¹¹/13!) for |r| ≤ ½ ln 2. The remainder r¹⁴/14! is below 5·10⁻¹⁸.
 * Kept apart from 1 + r, so that what is large can be added last, and what cancels against it exactly.
 *
 * The polynomial is taken four terms at a time, because by Horner's rule every operation waits for the one before.
 * Reference: Estrin (1960), Organization of computer systems: the fixed plus variable structure computer.
 */
function expTail(r: number): number {
  const r2 = r * r;
  const r4 = r2 * r2;
  const first = 0.5 + r * 0.16666666666666666 + r2 * (0.041666666666666664 + r * 0.008333333333333333);
  const second =
    0.001388888888888889 + r * 0.0001984126984126984 + r2 * (0.0000248015873015873 + r * 0.0000027557319223985893);
  const third =
    2.755731922398589e-7 + r * 2.505210838544172e-8 + r2 * (2.08767569878681e-9 + r * 1.6059043836821613e-10);
  return r2 * (first + r4 * (second + r4 * third));
}

const expTable = /*#__PURE__*/ new Float64Array(2 * POWERS);
const tanhTable = /*#__PURE__*/ new Float64Array(2 * TANH_ROWS);

/** 2^{j/128} in two parts for each j; filled when first asked for. */
export function tableOfExp(): Float64Array {
  if (expTable[0] === 0) fillExpTable(expTable);
  return expTable;
}

/** c and tanh c for each row; filled when first asked for. */
export function tableOfTanh(): Float64Array {
  if (tanhTable[2] === 0) fillTanhTable(tanhTable);
  return tanhTable;
}

/** 128/ln 2, and its inverse in two parts, as above. */
const STEPS = 184.6649652337873;
const STEP_HIGH = 0.00541521234663378;
const STEP_LOW = 1.4907929134926466e-12;

/** eʳ − 1 − r for |r| ≤ ln 2/256: the remainder r⁶/720 is below 10⁻¹⁸. */
function shortExpTail(r: number): number {
  return r * r * (0.5 + r * 0.16666666666666666 + r * r * (0.041666666666666664 + r * 0.008333333333333333));
}

/**
 * eˣ. With n = round(128·x/ln 2) = 128k + j and r = x − n·ln 2/128: eˣ = 2ᵏ·2^{j/128}·eʳ, the second factor from a table.
 *
 * Error below 0.6 ULP. Special cases: exp(−∞) = 0, exp(∞) = ∞, exp(NaN) = NaN; subnormal results are rounded once more.
 * Reference: Tang (1989), Table-driven implementation of the exponential function in IEEE floating-point arithmetic, ACM TOMS 15.
 */
export function exp(x: number): number {
  if (!(x <= EXP_OVERFLOW && x >= EXP_UNDERFLOW)) return expOutside(x);
  const steps = x * STEPS + INTEGER_SHIFT - INTEGER_SHIFT;
  return expOfSteps(steps, x - steps * STEP_HIGH - steps * STEP_LOW, 0);
}

/** 2^{steps/128}·e^{r + lost} */
function expOfSteps(steps: number, r: number, lost: number): number {
  if (expTable[0] === 0) fillExpTable(expTable);
  const at = 2 * (steps & (POWERS - 1));
  const T = expTable[at];
  const y = T + (expTable[at + 1] + T * (r + (shortExpTail(r) + lost)));
  const k = steps >> 7;
  return k > -1022 && k < 1024 ? y * powerOfTwo(k) : scaleTwice(y, k);
}

/** y·2ᵏ for −1150 ≤ k ≤ −1022 or k = 1024, when 2ᵏ itself is not a normal number: two factors whose product is, rounding once. */
function scaleTwice(y: number, k: number): number {
  return k > 0 ? y * powerOfTwo(k - 1) * 2 : y * powerOfTwo(k + 128) * powerOfTwo(-128);
}

/** e^{x + low} for −797 < x < 710 and small low, as {@link exp} does it, with the same error. */
export function expOfSum(x: number, low: number): number {
  const steps = x * STEPS + INTEGER_SHIFT - INTEGER_SHIFT;
  const a = x - steps * STEP_HIGH; // exact
  const b = steps * STEP_LOW - low;
  const r = a - b;
  return expOfSteps(steps, r, a - r - b); // the last is what rounding r lost
}

/** exp where the formula does not apply: overflow, underflow, NaN. */
function expOutside(x: number): number {
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  return x < EXP_UNDERFLOW ? 0 : Number.NaN;
}

/**
 * eˣ − 1, accurate for small x, too: with s = 2ᵏ, (s − 1 + s·r) + s·(eʳ − 1 − r), where the first sum cancels exactly.
 *
 * Error below 2 ULP. Special cases: expm1(±0) = ±0, expm1(−∞) = −1, expm1(∞) = ∞.
 */
export function expm1(x: number): number {
  if (x > 709) return exp(x);
  if (x < -40) return -1;
  const k = x * LOG2_E + INTEGER_SHIFT - INTEGER_SHIFT;
  if (k === 0) return x === 0 ? x : x + expTail(x);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const lost = high - r - low; // what rounding r lost
  const s = powerOfTwo(k);
  return s - 1 + s * r + s * (expTail(r) + lost);
}

/**
 * tanh x = ±(T + (1 − T²)·u/(1 + T·u)) with T = tanh c from a table, c near |x|, and u = tanh(|x| − c) by its series.
 *
 * |x| − c is at most 1/128 of c, and exact; the series ends with −17u⁷/315: what is left is below 10⁻¹⁸ of the result.
 * Error below 1.1 ULP: of T, and of the sum. Special cases: tanh(±0) = ±0, tanh(±∞) = ±1.
 */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (!(size < 22)) return size > 0 ? Math.sign(x) : x; // 1 − tanh(22) = 2e−19, below half a unit in the last place
  if (size === 0) return x; // keeps −0
  if (tanhTable[2] === 0) fillTanhTable(tanhTable);
  word[0] = size;
  const row = (words[HIGH] >> 14) - TANH_FIRST;
  const at = row > 0 ? 2 * row : 0;
  const d = size - tanhTable[at];
  const d2 = d * d;
  const u = d + d * d2 * (-0.3333333333333333 + d2 * (0.13333333333333333 + d2 * -0.05396825396825397));
  const T = tanhTable[at + 1];
  const y = T + ((1 - T * T) * u) / (1 + T * u);
  return x < 0 ? -y : y;
}

/**
 * ln x. With x = 2ᵏ·m, √½ ≤ m < √2, f = m − 1 and s = f/(2 + f): ln(1 + f) = f − f²/2 + s(f²/2 + R),
 * R = 2s²/3 + 2s⁴/5 + … + 2s²⁰/21; ln x = k ln 2 + ln m. |s| ≤ 0.1716; the remainder 2s²³/23 is below 10⁻¹⁸ of the sum.
 *
 * Error below 1 ULP. Special cases: log(0) = −∞, log(x < 0) = NaN, log(∞) = ∞; subnormals are scaled first.
 */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return logOutside(x);
  const subnormal = x < 2.2250738585072014e-308;
  word[0] = subnormal ? x * 18_014_398_509_481_984 : x; // 2⁵⁴
  // adding to the high word what lies between √½ and 1 carries into the exponent exactly when m would be ≥ √2
  const high = words[HIGH] + (0x3ff00000 - 0x3fe6a09e);
  const k = (high >> 20) - 1023 - (subnormal ? 54 : 0);
  words[HIGH] = (high & 0x000fffff) + 0x3fe6a09e;
  const f = word[0] - 1;

  const s = f / (2 + f);
  const w = s * s;
  const w2 = w * w;
  const w4 = w2 * w2;
  const first = 0.6666666666666666 + w * 0.4 + w2 * (0.2857142857142857 + w * 0.2222222222222222);
  const second = 0.18181818181818182 + w * 0.15384615384615385 + w2 * (0.13333333333333333 + w * 0.11764705882352941);
  const third = 0.10526315789473684 + w * 0.09523809523809523;
  const R = w * (first + w4 * (second + w4 * third));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + R) + k * LN2_LOW) - f);
}

/** log where the formula does not apply: zero, negative numbers, infinity, NaN. */
function logOutside(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return x > 0 ? x : Number.NaN;
}

/**
 * ln(1 + x), accurate for small x, too: with u = fl(1 + x), ln u + (x − (u − 1))/u restores what rounding 1 + x lost.
 *
 * Error below 2 ULP. Special cases: log1p(±0) = ±0, log1p(−1) = −∞, log1p(∞) = ∞.
 */
export function log1p(x: number): number {
  const u = 1 + x;
  if (u === 1) return x;
  if (!(u > 0 && u < Number.POSITIVE_INFINITY)) return log(u);
  return log(u) + (x - (u - 1)) / u;
}

/** What rounding the last result of {@link expOfNegative} lost. */
const lostByExp = /*#__PURE__*/ new Float64Array(1);

/** eˣ for −708 ≤ x ≤ 0, as {@link exp} has it; what rounding lost is put aside. */
function expOfNegative(x: number): number {
  if (expTable[0] === 0) fillExpTable(expTable);
  const steps = x * STEPS + INTEGER_SHIFT - INTEGER_SHIFT;
  const r = x - steps * STEP_HIGH - steps * STEP_LOW;
  const at = 2 * (steps & (POWERS - 1));
  const T = expTable[at];
  const tail = expTable[at + 1] + T * (r + shortExpTail(r));
  const y = T + tail;
  const s = powerOfTwo(steps >> 7);
  lostByExp[0] = s * (T - y + tail);
  return s * y;
}

/**
 * 1/(1 + e⁻ˣ), or e^{−|x|}/(1 + e^{−|x|}) for negative x: nothing overflows and small values keep their digits.
 * Error below 1.5 ULP: of the quotient and of one addition; what the other roundings lost is divided again.
 */
export function sigmoid(x: number): number {
  const size = Math.abs(x);
  if (!(size <= MODERATE)) return x > 0 ? 1 : exp(x);
  const e = expOfNegative(-size);
  const s = 1 + e;
  const low = e - (s - 1) + lostByExp[0]; // 1 + e^{−|x|} = s + low
  const quotient = (x >= 0 ? 1 : e) / s;
  return quotient + ((x >= 0 ? 0 : lostByExp[0]) - quotient * low) / s;
}

/** ln(1 + e^{−|x|}) for |x| ≤ 708, as {@link log1p} has it */
function log1pExp(x: number): number {
  const e = expOfNegative(-Math.abs(x));
  const u = 1 + e;
  return log(u) + (e - (u - 1) + lostByExp[0]) / u;
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|}). Error below 1.5 ULP. */
export function softplus(x: number): number {
  if (!(Math.abs(x) <= MODERATE)) return x > 0 ? x : exp(x);
  return Math.max(x, 0) + log1pExp(x);
}

/** ln(1/(1 + e⁻ˣ)) = min(x, 0) − ln(1 + e^{−|x|}), which is −softplus(−x). Error below 1.5 ULP. */
export function logSigmoid(x: number): number {
  if (!(Math.abs(x) <= MODERATE)) return x > 0 ? 0 - exp(-x) : x;
  return Math.min(x, 0) - log1pExp(x);
}
