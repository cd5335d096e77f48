import { DomainError, grad, norm, ShapeError, std, sum, Tensor, tensor, variable, variance } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("norm", () => {
  it("is the length of vectors, of matrices as one vector, and of lists of axes", () => {
    expect(norm(tensor([3, 4])).item()).toBe(5);
    expect(
      norm(
        tensor([
          [3, 0],
          [0, 4],
        ]),
      ).item(),
    ).toBe(5);
    expect(
      norm(
        tensor([
          [3, 4],
          [6, 8],
        ]),
        1,
        { keepDims: true },
      ).toArray(),
    ).toEqual([[5], [10]]);
    expect(norm(tensor([], [2, 0]), 1).toArray()).toEqual([0, 0]);
    expect(norm(-2).item()).toBe(2);
  });

  it("neither overflows nor underflows before its result does", () => {
    expect(norm(tensor([3e300, 4e300])).item()).toBe(5e300);
    expectWithin(norm(tensor([3e-300, 4e-300])).item(), 5e-300, 2 * EPSILON * 5e-300);
    expect(norm(tensor([3 * 2 ** -1074, 4 * 2 ** -1074])).item()).toBe(5 * 2 ** -1074);
    expect(norm(new Tensor(new Float64Array(4).fill(1e308), [4])).item()).toBe(INF); // 2e308 does
    expect(norm(tensor([1e-200, 1e200])).item()).toBe(1e200);
  });

  it("is NaN if an element is, else infinite if one is", () => {
    expect(norm(tensor([NAN, INF])).item()).toBe(NAN);
    expect(norm(tensor([-INF, 1])).item()).toBe(INF);
  });

  it("has a gradient of length 1, and 0 at the zero vector, to every order", () => {
    const x = variable([
      [3, 4],
      [0, 0],
      [3e-320, 4e-320],
    ]);
    const [first] = grad(sum(norm(x, 1)), [x], { createGraph: true });
    const rows = first.toArray() as number[][];
    expect(rows.slice(0, 2)).toEqual([
      [0.6, 0.8],
      [0, 0],
    ]);
    // the numbers of the third row have 13 bits
    expectWithin(rows[2][0], 0.6, 1e-3);
    expectWithin(rows[2][1], 0.8, 1e-3);
    const zero = variable([0, 0]);
    const [direction] = grad(norm(zero), [zero], { createGraph: true });
    expect(grad(sum(direction), [zero])[0].toArray()).toEqual([0, 0]);
  });
});

describe("variance and std", () => {
  it("divide by n, or by n − correction", () => {
    const x = tensor([1, 2, 3, 4]);
    expect(variance(x).item()).toBe(1.25);
    expect(variance(x, 0, { correction: 1 }).item()).toBe(5 / 3);
    expectWithin(std(x).item(), Math.sqrt(1.25), 2 * EPSILON);
    expect(
      variance(
        tensor([
          [1, 3],
          [5, 5],
        ]),
        1,
        { keepDims: true },
      ).toArray(),
    ).toEqual([[1], [0]]);
    expect(
      std(
        tensor([
          [[1], [3]],
          [[1], [3]],
        ]),
        [0, 2],
      ).toArray(),
    ).toEqual([0, 0]);
  });

  it("keep their digits beside a large mean, and std those of large numbers", () => {
    expect(variance(tensor([1e9, 1e9 + 1, 1e9, 1e9 + 1])).item()).toBe(0.25);
    expect(std(tensor([-1e200, 1e200])).item()).toBe(1e200);
    expectWithin(std(tensor([-1e-200, 1e-200])).item(), 1e-200, 2 * EPSILON * 1e-200);
  });

  it("are NaN where there is nothing to divide by", () => {
    expect(variance(tensor([], [0])).item()).toBe(NAN);
    expect(variance(tensor([7]), 0, { correction: 1 }).item()).toBe(NAN);
    expect(std(tensor([7]), 0, { correction: 2 }).item()).toBe(NAN);
    expect(variance(tensor([1, 3]), 0, { correction: 3 }).item()).toBe(INF);
  });

  it("have the gradient 0 where all elements are equal", () => {
    const x = variable([2, 2, 2, 2]);
    for (const moment of [variance, std]) expect(grad(moment(x), [x])[0].data.every((value) => value === 0)).toBe(true);
  });

  it("say what is no axis and no correction", () => {
    expect(() => variance(tensor([1]), 1)).toThrow(
      new ShapeError("variance: no such axis; got axis 1 of a tensor of rank 1"),
    );
    for (const correction of [NAN, INF, "1"]) {
      expect(() => std(tensor([1]), 0, { correction: correction as never })).toThrow(DomainError);
    }
  });
});
