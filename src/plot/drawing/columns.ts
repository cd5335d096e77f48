import { Tensor } from "../../tensor/tensor.ts";
import type { Range } from "./scales.ts";

// What pictures take from the columns of a matrix [N, D].

/** A column of a matrix. */
export function columnOf({ data, shape: [N, D] }: Tensor, column: number): Float64Array {
  return Float64Array.from({ length: N }, (_, i) => data[i * D + column]);
}

/** Two columns of a matrix, as pairs. */
export function pairs(points: Tensor, first = 0, second = 1): [number, number][] {
  const { data, shape } = points;
  const [N, D] = shape;
  return Array.from({ length: N }, (_, i) => [data[i * D + first], data[i * D + second]]);
}

/** The rows that a test passes. */
export function rowsWhere({ data, shape: [N, D] }: Tensor, keeps: (row: Float64Array, i: number) => boolean): Tensor {
  const kept: Float64Array[] = [];
  for (let i = 0; i < N; i++) {
    const row = data.subarray(i * D, (i + 1) * D);
    if (keeps(row, i)) kept.push(row);
  }
  const copy = new Float64Array(kept.length * D);
  kept.forEach((row, i) => {
    copy.set(row, i * D);
  });
  return new Tensor(copy, [kept.length, D]);
}

/** 1/φ, the number that fractions are farthest from. */
const GOLDEN = 0.6180339887498949;

/**
 * About so many rows, never more, from all over the matrix: those where the fraction of i/φ is small. Every third row, say, would be the
 * same day of the week.
 */
export function evenRows(x: Tensor, count: number): Tensor {
  const [N] = x.shape;
  if (N <= count) return x;
  let kept = 0;
  return rowsWhere(x, (_, i) => {
    const place = i * GOLDEN;
    return (place - Math.floor(place)) * N < count && ++kept <= count;
  });
}

/** The middle share of the finite values, and a margin: an outlier does not squash the rest. */
export function robustRange(values: Float64Array, share = 0.995, margin = 0.08): Range {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return [-1, 1];
  const cut = Math.floor(((1 - share) / 2) * sorted.length);
  const [low, high] = [sorted[cut], sorted[sorted.length - 1 - cut]];
  return [low - margin * (high - low), high + margin * (high - low)];
}

/** Values farther from the middle nine tenths than so many times their width are wild: beyond 6.6 deviations of a Gaussian. */
const FENCE = 1.5;

/**
 * What a panel shows of some values: 99 % of them and a margin, and nothing wild, however few there are (the share of one wild row in a
 * hundred is too large for quantiles alone).
 */
export function viewRange(values: Float64Array): Range {
  return robustRange(tame(values), 0.99);
}

/** The finite values that are not wild. Fewer than eight say nothing about that. */
function tame(values: Float64Array): Float64Array {
  const sorted = values.filter(Number.isFinite).sort();
  const N = sorted.length;
  const cut = N < 8 ? 0 : Math.max(1, Math.floor(0.05 * N));
  const [low, high] = [sorted[cut], sorted[N - 1 - cut]];
  const reach = FENCE * (high - low);
  return reach > 0 ? sorted.filter((value) => value >= low - reach && value <= high + reach) : sorted;
}
