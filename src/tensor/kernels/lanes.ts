import type { Shape } from "../shape.ts";
import { log1p } from "./elementary.ts";
import { sumAxis } from "./reduce.ts";
import { innerSize } from "./strides.ts";

// A lane is all that lies along one axis: x is [outer, count, inner], and a lane has `count` numbers, `inner` apart. Lanes are often short and
// many (the bins of a spline), so everything here is done for all of them at once, row after row of `inner` numbers.

/** Replaces every number by its exponential. */
export type Exponentials = (y: Float64Array) => void;

/** y = the same map of every lane of x along the axis. */
type LaneMap = (x: Float64Array, y: Float64Array, shape: Shape, axis: number, exponentials: Exponentials) => void;

/** Calls f for each row of `inner` numbers: where it begins, and where its lanes begin among all lanes. */
function forEachRow(
  x: Float64Array,
  shape: Shape,
  axis: number,
  f: (at: number, lane: number, k: number) => void,
): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  for (let at = 0, lane = 0; at < x.length; lane += inner) {
    for (let k = 0; k < count; k++, at += inner) f(at, lane, k);
  }
}

/** The maximum of every lane, NaN if a number of it is, and which number is the first that is equal to it. */
function maxima(x: Float64Array, shape: Shape, axis: number): { values: Float64Array; places: Int32Array } {
  const inner = innerSize(shape, axis);
  const values = new Float64Array(lanesOf(shape, axis)).fill(Number.NEGATIVE_INFINITY);
  const places = new Int32Array(values.length).fill(-1);
  forEachRow(x, shape, axis, (at, lane, k) => {
    for (let j = 0; j < inner; j++) {
      const value = x[at + j];
      const most = values[lane + j];
      if (value > most || value !== value || (k === 0 && value === most)) {
        values[lane + j] = value;
        places[lane + j] = at + j;
      }
    }
  });
  return { values, places };
}

/** How many lanes there are. */
function lanesOf(shape: Shape, axis: number): number {
  return shape.reduce((size, length, i) => (i === axis ? size : size * length), 1);
}

/** y = e^{x − m}, m the maximum of the lane; 1 where x = m, infinite or not. */
function shiftedExponentials(
  x: Float64Array,
  y: Float64Array,
  shape: Shape,
  axis: number,
  m: Float64Array,
  exponentials: Exponentials,
): void {
  const inner = innerSize(shape, axis);
  forEachRow(x, shape, axis, (at, lane) => {
    for (let j = 0; j < inner; j++) y[at + j] = x[at + j] === m[lane + j] ? 0 : x[at + j] - m[lane + j]; // ∞ − ∞ is NaN
  });
  exponentials(y);
}

/** y = e^{x − m}/Σ e^{x − m}, m the maximum. Where m is infinite, the elements equal to it share 1. */
export const softmaxLanes: LaneMap = (x, y, shape, axis, exponentials) => {
  const inner = innerSize(shape, axis);
  shiftedExponentials(x, y, shape, axis, maxima(x, shape, axis).values, exponentials);
  const totals = new Float64Array(lanesOf(shape, axis));
  sumAxis(y, shape, axis, totals);
  forEachRow(y, shape, axis, (at, lane) => {
    for (let j = 0; j < inner; j++) y[at + j] /= totals[lane + j];
  });
};

/** For every lane ln(1 + Σ e^{x − m} over all but the first maximum m), where m is finite, and those m; y is overwritten. */
function logsOfSums(
  x: Float64Array,
  y: Float64Array,
  shape: Shape,
  axis: number,
  exponentials: Exponentials,
): { m: Float64Array; logs: Float64Array } {
  const { values: m, places } = maxima(x, shape, axis);
  shiftedExponentials(x, y, shape, axis, m, exponentials);
  for (const place of places) if (place >= 0) y[place] = 0;
  const logs = new Float64Array(m.length);
  sumAxis(y, shape, axis, logs);
  for (let i = 0; i < logs.length; i++) logs[i] = log1p(logs[i]);
  return { m, logs };
}

/** y = ln Σ eˣ along the axis, as m + ln(1 + Σ e^{x − m}); an infinite or NaN maximum is returned as it is. */
export const logSumExpLanes: LaneMap = (x, y, shape, axis, exponentials) => {
  const { m, logs } = logsOfSums(x, new Float64Array(x.length), shape, axis, exponentials);
  for (let i = 0; i < y.length; i++) y[i] = Math.abs(m[i]) < Number.POSITIVE_INFINITY ? m[i] + logs[i] : m[i];
};

/** y = (x − m) − ln(1 + Σ e^{x − m} over all but the first maximum m): small |y| keep their digits. */
export const logSoftmaxLanes: LaneMap = (x, y, shape, axis, exponentials) => {
  const inner = innerSize(shape, axis);
  const { m, logs } = logsOfSums(x, y, shape, axis, exponentials);
  forEachRow(x, shape, axis, (at, lane) => {
    for (let j = 0; j < inner; j++) {
      const most = m[lane + j];
      y[at + j] = (x[at + j] === most ? 0 : x[at + j] - most) - logs[lane + j];
    }
  });
};

/**
 * y_k = x_0 + … + x_k along the axis, added in this order; `fromEnd`: y_k = x_{n−1} + … + x_k, its adjoint.
 */
export function cumulativeSums(x: Float64Array, y: Float64Array, shape: Shape, axis: number, fromEnd: boolean): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  const step = fromEnd ? -inner : inner;
  for (let start = 0; start < x.length; start += count * inner) {
    const first = fromEnd ? start + (count - 1) * inner : start;
    for (let j = 0; j < inner; j++) y[first + j] = 0 + x[first + j]; // −0 becomes 0, as in any sum
    for (let k = 1, at = first + step; k < count; k++, at += step) {
      for (let j = 0; j < inner; j++) y[at + j] = y[at - step + j] + x[at + j];
    }
  }
}
