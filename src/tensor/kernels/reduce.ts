import type { Shape } from "../shape.ts";
import { exp, log1p } from "./elementary.ts";

/** Sums run over blocks of this many numbers, and the block sums are added pairwise. */
const BLOCK = 128;

/**
 * Σ x[start + k·stride], k < count: within a block of 128 two interleaved lanes, blocks added pairwise in a fixed tree.
 * The error grows with log(count), not with count; the order is fixed, so that the bits are.
 */
export function pairwiseSum(x: Float64Array, start: number, stride: number, count: number): number {
  if (count > BLOCK) {
    const blocks = Math.ceil(count / BLOCK);
    const left = Math.ceil(blocks / 2) * BLOCK;
    return pairwiseSum(x, start, stride, left) + pairwiseSum(x, start + left * stride, stride, count - left);
  }
  let even = 0;
  let odd = 0;
  let offset = start;
  for (let k = 0; k + 1 < count; k += 2) {
    even += x[offset];
    odd += x[offset + stride];
    offset += 2 * stride;
  }
  if (count % 2 === 1) even += x[offset];
  return even + odd;
}

/** max x[start + k·stride], k < count; NaN if any of them is. */
export function maximum(x: Float64Array, start: number, stride: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const value = x[start + k * stride];
    if (!(value <= largest)) largest = value; // a NaN gets in …
    if (largest !== largest) return largest; // … and ends the search
  }
  return largest;
}

/** A reduction of `count` numbers, `stride` apart. */
export type Reduction = (x: Float64Array, start: number, stride: number, count: number) => number;

/**
 * y = the reduction of x along one axis. With x seen as [outer, count, inner], y is [outer, inner].
 */
export function reduceAxis(reduce: Reduction, x: Float64Array, shape: Shape, axis: number, y: Float64Array): void {
  const count = shape[axis];
  let inner = 1;
  for (let i = axis + 1; i < shape.length; i++) inner *= shape[i];
  for (let i = 0; i < y.length; i++) {
    const row = Math.floor(i / inner);
    y[i] = reduce(x, row * count * inner + (i - row * inner), inner, count);
  }
}

/**
 * ln Σ eˣ over `count` numbers, as m + ln(1 + Σ e^{x − m}), m the first maximum and the sum over the others.
 * An infinite or NaN maximum is returned as it is.
 */
export function logSumExpReduction(count: number): Reduction {
  const terms = new Float64Array(count);
  return (x, start, stride) => {
    const m = maximum(x, start, stride, count);
    if (!(Math.abs(m) < Number.POSITIVE_INFINITY)) return m;
    let found = false;
    for (let k = 0; k < count; k++) {
      const value = x[start + k * stride];
      terms[k] = value === m && !found ? 0 : exp(value - m);
      if (value === m) found = true;
    }
    return m + log1p(pairwiseSum(terms, 0, 1, count));
  };
}
