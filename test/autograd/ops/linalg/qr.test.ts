import { grad, mul, qr, ShapeError, SingularMatrixError, sum, tensor, variable, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../../support/arbitraries.ts";

describe("qr", () => {
  it("has orthonormal columns and a positive diagonal: by hand, [0 −2; 3 4]", () => {
    const { Q, R } = qr(
      tensor([
        [0, -2],
        [3, 4],
      ]),
    );
    [0, -1, 1, 0].forEach((value, k) => {
      expectWithin(Q.data[k], value, 4 * EPSILON);
    });
    [3, 4, 0, 2].forEach((value, k) => {
      expectWithin(R.data[k], value, 16 * EPSILON);
    });
  });

  it("is reduced: [m, k] and [k, n] with k = min(m, n), for stacks and for nothing", () => {
    for (const [m, n] of [
      [5, 3],
      [3, 5],
      [1, 4],
      [0, 3],
      [3, 0],
    ]) {
      const k = Math.min(m, n);
      const { Q, R } = qr(zeros([2, m, n]));
      expect(Q.shape).toEqual([2, m, k]);
      expect(R.shape).toEqual([2, k, n]);
    }
  });

  it("does not mind dependent columns forwards, and throws in the gradient", () => {
    const A = variable([
      [1, 2],
      [0, 0],
    ]);
    const { Q, R } = qr(A);
    expect(Q.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(R.toArray()).toEqual([
      [1, 2],
      [0, 0],
    ]);
    expect(() => grad(sum(R), [A])).toThrow(
      new SingularMatrixError("the gradient of qr: A must have full rank; R[1,1] = 0", 1),
    );
  });

  it("of one column is its direction and its length, with their gradients", () => {
    const a = variable([[3], [4]]);
    const { Q, R } = qr(a);
    expectWithin(R.item(), 5, 8 * EPSILON * 5);
    const [gR] = grad(R, [a]); // a/|a|
    expectWithin(gR.data[0], 0.6, 16 * EPSILON);
    expectWithin(gR.data[1], 0.8, 16 * EPSILON);
    const [gQ] = grad(sum(Q), [a]); // (I − qqᵀ)·1/|a|
    expectWithin(gQ.data[0], (1 - 0.6 * 1.4) / 5, 16 * EPSILON);
    expectWithin(gQ.data[1], (1 - 0.8 * 1.4) / 5, 16 * EPSILON);
  });

  it("keeps cotangents of the zeros below R's diagonal out of the gradient, be they NaN", () => {
    const A = variable([
      [3, 1],
      [0, 2],
    ]);
    const weights = tensor([
      [1, 0],
      [Number.NaN, 0],
    ]);
    const [gradient] = grad(sum(mul(qr(A).R, weights)), [A]); // of the first column's length
    [1, 0, 0, 0].forEach((value, k) => {
      expectWithin(gradient.data[k], value, 16 * EPSILON);
    });
  });

  it("says what does not fit", () => {
    expect(() => qr(tensor([1]))).toThrow(new ShapeError("qr: A must be a matrix or a stack of them; got [1]"));
  });
});
