import {
  grad,
  lu,
  matmul,
  mul,
  Random,
  ShapeError,
  SingularMatrixError,
  sum,
  take,
  tensor,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../../support/arbitraries.ts";

const NAN = Number.NaN;

describe("lu", () => {
  it("gives A[permutation] = L·U with rows exchanged: by hand", () => {
    const { L, U, permutation, sign } = lu(
      tensor([
        [1, 2],
        [2, 2],
      ]),
    );
    expect(L.toArray()).toEqual([
      [1, 0],
      [0.5, 1],
    ]);
    expect(U.toArray()).toEqual([
      [2, 2],
      [0, 1],
    ]);
    expect(permutation.toArray()).toEqual([1, 0]);
    expect(sign.item()).toBe(-1);
  });

  it("factors each matrix of a stack on its own, of any shape", () => {
    for (const [m, n] of [
      [3, 5],
      [5, 3],
      [4, 4],
      [1, 1],
    ]) {
      const A = new Random(m).normal([2, 3, m, n]);
      const { L, U, permutation, sign } = lu(A);
      expect(L.shape).toEqual([2, 3, m, Math.min(m, n)]);
      expect(U.shape).toEqual([2, 3, Math.min(m, n), n]);
      expect(permutation.shape).toEqual([2, 3, m]);
      expect(sign.shape).toEqual([2, 3]);
      for (let b = 0; b < 6; b++) {
        const of = (x: typeof A, ...shape: number[]) => {
          const size = shape.reduce((product, length) => product * length, 1);
          return tensor(x.data.slice(b * size, (b + 1) * size), shape);
        };
        const k = Math.min(m, n);
        const product = matmul(of(L, m, k), of(U, k, n));
        const expected = take(of(A, m, n), Array.from(of(permutation, m).data), 0);
        // (k + 1)·eps·|L||U| covers elimination and the product; |L| ≤ 1 and U grows by less than 2^{k−1}
        product.data.forEach((value, at) => {
          expectWithin(value, expected.data[at], (k + 1) * k * 2 ** (k - 1) * 4 * EPSILON);
        });
      }
    }
  });

  it("takes empty matrices and empty stacks", () => {
    expect(lu(zeros([0, 3])).U.shape).toEqual([0, 3]);
    expect(lu(zeros([3, 0])).L.shape).toEqual([3, 0]);
    expect(lu(zeros([3, 0])).permutation.toArray()).toEqual([0, 1, 2]);
    expect(lu(zeros([0, 2, 2])).sign.shape).toEqual([0]);
    expect(lu(zeros([2, 0, 0])).sign.toArray()).toEqual([1, 1]);
  });

  it("never throws forwards: singular, NaN, infinite", () => {
    expect(lu(zeros([2, 2])).U.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(
      lu(
        tensor([
          [NAN, 1],
          [1, Number.POSITIVE_INFINITY],
        ]),
      ).L.at(1, 0),
    ).toBe(NAN);
  });

  it("throws in the gradient where U has a zero on its diagonal, naming the place", () => {
    const A = variable([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [2, 4],
      ],
    ]);
    const { U } = lu(A);
    expect(() => grad(sum(U), [A])).toThrow(
      new SingularMatrixError("the gradient of lu: A is singular; its pivot U[1,1,1] = 0", 1, [1]),
    );
  });

  it("keeps cotangents of what is constant out of the gradient, be they NaN", () => {
    const A = variable([
      [4, 1],
      [1, 3],
    ]);
    const { L, U } = lu(A);
    const weightsL = tensor([
      [NAN, NAN],
      [1, NAN],
    ]);
    const weightsU = tensor([
      [1, 0],
      [NAN, 0],
    ]);
    expect(grad(sum(mul(L, weightsL)), [A])[0].toArray()).toEqual([
      [-1 / 16, 0], // L₁₀ = a₁₀/a₀₀
      [1 / 4, 0],
    ]);
    expect(grad(sum(mul(U, weightsU)), [A])[0].toArray()).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it("says what does not fit", () => {
    expect(() => lu(tensor([1, 2]))).toThrow(new ShapeError("lu: A must be a matrix or a stack of them; got [2]"));
    expect(() => lu(3)).toThrow(ShapeError);
  });
});
