// What a table says about its columns before anything is fitted: which have no density, or none of their own.

import { columnStatistics } from "../../tensor/columnStatistics.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Combination, combinationsAmong } from "./columnCombinations.ts";

// N rows

/** A column of a table: finite numbers, one for each row. */
export interface NumberColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** The grid that all values of a column lie on. */
export interface Rounding {
  /** The largest distance that all distances between values are multiples of. */
  readonly step: number;
  /** Values are multiples of 10^−decimals, 0 for integers; absent where they are not, as after a change of units. */
  readonly decimals?: number;
  /** How many different values there are. */
  readonly distinct: number;
  /** Whether a continuous density would see the grid: the step is more than a fifth of the deviation, or there are twenty rows for each value. */
  readonly coarse: boolean;
}

/** One exact value that many rows have. */
export interface Atom {
  readonly value: number;
  readonly count: number;
  /** Of all rows. */
  readonly share: number;
  /** Whether rounding does not explain it: the rest of the column is spread, and values next to this one have less than a fifth of its rows. */
  readonly standsOut: boolean;
}

/** What is known of a column; each fact is absent where it does not hold. */
export interface ColumnFacts {
  readonly name: string;
  /** The value that all rows have. */
  readonly constant?: number;
  /** The first column that is equal in every row. */
  readonly duplicateOf?: string;
  /** Of columns that depend on one another one is said to: as a rule that which adds least to the others. */
  readonly combination?: Combination;
  readonly rounding?: Rounding;
  /** The first of numbers that grow by one from row to row, in the order of the table. */
  readonly rowNumbersFrom?: number;
  /** Values with 5 % of the rows, and five rows, or more; the most frequent first. None where the column is constant. */
  readonly atoms: readonly Atom[];
}

/** A column, and what its numbers say by themselves. */
export interface Measured extends NumberColumn {
  readonly mean: number;
  /** 0 if the numbers are equal, or differ in their last bits only. */
  readonly deviation: number;
  /** The largest size of a number. */
  readonly largest: number;
  readonly rounding: Rounding | undefined;
  readonly atoms: readonly Atom[];
}

const EPSILON = 2.220446049250313e-16; // 2^−52
const MOST_DECIMALS = 12;

/**
 * Facts about columns of equal length, one for each column, in their order. Nothing but row numbers depends on the order of the rows, and
 * nothing on chance; whether columns are constant, equal or combinations of others does not depend on their units.
 *
 * A combination leaves no more than rounding does: values are known to half a step of their grid, or to half a unit of their last digit. A column that is
 * only like others (a correlation of 0.9999, say) leaves more.
 * Cost: O(N log N) for each of D columns, and O(D²) for each of at most 20,000 rows; combinations are tried on all rows.
 * Throws DomainError for NaN and ∞.
 */
export function columnFacts(columns: readonly NumberColumn[]): ColumnFacts[] {
  if (columns.length === 0 || columns[0].values.length === 0) return columns.map(({ name }) => ({ name, atoms: [] }));
  const measured = columns.map(measure);
  const facts = measured.map((column, j): ColumnFacts => {
    const { name, values, rounding, atoms } = column;
    if (values.every((value) => value === values[0])) return { name, constant: values[0] + 0, atoms: [] };
    const twin = measured.slice(0, j).find((other) => values.every((value, i) => value === other.values[i]));
    return {
      name,
      ...(twin === undefined ? {} : { duplicateOf: twin.name }),
      ...(rounding === undefined ? {} : { rounding }),
      ...(isCounted(values) ? { rowNumbersFrom: values[0] } : {}),
      atoms,
    };
  });
  const own = measured.filter((column, j) => column.deviation > 0 && facts[j].duplicateOf === undefined);
  const combinations = combinationsAmong(own);
  return facts.map((fact, j) => {
    const combination = combinations.get(measured[j]);
    return combination === undefined ? fact : { ...fact, combination };
  });
}

function measure({ name, values }: NumberColumn): Measured {
  const N = values.length;
  const { mean, deviation } = columnStatistics("columnFacts", new Tensor(values.slice(), [N, 1]));
  const sorted = values.slice().sort();
  const largest = Math.max(Math.abs(sorted[0]), Math.abs(sorted[N - 1]));
  const runs = runsOf(sorted);
  return {
    name,
    values,
    mean: mean.data[0],
    deviation: deviation.data[0],
    largest,
    rounding: roundingOf(values, runs, largest, deviation.data[0]),
    atoms: atomsOf(runs, N),
  };
}

/** The different values in ascending order, and how many rows have each. */
interface Runs {
  readonly values: readonly number[];
  readonly counts: readonly number[];
}

function runsOf(sorted: Float64Array): Runs {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === values[values.length - 1]) counts[counts.length - 1]++;
    else {
      values.push(value + 0); // −0 is 0
      counts.push(1);
    }
  }
  return { values, counts };
}

/** Whether numbers count the rows: integers that grow by one. */
export function isCounted(values: Float64Array): boolean {
  if (values.length < 3 || values[0] !== Math.floor(values[0])) return false;
  return values.every((value, i) => i === 0 || value - values[i - 1] === 1);
}

function roundingOf(values: Float64Array, runs: Runs, largest: number, deviation: number): Rounding | undefined {
  const distinct = runs.values.length;
  const decimals = decimalsOf(values);
  const step = decimals === undefined ? gridOf(runs.values, largest) : decimalStep(runs.values, decimals);
  if (distinct < 2 || step === undefined || !(step > 64 * EPSILON * largest)) return undefined;
  const coarse = step > 0.2 * deviation || values.length >= 20 * distinct;
  return { step, ...(decimals === undefined ? {} : { decimals }), distinct, coarse };
}

/** The least k ≥ 0 for which all numbers are the float64 nearest to a multiple of 10^−k. */
function decimalsOf(values: Float64Array): number | undefined {
  let power = 1;
  let k = 0;
  for (const value of values) {
    while (k <= MOST_DECIMALS && Math.round(value * power) / power !== value) {
      power *= 10;
      k++;
    }
    if (k > MOST_DECIMALS) return undefined;
  }
  return k;
}

/** The greatest common divisor of all distances, as integers of 10^−k. */
function decimalStep(distinct: readonly number[], k: number): number {
  let power = 1;
  for (let i = 0; i < k; i++) power *= 10;
  const first = Math.round(distinct[0] * power);
  let step = 0;
  for (const value of distinct) {
    let rest = Math.round(value * power) - first;
    while (rest > 0) [step, rest] = [rest, step % rest];
  }
  return step / power;
}

/** The step of a grid in any unit: the least distance of two numbers or a small part of it, if all others are multiples, but for last bits. */
function gridOf(distinct: readonly number[], largest: number): number | undefined {
  const error = 8 * EPSILON * largest;
  const [low, high] = [distinct[0], distinct[distinct.length - 1]];
  let least = high - low;
  for (let i = 1; i < distinct.length; i++) least = Math.min(least, distinct[i] - distinct[i - 1]);
  for (let part = 1; part <= 6; part++) {
    const step = (high - low) / Math.round((high - low) / (least / part));
    if (!(step > 64 * error)) return undefined;
    if (distinct.every((value) => Math.abs(value - low - step * Math.round((value - low) / step)) <= error))
      return step;
  }
  return undefined;
}

function atomsOf({ values, counts }: Runs, N: number): Atom[] {
  const least = Math.max(5, N / 20);
  const atoms: Atom[] = [];
  counts.forEach((count, k) => {
    if (count < least) return;
    const near = [k - 2, k - 1, k + 1, k + 2].map((other) => counts[other] ?? 0);
    const standsOut = values.length > 10 && count > 5 * Math.max(...near);
    atoms.push({ value: values[k], count, share: count / N, standsOut });
  });
  return atoms.sort((a, b) => b.count - a.count);
}
