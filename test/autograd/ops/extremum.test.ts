import { argMax, DomainError, grad, max, min, mul, ShapeError, sum, tensor, Variable, variable } from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("max and min", () => {
  const x = tensor([
    [3, 1, 2],
    [0, 5, -4],
  ]);

  it("choose over all axes, one, or several", () => {
    expect([max(x).item(), min(x).item()]).toEqual([5, -4]);
    expect(max(x, 0).toArray()).toEqual([3, 5, 2]);
    expect(min(x, -1, { keepDims: true }).toArray()).toEqual([[1], [-4]]);
    expect(max(x, []).toArray()).toEqual(x.toArray());
    expect(max(tensor([[[1, 9]], [[8, 2]]]), [0, 2]).toArray()).toEqual([9]);
    expect(max(-3).item()).toBe(-3);
    expect([max(tensor([-INF, -INF])).item(), min(tensor([INF, INF])).item()]).toEqual([-INF, INF]);
  });

  it("share the gradient equally among ties, signed zeros included", () => {
    const y = variable([
      [2, 2, 1],
      [0, -0, -1],
    ]);
    expect(grad(sum(max(y, 1)), [y])[0].toArray()).toEqual([
      [0.5, 0.5, 0],
      [0.5, 0.5, 0],
    ]);
    expect(grad(min(variable([1, 1, 1])), [y])[0].toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it("have a gradient that is differentiable at ties: by its cotangent, it is the mean over them", () => {
    const [y, c] = [variable([2, 1, 2]), variable(3)];
    const [gradient] = grad(mul(max(y), c), [y], { createGraph: true });
    expect(gradient.toArray()).toEqual([1.5, 0, 1.5]);
    const [byCotangent, again] = grad(sum(mul(gradient, tensor([10, 100, 30]))), [c, y]);
    expect(byCotangent.item()).toBe(20);
    expect(again.toArray()).toEqual([0, 0, 0]);
  });

  it("give nothing to the elements that were not chosen, even of an infinite cotangent", () => {
    const y = variable([1, 2, 3]);
    expect(grad(mul(max(y), INF), [y])[0].toArray()).toEqual([0, 0, INF]);
    expect(grad(mul(min(y), NAN), [y])[0].toArray()).toEqual([NAN, 0, 0]);
  });

  it("let NaN through, and give it the gradient", () => {
    const y = variable([1, NAN, 3, NAN]);
    expect(max(y).item()).toBe(NAN);
    expect(min(y).item()).toBe(NAN);
    expect(grad(max(y), [y])[0].toArray()).toEqual([0, 0.5, 0, 0.5]);
  });

  it("refuse to choose from nothing, but not to have nothing to do", () => {
    const empty = tensor([], [2, 0]);
    expect(() => max(empty)).toThrow(new DomainError("max: nothing has no max; got [0], empty along axis 0"));
    expect(() => min(empty, 1)).toThrow(new DomainError("min: nothing has no min; got [2,0], empty along axis 1"));
    expect(max(empty, 0).toArray()).toEqual([]);
    expect(() => max(x, 2)).toThrow(ShapeError);
    expect(() => max("x" as never)).toThrow(DomainError);
  });
});

describe("argMax", () => {
  it("is the index of the first largest element, or of the first NaN", () => {
    const x = tensor([
      [1, 5, 5],
      [NAN, 7, NAN],
      [-INF, -INF, -INF],
    ]);
    expect(argMax(x, 1).toArray()).toEqual([1, 0, 0]);
    expect(argMax(tensor([1, 2, NAN, 9, NAN]), -1).item()).toBe(2);
    expect(
      argMax(
        tensor([
          [1, 5],
          [2, 4],
        ]),
        0,
      ).toArray(),
    ).toEqual([1, 0]);
    expect(argMax(tensor([], [0, 3]), 1).toArray()).toEqual([]);
  });

  it("remembers nothing", () => {
    const x = variable([1, 2]);
    const index = argMax(x, 0);
    expect(index).toBeInstanceOf(Variable);
    expect(index.source).toBe(null);
  });

  it("refuses what has no axis, and an empty one", () => {
    expect(() => argMax(3, 0)).toThrow(ShapeError);
    expect(() => argMax(tensor([1]), 1)).toThrow(ShapeError);
    expect(() => argMax(tensor([1]), undefined as never)).toThrow(ShapeError);
    expect(() => argMax(tensor([], [2, 0]), 1)).toThrow(DomainError);
  });
});
