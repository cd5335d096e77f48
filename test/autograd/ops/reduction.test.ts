import {
  cumsum,
  DomainError,
  grad,
  logSoftmax,
  logSumExp,
  mean,
  prod,
  ShapeError,
  softmax,
  sum,
  tensor,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

const cube = tensor([
  [
    [1, 2],
    [3, 4],
  ],
  [
    [5, 6],
    [7, 8],
  ],
]);

describe("sum and mean", () => {
  it("go over all axes, one, several, keeping them or not", () => {
    expect(sum(cube).item()).toBe(36);
    expect(sum(cube, 0).toArray()).toEqual([
      [6, 8],
      [10, 12],
    ]);
    expect(sum(cube, -1).toArray()).toEqual([
      [3, 7],
      [11, 15],
    ]);
    expect(sum(cube, [0, 2]).toArray()).toEqual([14, 22]);
    expect(sum(cube, [2, 0], { keepDims: true }).toArray()).toEqual([[[14], [22]]]);
    expect(sum(cube, []).toArray()).toEqual(cube.toArray());
    expect(mean(cube, [1, 2]).toArray()).toEqual([2.5, 6.5]);
  });

  it("of nothing are 0 and NaN", () => {
    expect(sum(tensor([], [0, 2]), 0).toArray()).toEqual([0, 0]);
    expect(mean(tensor([], [0])).item()).toBe(NAN);
  });

  it("say which axis is not there, or there twice, and what is no axis or option", () => {
    expect(() => sum(tensor([1]), 1)).toThrow(new ShapeError("sum: no such axis; got axis 1 of a tensor of rank 1"));
    expect(() => sum(tensor([[1]]), [0, -2])).toThrow("sum: an axis may be named once; got [0,-2]");
    expect(() => sum(tensor([1]), NAN)).toThrow(ShapeError);
    expect(() => sum(tensor([1]), "0" as never)).toThrow(
      new DomainError('sum: axes are a number or a list of them; got "0"'),
    );
    for (const options of [null, true, { keepDims: 1 }]) {
      expect(() => mean(tensor([1]), 0, options as never)).toThrow(DomainError);
    }
  });
});

describe("prod", () => {
  it("is 1 of nothing, and multiplies over axes that are no neighbours", () => {
    expect(prod(tensor([], [0])).item()).toBe(1);
    expect(prod(tensor([], [0, 2]), 0, { keepDims: true }).toArray()).toEqual([[1, 1]]);
    expect(prod(cube, [0, 2]).toArray()).toEqual([60, 672]);
    expect(prod(7).item()).toBe(7);
  });

  it("has a gradient where elements are 0: the product of all the others", () => {
    const gradient = (values: number[]): unknown => {
      const x = variable(values);
      return grad(prod(x), [x])[0].toArray();
    };
    expect(gradient([2, 0, 3, 5])).toEqual([0, 30, 0, 0]);
    expect(gradient([2, 0, 0, 5])).toEqual([0, 0, 0, 0]);
    expect(gradient([2, 3, 4])).toEqual([12, 8, 6]);
    const empty = variable(tensor([], [0]));
    expect(grad(prod(empty), [empty])[0].toArray()).toEqual([]);
  });

  it("has second derivatives at two zeros, where the first are all 0", () => {
    const x = variable([2, 0, 0, 5]);
    const [first] = grad(prod(x), [x], { createGraph: true });
    expect(grad(sum(first), [x])[0].toArray()).toEqual([0, 10, 10, 0]);
  });
});

describe("logSumExp", () => {
  it("neither overflows nor loses small terms", () => {
    expect(logSumExp(tensor([1000, 1000])).item()).toBe(1000 + Math.LN2);
    expect(logSumExp(tensor([0, -40])).item()).toBe(Math.log1p(Math.exp(-40)));
    expect(logSumExp(tensor([NAN, 0])).item()).toBe(NAN);
    expect(logSumExp(tensor([], [2, 0]), 1).toArray()).toEqual([-INF, -INF]);
    expectWithin(logSumExp(tensor([[[0]], [[1]]]), [0, 2]).at(0), Math.log(1 + Math.E), 4 * EPSILON);
  });

  it("returns an infinite maximum, and shares its gradient among the elements that reach it", () => {
    const valueAndGradient = (values: number[]): unknown[] => {
      const x = variable(values);
      const y = logSumExp(x);
      return [y.item(), grad(y, [x])[0].toArray()];
    };
    expect(valueAndGradient([INF, 0])).toEqual([INF, [1, 0]]);
    expect(valueAndGradient([INF, -INF, INF, 3])).toEqual([INF, [0.5, 0, 0.5, 0]]);
    expect(valueAndGradient([-INF, -INF])).toEqual([-INF, [0.5, 0.5]]);
    expect(valueAndGradient([-INF, 3])).toEqual([3, [0, 1]]);
  });
});

describe("softmax and logSoftmax", () => {
  it("are shares of the whole, and their logarithms, however large the numbers", () => {
    expect(softmax(tensor([1000, 1000])).toArray()).toEqual([0.5, 0.5]);
    expect(softmax(tensor([0, -800])).toArray()).toEqual([1, 0]);
    expect(logSoftmax(tensor([0, -800])).toArray()).toEqual([0, -800]);
    expect(softmax(tensor([[1], [1]]), 0).toArray()).toEqual([[0.5], [0.5]]);
    expect(softmax(tensor([[7], [8]])).toArray()).toEqual([[1], [1]]);
    expect(softmax(tensor([], [0, 3])).shape).toEqual([0, 3]);
    expect(logSoftmax(tensor([], [2, 0])).shape).toEqual([2, 0]);
  });

  it("keep the digits of logarithms near 0: that of 1/(1 + e⁻⁴⁰) is −e⁻⁴⁰, at any height", () => {
    for (const height of [0, 1000, -1e6]) {
      const y = logSoftmax(tensor([height, height - 40]));
      expectWithin(y.at(0), -Math.exp(-40), 4 * EPSILON * Math.exp(-40));
      expect(y.at(1)).toBe(-40);
    }
  });

  it("share 1 among the elements that reach an infinite maximum; NaN makes everything NaN", () => {
    expect(softmax(tensor([INF, 0, INF])).toArray()).toEqual([0.5, 0, 0.5]);
    expect(logSoftmax(tensor([INF, 0, INF])).toArray()).toEqual([-Math.LN2, -INF, -Math.LN2]);
    expect(softmax(tensor([-INF, -INF])).toArray()).toEqual([0.5, 0.5]);
    expect(softmax(tensor([NAN, 0])).toArray()).toEqual([NAN, NAN]);
    expect(logSoftmax(tensor([INF, NAN])).toArray()).toEqual([NAN, NAN]);
  });

  it("say which axis is not there", () => {
    expect(() => softmax(1)).toThrow(new ShapeError("softmax: no such axis; got axis -1 of a tensor of rank 0"));
    expect(() => logSoftmax(tensor([1]), 1)).toThrow(ShapeError);
    expect(() => softmax(tensor([1]), "0" as never)).toThrow(ShapeError);
  });
});

describe("cumsum", () => {
  it("adds up along its axis, the last if none is named", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(cumsum(x).toArray()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    expect(cumsum(x, 0).toArray()).toEqual([
      [1, 2, 3],
      [5, 7, 9],
    ]);
    expect(cumsum(tensor([], [0])).toArray()).toEqual([]);
    expect(cumsum(tensor([1, NAN, 2])).toArray()).toEqual([1, NAN, NAN]);
    expect(() => cumsum(x, 2)).toThrow(ShapeError);
    expect(() => cumsum(3)).toThrow(ShapeError);
  });
});
