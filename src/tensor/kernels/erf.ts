import { productError } from "./bits.ts";
import { expOfSum } from "./elementary.ts";

// The error function, the normal distribution's cumulative function Φ(x) = ½(1 + erf(x/√2)), and the derivatives of both.

/** 2/√π − 1 */
const TWO_OVER_ROOT_PI_LESS_1 = 0.1283791670955126;
const ROOT_HALF = 0.7071067811865476;
const ONE_OVER_ROOT_TWO_PI = 0.3989422804014327;

/** erf x for |x| < ½: the Maclaurin series 2/√π·Σ (−1)ⁿ x²ⁿ⁺¹/(n!(2n + 1)) to x²⁵. The remainder is below 10⁻¹⁹ of it. */
function erfSeries(x: number): number {
  const w = x * x;
  let q = 9.422759064650411e-11;
  q = q * w - 1.2290555301717928e-9;
  q = q * w + 1.4807192815879218e-8;
  q = q * w - 1.6365844691234924e-7;
  q = q * w + 0.0000016462114365889248;
  q = q * w - 0.00001492565035840625;
  q = q * w + 0.00012055332981789664;
  q = q * w - 0.0008548327023450853;
  q = q * w + 0.005223977625442188;
  q = q * w - 0.026866170645131252;
  q = q * w + 0.11283791670955126;
  q = q * w - 0.37612638903183754;
  return x + x * (TWO_OVER_ROOT_PI_LESS_1 + w * q);
}

/**
 * e^{x²}·(1 − erf x) for x ≥ ½, which falls slowly, like 1/(√π·x). (1 + 2x) times it is smooth enough for one polynomial of degree 22 in
 * t = (x − 5)/(x + 4), which takes [½, ∞) to [−1, 1): its Chebyshev series, cut where the rest is below 2⁻⁵⁷, with collected powers.
 * Error below 2 ULP.
 *
 * Reference: Shepherd & Laframboise (1981), Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞, Math. Comp. 36(153).
 * Theirs is (x − 3.75)/(x + 3.75) on [0, ∞), with coefficients of their own; ours are those that
 * scripts/elementary-coefficients.mjs prints.
 */
export function scaledComplement(x: number): number {
  const t = (x - 5) / (x + 4);
  let p = 2.4885224209528796e-10;
  p = p * t - 1.1647283840666715e-10;
  p = p * t - 3.3781941218524148e-9;
  p = p * t + 3.6531522610144755e-9;
  p = p * t + 2.7797920382285437e-8;
  p = p * t - 6.494117968687001e-8;
  p = p * t - 1.499875669206463e-7;
  p = p * t + 8.524166449323046e-7;
  p = p * t - 3.825411496366544e-7;
  p = p * t - 0.0000074642688633863335;
  p = p * t + 0.000025872859470534885;
  p = p * t - 0.00000720879947328512;
  p = p * t - 0.0002739407577784668;
  p = p * t + 0.0014194217242708724;
  p = p * t - 0.004529247138157213;
  p = p * t + 0.010905934848397263;
  p = p * t - 0.02094783329995275;
  p = p * t + 0.03218454560451887;
  p = p * t - 0.037224599565018175;
  p = p * t + 0.023265926756404886;
  p = p * t + 0.025079168438501397;
  p = p * t - 0.11926270752256947;
  p = p * t + 1.217751015063755;
  return p / (1 + 2 * x);
}

/** e^{−scale·x²} for scale 1 or ½ and scale·x² < 797, from x² and what rounding it lost: up to 745/2 ULP of the result. */
function expOfMinusSquare(x: number, scale: number): number {
  const square = x * x;
  return expOfSum(-scale * square, -scale * productError(x, x, square));
}

/**
 * erf x = 2/√π·∫₀ˣ e^{−t²} dt: its Maclaurin series for |x| < ½, else 1 − e^{−x²}·(e^{x²}·erfc x).
 *
 * Error below 2 ULP. Special cases: erf(±0) = ±0, erf(±∞) = ±1.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 0.5) return erfSeries(x);
  if (size > 6) return x > 0 ? 1 : -1; // 1 − erf 6 = 2·10⁻¹⁷, below half a unit in the last place
  const y = 1 - expOfMinusSquare(size, 1) * scaledComplement(size);
  return x < 0 ? -y : y;
}

/** erf′(x) = 2/√π·e^{−x²}. Error below 2 ULP, in the tails, too. */
export function erfDerivative(x: number): number {
  if (Math.abs(x) > 28) return 0; // e^{−28²} = 10⁻³⁴¹; and x² must not overflow
  const e = expOfMinusSquare(x, 1);
  return e + e * TWO_OVER_ROOT_PI_LESS_1;
}

/**
 * Φ(x) = ½(1 + erf(x/√2)) = ½·erfc(−x/√2), the probability that a standard normal number is below x. In the lower tail the exponential
 * takes x²/2 itself, not the square of the rounded x/√2, and nothing cancels.
 *
 * Error below 4 ULP. Special cases: Φ(−∞) = 0, Φ(∞) = 1.
 */
export function normalCdf(x: number): number {
  const size = ROOT_HALF * Math.abs(x);
  if (size < 0.5) return 0.5 + 0.5 * erfSeries(ROOT_HALF * x);
  if (size > 28) return x > 0 ? 1 : 0;
  const tail = 0.5 * expOfMinusSquare(x, 0.5) * scaledComplement(size);
  return x < 0 ? tail : 1 - tail;
}

/** φ(x) = Φ′(x) = e^{−x²/2}/√(2π), the standard normal density. Error below 3 ULP. */
export function normalDensity(x: number): number {
  if (Math.abs(x) > 39) return 0; // e^{−39²/2} = 10⁻³³⁰
  return ONE_OVER_ROOT_TWO_PI * expOfMinusSquare(x, 0.5);
}
