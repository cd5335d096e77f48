import {
  detach,
  equal,
  grad,
  greater,
  greaterEqual,
  isFinite,
  less,
  lessEqual,
  mul,
  ShapeError,
  sum,
  tensor,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("comparisons", () => {
  it("are 1 or 0; zeros are equal whatever their sign, and NaN compares with nothing", () => {
    const [a, b] = [tensor([1, 2, 2, -0, INF, NAN, NAN]), tensor([2, 1, 2, 0, INF, NAN, 1])];
    expect(less(a, b).toArray()).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(lessEqual(a, b).toArray()).toEqual([1, 0, 1, 1, 1, 0, 0]);
    expect(greater(a, b).toArray()).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(greaterEqual(a, b).toArray()).toEqual([0, 1, 1, 1, 1, 0, 0]);
    expect(equal(a, b).toArray()).toEqual([0, 0, 1, 1, 1, 0, 0]);
    expect(isFinite(tensor([1, -1e308, 5e-324, INF, -INF, NAN])).toArray()).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it.each(Object.entries({ less, lessEqual, greater, greaterEqual, equal }))(
    "%s broadcasts, or says why not",
    (name, f) => {
      expect(f(tensor([[1], [2]]), tensor([1, 2, 3])).shape).toEqual([2, 3]);
      expect(f(tensor([], [0, 1]), 1).shape).toEqual([0, 1]);
      expect(() => f(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
        new ShapeError(`${name}: shapes do not broadcast; [2] and [3]`),
      );
    },
  );

  it.each([...Object.entries({ less, lessEqual, greater, greaterEqual, equal }), ["isFinite", isFinite] as const])(
    "%s remembers nothing: it is constant in a gradient",
    (_name, f) => {
      const x = variable([1, 2]);
      const mask = f(x, 1);
      expect(mask.source).toBe(null);
      const [g] = grad(sum(mul(mask, x)), [x]);
      expect(g.toArray()).toEqual(detach(mask).toArray());
      expect(grad(sum(mask), [x])[0].toArray()).toEqual([0, 0]);
    },
  );
});
