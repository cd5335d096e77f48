import {
  cholesky,
  grad,
  mul,
  NotPositiveDefiniteError,
  Random,
  ShapeError,
  square,
  sum,
  tensor,
  variable,
  zeros,
} from "diffeo";
import * as distributions from "diffeo/distributions";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../../../support/arbitraries.ts";
import { poisoned } from "../../../support/randomMatrices.ts";

const A = tensor([
  [4, 2],
  [2, 2],
]);

describe("cholesky", () => {
  it("gives A = L·Lᵀ: by hand, and each matrix of a stack", () => {
    expect(cholesky(A).toArray()).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(cholesky(tensor([4, 9], [2, 1, 1])).toArray()).toEqual([[[2]], [[3]]]);
    expect(cholesky(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });

  it("never reads above the diagonal, forwards or backwards, and its gradient is zero there", () => {
    const results = [A, poisoned(A, "above")].map((values) => {
      const x = variable(values);
      const L = cholesky(x);
      const [g] = grad(sum(square(square(L))), [x], { createGraph: true });
      return [L, g, grad(sum(square(g)), [x])[0]];
    });
    expect(results[1].map(bitsOf)).toEqual(results[0].map(bitsOf));
    expect(results[1][1].at(0, 1)).toBe(0);
    expect(results[1][2].at(0, 1)).toBe(0);
  });

  it("counts an entry below the diagonal twice: the gradient of Σ L_ij² = tr A is I, of L₁₀ by hand", () => {
    const x = variable(A);
    const [trace] = grad(sum(square(cholesky(x))), [x]);
    [1, 0, 0, 1].forEach((value, k) => {
      expectWithin(trace.data[k], value, 16 * EPSILON);
    });
    const y = variable([
      [4, 0],
      [2, 2],
    ]);
    const [gradient] = grad(sum(cholesky(y)), [y]); // √a + b/√a + √(c − b²/a) at a = 4, b = 2, c = 2
    [1 / 4 - 1 / 8 + 1 / 8, 0, 1 / 2 - 1 / 2, 1 / 2].forEach((value, k) => {
      expectWithin(gradient.data[k], value, 16 * EPSILON);
    });
  });

  it("keeps cotangents of the zeros above L's diagonal out of the gradient, be they NaN", () => {
    const x = variable(A);
    const weights = tensor([
      [1, Number.NaN],
      [0, 0],
    ]);
    expect(grad(sum(mul(cholesky(x), weights)), [x])[0].toArray()).toEqual([
      [0.25, 0], // of √a₀₀
      [0, 0],
    ]);
  });

  it("says at which pivot a matrix turns out not to be positive definite, in a stack, too", () => {
    const error = (values: number[], shape: number[]): unknown => {
      try {
        return cholesky(tensor(values, shape));
      } catch (thrown) {
        return thrown;
      }
    };
    expect(error([1, 2, 2, 1], [2, 2])).toBeInstanceOf(NotPositiveDefiniteError);
    expect(error([1, 2, 2, 1], [2, 2])).toMatchObject({
      code: "NOT_POSITIVE_DEFINITE",
      index: 1,
      batch: [],
      message: "cholesky: A must be positive definite; the pivot of A[1,1] is not positive",
    });
    expect(error([1, Number.NaN], [2, 1, 1])).toMatchObject({ index: 0, batch: [1] });
    for (const index of [0, 7, 39]) {
      const data = new Random(1).normal([40, 40]).data.map((value, k) => (k % 41 === 0 ? 100 : value));
      data[index * 41] = 0;
      expect(error(Array.from(data), [40, 40])).toMatchObject({ index });
    }
  });

  it("throws the error that diffeo/distributions exports, too", () => {
    expect(distributions.NotPositiveDefiniteError).toBe(NotPositiveDefiniteError);
  });

  it("says what does not fit", () => {
    expect(() => cholesky(zeros([2, 3]))).toThrow(new ShapeError("cholesky: A must be square; got [2,3]"));
  });
});
