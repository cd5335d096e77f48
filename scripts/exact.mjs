// Arithmetic and elementary functions to 1500 bits behind the point, integers only: a number v stands for v/2^BITS.
//
// That leaves more than 400 correct bits in e^−745 and in π·10⁻³⁰⁰, and every sum below is off by less than a few hundred units
// of the last one.

/** The number of bits behind the point. */
export const BITS = 1500n;
/** 1 */
export const ONE = 1n << BITS;

/**
 * a·b, rounded towards zero: a shift alone rounds −1 to −1 forever, and no series would end.
 *
 * @param {bigint} a
 * @param {bigint} b
 */
export const times = (a, b) => (a * b) / ONE;

/**
 * a/b
 *
 * @param {bigint} a
 * @param {bigint} b
 */
export const over = (a, b) => (a << BITS) / b;

/**
 * The exact value of a double.
 *
 * @param {number} x
 */
export function fromDouble(x) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent === 0n ? 0n : 1n << 52n);
  const size = mantissa << (BITS + (exponent === 0n ? 1n : exponent) - 1075n); // 1500 − 1074 > 0
  return x < 0 ? -size : size;
}

/**
 * The nearest double (ties away from zero: no value here is one), and what it lacks in units of its last place.
 *
 * @param {bigint} v
 * @returns {[nearest: number, tail: number]}
 */
export function toDouble(v) {
  const size = v < 0n ? -v : v;
  const length = BigInt(size.toString(2).length);
  // the last place is 2^(length − 53), but not below 2^−1074
  const place = length - 53n > BITS - 1074n ? length - 53n : BITS - 1074n;
  const mantissa = (size + (1n << (place - 1n))) >> place;
  const tail = Number(((size - (mantissa << place)) * 1_000_000n) >> place) / 1_000_000;
  const exponent = Number(place - BITS);
  const scale = exponent < -1000 ? 2 ** -1000 * 2 ** (exponent + 1000) : 2 ** exponent;
  const nearest = Number(mantissa) * scale;
  return v < 0n ? [-nearest, -tail] : [nearest, tail];
}

/** ln 2 = 2·atanh(1/3) */
export const LN2 = 2n * atanh(ONE / 3n);

/**
 * y + y³/3 + y⁵/5 + … for |y| ≤ 1/3.
 *
 * @param {bigint} y
 */
function atanh(y) {
  const square = times(y, y);
  let sum = 0n;
  for (let [k, power] = [1n, y]; power !== 0n; k += 2n, power = times(power, square)) sum += power / k;
  return sum;
}

/**
 * 2ᵏ·eʳ with k = round(x/ln 2) and r + r²/2! + …
 *
 * @param {bigint} x
 */
export function exp(x) {
  const k = floorOver(2n * x + LN2, 2n * LN2);
  const r = x - k * LN2;
  let sum = 0n;
  for (let [n, term] = [1n, ONE]; term !== 0n; term = times(term, r) / n, n++) sum += term;
  return k >= 0n ? sum << k : sum >> -k;
}

/**
 * ⌊a/b⌋
 *
 * @param {bigint} a
 * @param {bigint} b positive
 */
export const floorOver = (a, b) => (a - (((a % b) + b) % b)) / b;

/**
 * k·ln 2 + 2·atanh((m − 1)/(m + 1)) with x = 2ᵏ·m and ¾ ≤ m ≤ 3/2.
 *
 * @param {bigint} x positive
 */
export function log(x) {
  let [m, k] = [x, 0n];
  for (; m > (ONE * 3n) / 2n; k++) m >>= 1n;
  for (; m < (ONE * 3n) / 4n; k--) m <<= 1n;
  return k * LN2 + 2n * atanh(over(m - ONE, m + ONE));
}

/** π = 16·atan(1/5) − 4·atan(1/239) (Machin) */
export const PI = 16n * atanOfInverse(5n) - 4n * atanOfInverse(239n);

/** @param {bigint} n */
function atanOfInverse(n) {
  let sum = 0n;
  for (let [k, power] = [1n, ONE / n]; power !== 0n; k += 2n, power /= n * n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
  }
  return sum;
}

/**
 * y − y³/3! + y⁵/5! − …, for sizes up to a few π.
 *
 * @param {bigint} y
 */
export function sin(y) {
  const square = times(y, y);
  let sum = 0n;
  for (let [n, term] = [1n, y]; term !== 0n; n += 2n, term = -times(term, square) / ((n - 1n) * n)) sum += term;
  return sum;
}

/**
 * cos y = sin(π/2 − y), for sizes up to a few π.
 *
 * @param {bigint} y
 */
export const cos = (y) => sin(PI / 2n - y);

/**
 * √v, by Newton's iteration from above.
 *
 * @param {bigint} v positive
 */
export function sqrt(v) {
  const square = v << BITS;
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * erf x = 2/√π·e^{−x²}·Σ 2ⁿx²ⁿ⁺¹/(1·3·5 … (2n + 1)), in which nothing cancels.
 *
 * @param {bigint} x
 */
export function erf(x) {
  const square = times(x, x);
  let sum = 0n;
  for (let [n, term] = [1n, x]; term !== 0n; n += 2n, term = (2n * times(term, square)) / n) sum += term;
  return over(2n * sum, times(sqrt(PI), exp(square)));
}
