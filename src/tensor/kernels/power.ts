import { HIGH, productError, word, words } from "./bits.ts";
import { expOfSum } from "./elementary.ts";

/** ln 2 in two parts; the first has 32 trailing zero bits. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** 1/3 in two parts. */
const THIRD = 0.3333333333333333;
const THIRD_LOW = 1.850371707708594e-17;

/**
 * xʸ = e^{y ln x}, with ln x as the sum of two numbers, so that the product with y is known to a fraction of a ULP of the result.
 *
 * Error below 1 ULP; exact where integers have an exact power. Special cases, as `Math.pow` has them: x⁰ = 1 for every x,
 * NaN too; NaN for x < 0 and fractional y, for 1^±∞ and for (−1)^±∞; (±0)ʸ is ±∞ or ∞ for y < 0, ±0 or 0 for y > 0, the sign being
 * kept when y is an odd integer; (−∞)ʸ = (−0)⁻ʸ.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  const size = Math.abs(x);
  if (!(size > 0 && size < Number.POSITIVE_INFINITY && Math.abs(y) < Number.POSITIVE_INFINITY)) {
    return powOutside(x, y);
  }
  if (x > 0) return powPositive(x, y);
  if (Math.floor(y) !== y) return Number.NaN;
  return isOdd(y) ? -powPositive(size, y) : powPositive(size, y);
}

/** Whether y is an odd integer. */
function isOdd(y: number): boolean {
  return Math.abs(y - 2 * Math.floor(y / 2)) === 1;
}

/** pow where the formula does not apply: NaN, infinities, and x = ±0. */
function powOutside(x: number, y: number): number {
  if (x !== x || y !== y) return Number.NaN;
  const size = Math.abs(x);
  if (Math.abs(y) === Number.POSITIVE_INFINITY) {
    if (size === 1) return Number.NaN;
    return size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const value = size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  const negative = x < 0 || (x === 0 && 1 / x < 0);
  return negative && isOdd(y) ? -value : value;
}

/**
 * pow for finite x > 0 and finite y ≠ 0.
 *
 * With x = 2ᵏ·m, √½ ≤ m < √2, f = m − 1 and s = f/(2 + f): ln x = k ln 2 + 2s(1 + s²/3 + s⁴/5 + … + s²⁴/25). All but the terms from
 * s⁴/5 on, which are less than 2⁻¹² of the sum, is carried in two numbers: ln x is known to 2⁻⁶⁴, y·ln x ≤ 745 to 2⁻⁵⁴.
 */
function powPositive(x: number, y: number): number {
  // |ln x| ≥ 2⁻⁵³ unless x = 1, so that the power overflows or underflows
  if (Math.abs(y) > 2e19) {
    if (x === 1) return 1;
    return x > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  const subnormal = x < 2.2250738585072014e-308;
  word[0] = subnormal ? x * 18_014_398_509_481_984 : x; // 2⁵⁴
  // adding to the high word what lies between √½ and 1 carries into the exponent exactly when m would be ≥ √2
  const high = words[HIGH] + (0x3ff00000 - 0x3fe6a09e);
  const k = (high >> 20) - 1023 - (subnormal ? 54 : 0);
  words[HIGH] = (high & 0x000fffff) + 0x3fe6a09e;
  const m = word[0];

  // s + sLow = (m − 1)/(m + 1)
  const f = m - 1;
  const d = m + 1;
  const dLow = m - (d - 1);
  const s = f / d;
  const sd = s * d;
  const sLow = (f - sd - productError(s, d, sd) - s * dLow) / d;

  // c + cLow = s²/3 + s⁴/5 + … + s²⁴/25
  const w = s * s;
  const wLow = productError(s, s, w) + 2 * s * sLow;
  let q = 0.04;
  q = q * w + 0.043478260869565216;
  q = q * w + 0.047619047619047616;
  q = q * w + 0.05263157894736842;
  q = q * w + 0.058823529411764705;
  q = q * w + 0.06666666666666667;
  q = q * w + 0.07692307692307693;
  q = q * w + 0.09090909090909091;
  q = q * w + 0.1111111111111111;
  q = q * w + 0.14285714285714285;
  q = q * w + 0.2;
  const a = w * THIRD;
  const b = w * w * q;
  const c = a + b;
  const cLow = a - c + b + (productError(w, THIRD, a) + w * THIRD_LOW + wLow * THIRD);

  // h + hLow = s(1 + c), half of ln m
  const g = s * c;
  const h = s + g;
  const hLow = s - h + g + (sLow + productError(s, c, g) + s * cLow + sLow * c);

  // ln x, and p + pLow = y·ln x
  const kLn2 = k * LN2_HIGH; // exact
  const ln = kLn2 + 2 * h;
  const lnLow = kLn2 - ln + 2 * h + (2 * hLow + k * LN2_LOW);
  const p = y * ln;
  if (p > 710) return Number.POSITIVE_INFINITY;
  if (p < -746) return 0;
  return expOfSum(p, productError(y, ln, p) + y * lnLow);
}
