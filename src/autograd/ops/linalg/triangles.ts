import type { Tensor } from "../../../tensor/tensor.ts";
import { apply, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { lastTwo } from "./stack.ts";

/** Keeps what lies on one side of a diagonal, selecting, not multiplying: 0 stands where x has NaN. Its own adjoint. */
const triangleRule: Rule<[x: Tensor], [lower: boolean, offset: number]> = {
  name: "triangle",
  shape: ([x]) => x.shape,
  forward([x], y, lower, offset) {
    const [m, n] = lastTwo(x.shape);
    for (let at = 0, row = 0; at < y.size; row = (row + 1) % m) {
      for (let j = 0; j < n; j++, at++) {
        const kept = lower ? j - row <= offset : j - row >= offset;
        y.data[at] = kept ? x.data[at] : 0;
      }
    }
  },
  vjp: (_inputs, _y, g, lower, offset) => [() => apply(triangleRule, [g], lower, offset)],
};

/** The entries with j − i ≤ k of each matrix, zeros elsewhere. */
export function tril(x: Tensor, k = 0): Variable {
  return apply(triangleRule, [x], true, k);
}

/** The entries with j − i ≥ k of each matrix, zeros elsewhere. */
export function triu(x: Tensor, k = 0): Variable {
  return apply(triangleRule, [x], false, k);
}
