import { HIGH, productError, word, words } from "./bits.ts";

// Sine and cosine: the argument is reduced to |y| ≤ π/4 and the number of the quarter turn, and there the Taylor series serves.

/** (sin y − y)/y³ as a polynomial in w = y², to y¹⁷ in all: on |y| ≤ π/4 the remainder y¹⁹/19! is below 10⁻¹⁹. */
function sinTail(w: number): number {
  let q = 2.8114572543455206e-15;
  q = q * w - 7.647163731819816e-13;
  q = q * w + 1.6059043836821613e-10;
  q = q * w - 2.505210838544172e-8;
  q = q * w + 0.0000027557319223985893;
  q = q * w - 0.0001984126984126984;
  q = q * w + 0.008333333333333333;
  return q * w - 0.16666666666666666;
}

/** (cos y − 1 + y²/2)/y⁴ as a polynomial in w = y², to y¹⁶ in all: the remainder y¹⁸/18! is below 10⁻¹⁷. */
function cosTail(w: number): number {
  let q = 4.779477332387385e-14;
  q = q * w - 1.1470745597729725e-11;
  q = q * w + 2.08767569878681e-9;
  q = q * w - 2.755731922398589e-7;
  q = q * w + 0.0000248015873015873;
  q = q * w - 0.001388888888888889;
  return q * w + 0.041666666666666664;
}

/** sin(y + low) for |y| ≤ π/4, |low| ≤ ulp(y)/2. */
function sine(y: number, low: number): number {
  const w = y * y;
  return y + (y * w * sinTail(w) + low * (1 - 0.5 * w));
}

/** cos(y + low) for |y| ≤ π/4, |low| ≤ ulp(y)/2; what rounding 1 − y²/2 lost is added back. */
function cosine(y: number, low: number): number {
  const w = y * y;
  const half = 0.5 * w;
  const top = 1 - half;
  return top + (1 - top - half + (w * w * cosTail(w) - y * low));
}

// ── radians ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const PI_OVER_4 = 0.7853981633974483;
const TWO_OVER_PI = 0.6366197723675814;
/** π/2 in four parts; the first three have 33 bits, so that their products with integers below 2²⁰ are exact. */
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487111665e-21;
const HALF_PI_4 = 8.4784276603689e-32;
/** π/2 in two parts of 53 bits. */
const HALF_PI_HIGH = 1.5707963267948966;
const HALF_PI_LOW = 6.123233995736766e-17;

/** x − quarter·π/2 as the sum of two numbers, the result of the reductions: y and low. */
const remainder = /*#__PURE__*/ new Float64Array(2);

/**
 * The quarter turn (0, 1, 2, 3) whose middle x > 0 is nearest to; leaves the rest in `remainder`.
 *
 * Below 1.6·10⁶ by subtracting n·π/2 part by part (Cody & Waite 1980, Software Manual for the Elementary Functions): no
 * float64 number there is closer than 2⁻⁶¹ to a multiple of π/2, and the rest is known to 2⁻¹³⁰.
 */
function reduce(x: number): number {
  if (x > 1.6e6) return reduceLarge(x);
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const first = x - n * HALF_PI_1; // exact
  const second = n * HALF_PI_2; // exact
  const a = first - second;
  const a2 = a - first;
  const aLost = first - (a - a2) - (second + a2); // what rounding a lost
  const third = n * HALF_PI_3; // exact
  const b = a - third;
  const b2 = b - a;
  const bLost = a - (b - b2) - (third + b2);
  const low = aLost + bLost - n * HALF_PI_4;
  const y = b + low;
  remainder[0] = y;
  remainder[1] = b - y + low;
  return n % 4;
}

/** 2/π = 0.a2f983 6e4e44 1529fc … in limbs of 24 bits, 1,176 bits in all; two zeros first. */
const TWO_OVER_PI_LIMBS: readonly number[] = [
  0x0, 0x0, 0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163, 0xabdebb,
  0xc561b7, 0x246e3a, 0x424dd2, 0xe00649, 0x2eea09, 0xd1921c, 0xfe1deb, 0x1cb129, 0xa73ee8, 0x8235f5, 0x2ebb44,
  0x84e99c, 0x7026b4, 0x5f7e41, 0x3991d6, 0x398353, 0x39f49c, 0x845f8b, 0xbdf928, 0x3b1ff8, 0x97ffde, 0x05980f,
  0xef2f11, 0x8b5a0a, 0x6d1f6d, 0x367ecf, 0x27cb09, 0xb74f46, 0x3f669e, 0x5fea2d, 0x7527ba, 0xc7ebe5, 0xf17b3d,
  0x0739f7, 0x8a5292, 0xea6bfb, 0x5fb11f, 0x8d5d08, 0x560330,
];
const LIMB = 16_777_216; // 2²⁴
/** The limbs of a product, the least significant first. */
const product = /*#__PURE__*/ new Float64Array(9);

/**
 * The same for large x: with x = m·2ᵉ, m an integer, x·2/π modulo 4 needs nine limbs of 2/π only: those before them give multiples
 * of 4. The upper six limbs of the product are added up, and what is left out is below 2⁻¹¹⁹; no float64 number is closer than 2⁻⁶²
 * to a multiple of π/2.
 *
 * Reference: Payne & Hanek (1983), Radian reduction for trigonometric functions, SIGNUM Newsletter 18(1).
 */
function reduceLarge(x: number): number {
  word[0] = x;
  const lower = words[1 - HIGH];
  const upper = words[HIGH];
  const m0 = lower & 0xffffff;
  const m1 = ((lower >>> 24) | (upper << 8)) & 0xffffff;
  const m2 = ((upper & 0xfffff) | 0x100000) >>> 16;
  const exponent = (upper >> 20) - 1075;
  const block = Math.floor((exponent - 2) / 24);
  const last = block + 10; // the index of the last limb that is needed
  let carry = 0;
  for (let k = 0; k < 9; k++) {
    let column = carry + m0 * TWO_OVER_PI_LIMBS[last - k];
    if (k >= 1) column += m1 * TWO_OVER_PI_LIMBS[last - k + 1];
    if (k >= 2) column += m2 * TWO_OVER_PI_LIMBS[last - k + 2];
    carry = Math.floor(column / LIMB);
    product[k] = column - carry * LIMB;
  }

  const shift = exponent - 24 * (block + 1); // from −22 to 1
  let unit = shift > 0 ? 2 : 1 / (1 << -shift); // of product[8], in quarter turns
  const top = product[8] * unit;
  unit /= LIMB;
  const turn = top - 4 * Math.floor(top / 4) + product[7] * unit; // exact, in [0, 4)
  const quarter = Math.floor(turn + 0.5);
  const a = turn - quarter; // exact
  unit /= LIMB * LIMB;
  const b = (product[6] * LIMB + product[5]) * unit;
  unit /= LIMB * LIMB;
  const c = (product[4] * LIMB + product[3]) * unit;

  const ab = a + b; // |a| > |b|, or a = 0
  const abc = ab + c; // |ab| > |c|, or ab = 0
  const rest = a - ab + b + (ab - abc + c);
  const f = abc + rest;
  const fLow = abc - f + rest;
  const y = f * HALF_PI_HIGH;
  remainder[0] = y;
  remainder[1] = productError(f, HALF_PI_HIGH, y) + (f * HALF_PI_LOW + fLow * HALF_PI_HIGH);
  return quarter % 4;
}

/**
 * sin x.
 *
 * Error below 0.8 ULP for every finite x. Special cases: sin(±0) = ±0, sin(±∞) = NaN.
 */
export function sin(x: number): number {
  const size = Math.abs(x);
  if (size <= PI_OVER_4) return size < 1e-8 ? x : sine(x, 0); // x³/6 is below half a unit in the last place; keeps −0
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN;
  const quarter = reduce(size);
  const value = quarter % 2 === 0 ? sine(remainder[0], remainder[1]) : cosine(remainder[0], remainder[1]);
  return quarter >= 2 === x > 0 ? -value : value;
}

/**
 * cos x.
 *
 * Error below 0.8 ULP for every finite x. Special cases: cos(±∞) = NaN.
 */
export function cos(x: number): number {
  const size = Math.abs(x);
  if (size <= PI_OVER_4) return cosine(x, 0);
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN;
  const quarter = reduce(size);
  const value = quarter % 2 === 0 ? cosine(remainder[0], remainder[1]) : sine(remainder[0], remainder[1]);
  return quarter === 1 || quarter === 2 ? -value : value;
}

// ── half turns ──────────────────────────────────────────────────────────────────────────────────────────────────────

const PI = 3.141592653589793;

/** sin y for |y| ≤ π/4. */
function sinSeries(y: number): number {
  const w = y * y;
  return y + y * w * sinTail(w);
}

/** cos y for |y| ≤ π/4. */
function cosSeries(y: number): number {
  const w = y * y;
  return 1 - 0.5 * w + w * w * cosTail(w);
}

/**
 * sin πx; the reduction to a quarter turn is exact, whatever the size of x.
 *
 * Error below 2 ULP (of the product π·x before the series: the argument is rounded once). sinPi(±∞) = NaN.
 */
export function sinPi(x: number): number {
  const quarter = Math.floor(2 * x + 0.5);
  const y = PI * (x - 0.5 * quarter);
  const turn = quarter - 4 * Math.floor(quarter / 4); // 0, 1, 2, 3: which quarter turn we are in
  const value = turn % 2 === 0 ? sinSeries(y) : cosSeries(y);
  return turn < 2 ? value : -value;
}

/** cos πx = sin π(x + ½), reduced in the same exact way. Error below 2 ULP. cosPi(±∞) = NaN. */
export function cosPi(x: number): number {
  const quarter = Math.floor(2 * x + 0.5);
  const y = PI * (x - 0.5 * quarter);
  const turn = quarter - 4 * Math.floor(quarter / 4);
  const value = turn % 2 === 0 ? cosSeries(y) : sinSeries(y);
  return turn === 0 || turn === 3 ? value : -value;
}
