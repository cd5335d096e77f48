// Which columns of a table are combinations of others: y = Σ c·x + a constant. Columns are centred and divided by their deviations.

import type { Measured } from "./columnFacts.ts";

// N rows

/** A column as a combination of others, up to a constant. */
export interface Combination {
  /** The others, at most five, those that matter most first: column = Σ coefficient·other + a constant. */
  readonly partners: readonly { readonly name: string; readonly coefficient: number }[];
  /** How many others there are beyond these. */
  readonly more: number;
  /** Whether nothing is left but the last bits; otherwise what is left is what rounding of the columns leaves. */
  readonly exact: boolean;
}

const EPSILON = 2.220446049250313e-16; // 2^−52
const SAMPLED_ROWS = 20_000;
/** Digits that float32 numbers are written with, and four times the error of their rounding, 2^−24: sums have been rounded several times. */
const FEWEST_SINGLE_DIGITS = 7;
const MOST_DIGITS = 9;
const SINGLE_ERROR = 4 / 16_777_216;
/** Smaller numbers have fewer bits, and no digits worth counting. */
const SMALLEST = 1e-290;
const MOST_PARTNERS = 5;

/** A column may be a combination of others if they leave less than this of its deviation. */
const CANDIDATE = 0.1;
/** Rows beyond the number of coefficients that a combination needs: with fewer anything is one. */
const SPARE_ROWS = 6;
/** Rounding may be so large against a column; what leaves less than that, but is not exact, says nothing if rounding is larger. */
const COARSEST = 0.05;

/**
 * Gram–Schmidt with pivots: of what the columns chosen so far leave of the others, the largest is chosen next. If that is next to nothing,
 * and passes the test on all rows, the column is a combination of those chosen before, and is not chosen.
 */
export function combinationsAmong(columns: readonly Measured[]): Map<Measured, Combination> {
  const found = new Map<Measured, Combination>();
  const left = columns.map((column) => centred(evenly(column.values).map((x) => (x - column.mean) / column.deviation)));
  const sizes = left.map(sizeOf);
  const chosen: { column: Measured; q: Float64Array; onto: number[] }[] = [];
  const parts = columns.map((): number[] => []); // of each column along each q
  const open = columns.map((_, j) => j);
  while (open.length > 0) {
    const norms = open.map((j) => sizeOf(left[j]));
    const most = norms.reduce((a, b) => (b > a ? b : a));
    // the first of those that are equally large but for rounding
    const [j] = open.splice(
      norms.findIndex((norm) => norm >= most * (1 - 1e-9)),
      1,
    );
    const column = columns[j];
    const rows = column.values.length;
    // once more: what is left of nearly dependent columns is not quite orthogonal
    chosen.forEach(({ q }, k) => {
      parts[j][k] += takeOut(left[j], q);
    });
    const rest = sizeOf(left[j]) / sizes[j];
    if (chosen.length > 0 && rest <= CANDIDATE && rows >= chosen.length + 1 + SPARE_ROWS) {
      const combination = tested(
        column,
        chosen.map((each) => each.column),
        solved(chosen, parts[j]),
        rest,
      );
      if (combination !== undefined) {
        found.set(column, combination);
        continue;
      }
    }
    const size = sizeOf(left[j]);
    if (!(rest > 1e-14)) continue;
    const q = left[j].map((x) => x / size);
    chosen.push({ column, q, onto: [...parts[j], size] });
    for (const other of open) parts[other].push(takeOut(left[other], q));
  }
  return found;
}

/** R c = h by back substitution; R has the columns `onto`. */
function solved(chosen: readonly { readonly onto: readonly number[] }[], h: readonly number[]): number[] {
  const c = h.slice();
  for (let k = c.length - 1; k >= 0; k--) {
    c[k] /= chosen[k].onto[k];
    for (let i = 0; i < k; i++) c[i] -= chosen[k].onto[i] * c[k];
  }
  return c;
}

/** Takes the part along q, of length 1, out of v, and returns it. */
function takeOut(v: Float64Array, q: Float64Array): number {
  let part = 0;
  for (let i = 0; i < v.length; i++) part += v[i] * q[i];
  for (let i = 0; i < v.length; i++) v[i] -= part * q[i];
  return part;
}

function centred(v: Float64Array): Float64Array {
  const mean = v.reduce((sum, x) => sum + x, 0) / v.length;
  return v.map((x) => x - mean);
}

function sizeOf(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
}

/** The combination, if it holds in all rows: with whole coefficients, without small ones, or as it is. */
function tested(y: Measured, others: readonly Measured[], c: readonly number[], rest: number): Combination | undefined {
  // from deviations to the units of the columns
  const terms = others.map((x, k) => ({ x, c: c[k], coefficient: (c[k] * y.deviation) / x.deviation }));
  const whole = terms.map(({ x, coefficient }) => {
    const nearest = Math.round(coefficient);
    return { x, c: (nearest * x.deviation) / y.deviation, coefficient: nearest };
  });
  const isNear = terms.every(({ coefficient }, k) => Math.abs(coefficient - whole[k].coefficient) <= 0.3);
  const large = terms.filter((term) => Math.abs(term.c) >= Math.max(1e-9, rest));
  for (const some of [isNear ? whole.filter((term) => term.coefficient !== 0) : [], large, terms]) {
    const how = some.length === 0 ? undefined : heldBy(y, some);
    if (how === undefined) continue;
    const sorted = some.slice().sort((a, b) => Math.abs(b.c) - Math.abs(a.c));
    const partners = sorted.slice(0, MOST_PARTNERS).map(({ x: { name }, coefficient }) => ({ name, coefficient }));
    return { partners, more: some.length - partners.length, exact: how === "exactly" };
  }
  return undefined;
}

/**
 * Whether y = Σ c·x holds in every row: exactly, that is but for last bits; or up to rounding: what is left is in no row more than
 * the roundings together, and in all rows together, as a variance, what they would leave, δ²/3 for numbers known to ±δ, or a little more.
 */
function heldBy(
  y: Measured,
  terms: readonly { readonly x: Measured; readonly c: number }[],
): "exactly" | "rounded" | undefined {
  const N = y.values.length;
  const all = [{ x: y, c: -1 }, ...terms];
  // of the numbers, and of coefficients that were solved for
  const lastBits =
    EPSILON * all.reduce((sum, { x, c }) => sum + Math.abs(c) * (64 * (x.largest / x.deviation) + 4096), 0);
  const left = new Float64Array(N);
  const most = new Float64Array(N); // what rounding may leave
  let variance = 0;
  for (const { x, c } of all) {
    const delta = roundingErrors(x);
    for (let i = 0; i < N; i++) {
      left[i] += c * ((x.values[i] - x.mean) / x.deviation);
      const error = Math.abs(c) * delta(x.values[i]);
      most[i] += error;
      variance += (error * error) / (3 * N);
    }
  }
  const rest = centred(left);
  if (rest.every((value) => Math.abs(value) <= lastBits)) return "exactly";
  if (!(variance <= COARSEST * COARSEST)) return undefined;
  const slack = 1 + 6 / Math.sqrt(N);
  const ofConstant = 4 * Math.sqrt(variance / N); // rows of small numbers are known better than the mean of all
  const isSmall = rest.every((value, i) => Math.abs(value) <= slack * most[i] + ofConstant + lastBits);
  const squares = rest.reduce((sum, value) => sum + value * value, 0) / N;
  return isSmall && squares <= (0.2 + slack) * variance ? "rounded" : undefined;
}

/**
 * How far numbers may be from what was rounded, in deviations: half the step of their grid, half a unit of their last digit, or some of the last bits of float32 if
 * they look like such numbers.
 */
function roundingErrors({ values, rounding, deviation }: Measured): (value: number) => number {
  const ofGrid = rounding === undefined ? 0 : rounding.step / 2 / deviation;
  const some = evenly(values);
  const digits = digitsOf(some);
  const isSingle = digits >= FEWEST_SINGLE_DIGITS && (digits <= MOST_DIGITS || some.every(isFloat32));
  const ofBits = isSingle ? SINGLE_ERROR : 0;
  let lastDigit = digits <= MOST_DIGITS ? 0.5 : 0;
  for (let k = 1; k < digits; k++) lastDigit /= 10;
  let decade = 1;
  return (value) => {
    const size = Math.abs(value);
    if (size < SMALLEST) return ofGrid;
    while (decade > size) decade /= 10;
    while (decade * 10 <= size) decade *= 10;
    return Math.max(ofGrid, (lastDigit * decade) / deviation, (ofBits * size) / deviation);
  };
}

function isFloat32(value: number): boolean {
  return Float32Array.of(value)[0] === value;
}

/** At most 20,000 of the numbers, at even distances. */
function evenly(values: Float64Array): Float64Array {
  const count = Math.min(SAMPLED_ROWS, values.length);
  return Float64Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]);
}

/** The most digits that one of the numbers is written with, leading and trailing zeros not counted. */
function digitsOf(values: Float64Array): number {
  let most = 1;
  for (const value of values) {
    const digits = String(Math.abs(value)).replace(/e.*$/, "").replace(".", "").replace(/^0+/, "").replace(/0+$/, "");
    most = Math.max(most, digits.length);
  }
  return most;
}
