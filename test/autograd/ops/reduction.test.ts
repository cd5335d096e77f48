import { logSumExp, mean, ShapeError, sum, tensor } from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("reductions", () => {
  it("sum over all axes, one, several, keeping them or not", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(sum(x).item()).toBe(36);
    expect(sum(x, 0).toArray()).toEqual([
      [6, 8],
      [10, 12],
    ]);
    expect(sum(x, -1).toArray()).toEqual([
      [3, 7],
      [11, 15],
    ]);
    expect(sum(x, [0, 2]).toArray()).toEqual([14, 22]);
    expect(sum(x, [2, 0], { keepDims: true }).toArray()).toEqual([[[14], [22]]]);
    expect(sum(x, []).toArray()).toEqual(x.toArray());
    expect(mean(x, [1, 2]).toArray()).toEqual([2.5, 6.5]);
    expect(sum(tensor([], [0, 2]), 0).toArray()).toEqual([0, 0]);
    expect(mean(tensor([], [0])).item()).toBe(NAN);
  });

  it("say which axis is not there, or there twice", () => {
    expect(() => sum(tensor([1]), 1)).toThrow(new ShapeError("sum: no such axis; got axis 1 of a tensor of rank 1"));
    expect(() => sum(tensor([[1]]), [0, -2])).toThrow("sum: an axis may be named once; got [0,-2]");
  });

  it("logSumExp neither overflows nor loses small terms", () => {
    expect(logSumExp(tensor([1000, 1000])).item()).toBe(1000 + Math.LN2);
    expect(logSumExp(tensor([0, -40])).item()).toBe(Math.log1p(Math.exp(-40)));
    expect(logSumExp(tensor([-INF, -INF])).item()).toBe(-INF);
    expect(logSumExp(tensor([INF, 0])).item()).toBe(INF);
    expect(logSumExp(tensor([NAN, 0])).item()).toBe(NAN);
    expect(logSumExp(tensor([], [2, 0]), 1).toArray()).toEqual([-INF, -INF]);
  });
});
