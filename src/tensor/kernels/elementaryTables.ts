import { HIGH, productError, word, words } from "./bits.ts";

// The tables of exp and tanh (elementary.ts), in numbers of twice the precision. They are made once, when a function is first used: 1 ms.

/** A number as the sum of two, the second at most half a ULP of the first: some 104 bits (Dekker, 1971). */
type Double = readonly [high: number, low: number];

/** a + b, |a| ≥ |b|. */
function sum(a: number, b: number): Double {
  const high = a + b;
  return [high, b - (high - a)];
}

function plus([a, low]: Double, b: number): Double {
  const [high, rest] = Math.abs(a) >= Math.abs(b) ? sum(a, b) : sum(b, a);
  return sum(high, rest + low);
}

function times([a, aLow]: Double, [b, bLow]: Double): Double {
  const p = a * b;
  return sum(p, productError(a, b, p) + (a * bLow + aLow * b));
}

function over(x: Double, y: Double): Double {
  const q = x[0] / y[0];
  const [high, low] = times(y, [q, 0]);
  return sum(q, (x[0] - high - low + x[1]) / y[0]);
}

/** eˣ = (e^{x/1024})^{1024} for 0 ≤ x ≤ 50. */
function exp(x: Double): Double {
  const r: Double = [x[0] / 1024, x[1] / 1024]; // at most 0.05: r¹⁸/18! is below 2⁻¹²⁰
  let y: Double = [1, 0];
  for (let n = 17; n > 0; n--) y = plus(over(times(r, y), [n, 0]), 1);
  for (let k = 0; k < 10; k++) y = times(y, y);
  return y;
}

/** ln 2 in two parts. */
const LN2: Double = [0.6931471805599453, 2.3190468138462996e-17];

/** How many powers of two lie in the table of exp: 2⁰, 2^{1/128}, … 2^{127/128}. */
export const POWERS = 128;

/** Each power in two parts. */
export function fillExpTable(table: Float64Array): void {
  for (let j = 0; j < POWERS; j++) table.set(exp(times(LN2, [j / POWERS, 0])), 2 * j);
}

/**
 * The table of tanh has a row for every 64th of an octave from 2⁻⁷ to 22: sizes whose highest 18 bits are the same; row 0 is for all that is
 * smaller. This is what these bits are for row 0.
 */
export const TANH_FIRST = 65023;
/** How many rows there are. */
export const TANH_ROWS = 730;

/** Each row: the middle c of its sizes (0 in row 0), and tanh c = (e²ᶜ − 1)/(e²ᶜ + 1). */
export function fillTanhTable(table: Float64Array): void {
  for (let row = 1; row < TANH_ROWS; row++) {
    words[1 - HIGH] = 0;
    words[HIGH] = ((TANH_FIRST + row) << 14) + (1 << 13);
    const c = word[0];
    const e = exp([2 * c, 0]);
    table.set([c, over(plus(e, -1), plus(e, 1))[0]], 2 * row);
  }
}
