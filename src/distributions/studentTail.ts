import { productError } from "../tensor/kernels/bits.ts";
import { exp, expm1, log, log1p } from "../tensor/kernels/elementary.ts";
import { pow } from "../tensor/kernels/power.ts";
import { gammaHalfRatio } from "./gammaRatio.ts";
import { quantile as normalQuantile } from "./normalQuantile.ts";

// Student's t with ν degrees of freedom, number by number: S(t) = P(T > t) = ½·I_x(ν/2, ½), x = ν/(ν + t²), the regularised incomplete beta
// function. The textbook's continued fraction for it loses ν/2 ULP where x is near 1, as differences of its terms do; of the two used here all
// terms are positive. a = ν/2, w = ν/t², p(t) = p(0)·(1 + 1/w)^{−a−½} is the density.

const ROOT_PI = 1.772453850905516;
const ROOT_TWO_PI = 2.5066282746310002;
const LN_2 = 0.6931471805599453;

/** Whether t is so near to 0 that P(0 < T < t) is summed: t² ≤ 2, so that S(t) > 0.07, and t² ≤ ν, so that terms fall at least by half. */
function isCentral(t: number, nu: number): boolean {
  return t * t <= Math.min(nu, 2);
}

/**
 * P(0 < T < t) = t·p(t)·₂F₁(1, (ν + 1)/2; 3/2; y), y = t²/(ν + t²), by its series.
 *
 * Reference: Abramowitz & Stegun (1964), 15.3.5, for the integral t·p(0)·₂F₁(½, (ν + 1)/2; 3/2; −t²/ν).
 */
function centralMass(t: number, nu: number): number {
  const y = (t * t) / (nu + t * t);
  const b = 0.5 * (nu + 1);
  let [term, sum] = [1, 0];
  for (let n = 0; sum + term > sum; n++) {
    sum += term;
    term *= (y * (b + n)) / (1.5 + n);
  }
  return t * density(t, nu) * sum;
}

/** p(t) */
function density(t: number, nu: number): number {
  const { power } = powerOf(t, nu);
  return ((gammaHalfRatio(0.5 * nu) / ROOT_TWO_PI) * power) / Math.sqrt(1 + (t * t) / nu);
}

/**
 * (1 + t²/ν)^{−ν/2}, and its logarithm. What rounding 1 + t²/ν has lost is ν/2 times as much of the power: it is carried along.
 */
function powerOf(t: number, nu: number): { power: number; logPower: number } {
  const a = 0.5 * nu;
  const root = t / Math.sqrt(nu);
  if (root > 1e100) {
    const power = root < Number.POSITIVE_INFINITY ? pow(root, -nu) : pow(t, -nu) * pow(nu, a);
    return { power, logPower: -nu * (log(t) - 0.5 * log(nu)) };
  }
  const square = t * t;
  const q = square / nu;
  const product = q * nu;
  const qLow = (square - product - productError(q, nu, product) + productError(t, t, square)) / nu;
  const base = 1 + q;
  const low = (q < 1 ? 1 - base + q : q - base + 1) + (qLow === qLow ? qLow : 0);
  return { power: pow(base, -a) * exp((-a * low) / base), logPower: -a * (log(base) + low / base) };
}

/**
 * ₂F₁(½, 1; a + 1; −w) as Gauss's continued fraction 1/(1 + k₁w/(1 + k₂w/(1 + …))), evaluated from its end, so that errors shrink on the way.
 *
 * Depth: each term takes off a factor of (√(1 + w) − 1)/(√(1 + w) + 1); for large a the fraction is that of the normal tail, and takes about
 * 400/t² terms. They are taken in pairs.
 * Reference: Abramowitz & Stegun (1964), 6.6.8 and 15.3.5, make that of I_x; Wall (1948), Analytic theory of continued fractions, ch. 18, has the fraction.
 */
function tailFraction(t: number, nu: number): number {
  const a = 0.5 * nu;
  const w = nu / t / t;
  const depth = Math.ceil(Math.min(10 + 10 * Math.sqrt(1 + w), 30 + 170 / (t * t)));
  let rest = 0;
  for (let m = depth; m >= 1; m--) {
    rest = (m * (a + m - 0.5) * w) / ((a + 2 * m - 1) * (a + 2 * m) * (1 + rest)); // k_2m
    rest = ((m - 0.5) * (a + m - 1) * w) / ((a + 2 * m - 2) * (a + 2 * m - 1) * (1 + rest)); // k_2m−1
  }
  return 1 / (1 + rest);
}

/** S(t)/(1 + t²/ν)^{−ν/2} = √(1 + w)·Γ(a + ½)/(2√π·Γ(a)·a) · ₂F₁(½, 1; a + 1; −w) */
function tailFactor(t: number, nu: number): number {
  const root = Math.sqrt(0.5 * nu);
  return ((0.5 * Math.sqrt(1 + nu / t / t) * gammaHalfRatio(0.5 * nu)) / (ROOT_PI * root)) * tailFraction(t, nu);
}

/** F(z) = P(T ≤ z): the lower tail without cancellation, down to the least float64. */
export function studentCdf(z: number, nu: number): number {
  const t = Math.abs(z);
  if (isCentral(t, nu)) return 0.5 + (z < 0 ? -1 : 1) * centralMass(t, nu);
  if (!(t < Number.POSITIVE_INFINITY)) return z < 0 ? 0 : z > 0 ? 1 : Number.NaN;
  const tail = tailFactor(t, nu) * powerOf(t, nu).power;
  return z < 0 ? tail : 1 - tail;
}

/** ln F(z). */
export function logStudentCdf(z: number, nu: number): number {
  if (!(z < 0)) return log1p(-studentCdf(-z, nu));
  if (isCentral(z, nu)) return log(studentCdf(z, nu));
  return z === Number.NEGATIVE_INFINITY ? z : powerOf(-z, nu).logPower + log(tailFactor(-z, nu));
}

/** p(z)/F(z) = (ν/t)/((1 + w)·₂F₁(½, 1; a + 1; −w)) in the lower tail, z = −t, and the quotient itself elsewhere. */
export function studentHazard(z: number, nu: number): number {
  if (!(z < 0) || isCentral(z, nu))
    return z === Number.POSITIVE_INFINITY ? 0 : density(Math.abs(z), nu) / studentCdf(z, nu);
  return -elasticity(-z, nu) / z;
}

/** t·p(t)/S(t) = −d ln S/d ln t, which tends to ν. */
function elasticity(t: number, nu: number): number {
  if (isCentral(t, nu)) return (t * density(t, nu)) / studentCdf(-t, nu);
  return nu / ((1 + nu / t / t) * tailFraction(t, nu));
}

/**
 * F⁻¹(u) for 0 ≤ u ≤ 1 by Newton's method on concave functions, as for the normal distribution: of P(0 < T < t) near the middle, from below, and
 * of ln S as a function of ln t in the tails, which is as good as a straight line far out. The residual of the latter is ln S(t)/u, not a difference of
 * logarithms.
 *
 * Special cases: ∓∞ at 0 and 1, and where the quantile is beyond float64.
 */
export function studentQuantile(u: number, nu: number): number {
  if (u > 0.5) return -studentQuantile(1 - u, nu); // 1 − u is exact
  if (!(u > 0)) return u === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  return u > 0.25 ? -centralQuantile(u, nu) : -tailQuantile(u, nu);
}

/** t ≥ 0 with S(t) = u, for ¼ < u ≤ ½. */
function centralQuantile(u: number, nu: number): number {
  let t = ((0.5 - u) * ROOT_TWO_PI) / gammaHalfRatio(0.5 * nu); // P(0 < T < t) ≤ t·p(0): from below
  for (;;) {
    const short = isCentral(t, nu) ? 0.5 - u - centralMass(t, nu) : studentCdf(-t, nu) - u;
    const next = t + short / density(t, nu);
    if (!(next > t)) return t;
    t = next;
  }
}

/** t > 0 with S(t) = u, for u ≤ ¼. */
function tailQuantile(u: number, nu: number): number {
  let t = tailStart(u, nu);
  let last = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200; i++) {
    const mass = studentCdf(-t, nu);
    const ratio = mass / u;
    const above =
      ratio > 1e-300 && ratio < 1e300 && mass > 1e-305 && u > 1e-305 ? log(ratio) : logStudentCdf(-t, nu) - log(u);
    const step = above / elasticity(t, nu); // of ln t
    if (Math.abs(step) < 1e-9 && Math.abs(step) >= last) break;
    last = Math.abs(step);
    t = Math.min(Math.abs(step) < 1 ? t + t * expm1(step) : t * exp(step), Number.MAX_VALUE);
    if (last < 1e-17) break;
    if (t === Number.MAX_VALUE && step > 0 && logStudentCdf(-t, nu) > log(u)) return Number.POSITIVE_INFINITY;
  }
  return t;
}

/**
 * A start: the leading power of the tail for small ν, and else the normal quantile, bent.
 *
 * Reference: Wallace (1959), Bounds on normal approximations to Student's and the chi-square distributions, Ann. Math. Statist. 30(4), for the latter.
 */
function tailStart(u: number, nu: number): number {
  if (nu > 2) {
    const z = (normalQuantile(u) * (8 * nu + 3)) / (8 * nu + 1);
    return Math.min(Math.sqrt(nu * expm1((z * z) / nu)), 1e300);
  }
  const a = 0.5 * nu;
  const logScale = 0.5 * log(nu) + log(gammaHalfRatio(a) / (ROOT_PI * Math.sqrt(a))) / nu - LN_2 / nu;
  return exp(Math.min(logScale - log(u) / nu, 709));
}
