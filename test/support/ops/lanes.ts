import { cumsum, logSoftmax, softmax, type Tensor, type Variable } from "diffeo";
import fc from "fast-check";
import { axes, EPSILON, shapes, tensors } from "../arbitraries.ts";
import { type Dual, exponential, logSumOfExponentials, minus, total } from "../dual.ts";
import { type ExpectedElement, nonNegative, type OpCase, type OpRow, replaced, sumOf } from "./opCase.ts";

/** A row of an op that maps all that lies along one axis to as many numbers. */
function alongAxis(
  name: string,
  op: (x: Tensor, axis?: number) => Variable,
  formula: (lane: readonly number[], k: number) => ExpectedElement,
  dual: (lane: readonly Dual[], k: number) => Dual,
): OpRow {
  const cases = shapes(1)
    .chain((shape) => fc.tuple(tensors(shape), fc.option(axes(shape.length), { nil: undefined })))
    .map(([x, axis]): OpCase => {
      const along = nonNegative(axis ?? -1, x.rank); // the last axis if none is named
      const laneAt = (index: readonly number[]): number[][] =>
        Array.from({ length: x.shape[along] }, (_, k) => replaced(index, along, k));
      return {
        call: `${name} along ${axis}`,
        f: (v) => op(v, axis),
        inputs: [x],
        shape: x.shape,
        element: (index) =>
          formula(
            laneAt(index).map((i) => x.at(...i)),
            index[along],
          ),
        dual: (index, [moving]) =>
          dual(
            laneAt(index).map((i) => moving.at(...i)),
            index[along],
          ),
      };
    });
  return { name, variant: "along one axis", cases };
}

const sumOfExponentials = (lane: readonly number[], m: number): number =>
  lane.reduce((sum, x) => sum + Math.exp(x - m), 0);

/** Ops along one axis. */
export const lanes: readonly OpRow[] = [
  alongAxis(
    "softmax",
    softmax,
    (lane, k) => {
      const m = Math.max(...lane);
      const value = Math.exp(lane[k] - m) / sumOfExponentials(lane, m);
      // x − m is rounded by 3·eps at the most (|x| < 3), so is each exponential; the sum adds 6, both of ours and of this
      return { value, bound: 24 * EPSILON * value };
    },
    (lane, k) => exponential(minus(lane[k], logSumOfExponentials(lane))),
  ),
  alongAxis(
    "logSoftmax",
    logSoftmax,
    (lane, k) => {
      const m = Math.max(...lane);
      const value = lane[k] - m - Math.log(sumOfExponentials(lane, m));
      return { value, bound: 24 * EPSILON * (1 + Math.abs(value)) };
    },
    (lane, k) => minus(lane[k], logSumOfExponentials(lane)),
  ),
  alongAxis(
    "cumsum",
    cumsum,
    (lane, k) => sumOf(lane.slice(0, k + 1)),
    (lane, k) => total(lane.slice(0, k + 1)),
  ),
];
