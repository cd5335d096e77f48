import type { Shape } from "../shape.ts";
import { exp, log1p } from "./elementary.ts";
import { maximum, pairwiseSum } from "./reduce.ts";
import { innerSize } from "./strides.ts";

/**
 * Maps one lane to another of the same length: the numbers start + k·stride, k < count, of x to those of y. A lane is all
 * that lies along one axis.
 */
type LaneMap = (x: Float64Array, y: Float64Array, start: number, stride: number, count: number) => void;

/** y = the map of every lane of x along the axis. */
export function mapLanes(f: LaneMap, x: Float64Array, shape: Shape, axis: number, y: Float64Array): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  for (let start = 0; start < x.length; start += count * inner) {
    for (let j = 0; j < inner; j++) f(x, y, start + j, inner, count);
  }
}

/** y = e^{x − m}/Σ e^{x − m}, m the maximum. Where m is infinite, the elements equal to it share 1. */
export const softmaxLane: LaneMap = (x, y, start, stride, count) => {
  const m = maximum(x, start, stride, count);
  const end = start + count * stride;
  for (let i = start; i < end; i += stride) y[i] = x[i] === m ? 1 : exp(x[i] - m); // ∞ − ∞ is NaN
  const total = pairwiseSum(y, start, stride, count);
  for (let i = start; i < end; i += stride) y[i] /= total;
};

/** y = (x − m) − ln(1 + Σ e^{x − m} over all but the first maximum m): small |y| keep their digits. */
export const logSoftmaxLane: LaneMap = (x, y, start, stride, count) => {
  const m = maximum(x, start, stride, count);
  const end = start + count * stride;
  let found = false;
  for (let i = start; i < end; i += stride) {
    y[i] = x[i] === m ? (found ? 1 : 0) : exp(x[i] - m);
    if (x[i] === m) found = true;
  }
  const logOfSum = log1p(pairwiseSum(y, start, stride, count));
  for (let i = start; i < end; i += stride) y[i] = (x[i] === m ? 0 : x[i] - m) - logOfSum;
};

/** y_k = x_0 + … + x_k, added in this order. */
export const cumulativeSumLane: LaneMap = (x, y, start, stride, count) => {
  let total = 0;
  for (let k = 0, i = start; k < count; k++, i += stride) {
    total += x[i];
    y[i] = total;
  }
};

/** y_k = x_{n−1} + … + x_k, added in this order: the adjoint of the cumulative sum. */
export const reversedCumulativeSumLane: LaneMap = (x, y, start, stride, count) => {
  let total = 0;
  for (let k = count, i = start + (count - 1) * stride; k > 0; k--, i -= stride) {
    total += x[i];
    y[i] = total;
  }
};
