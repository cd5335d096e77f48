import { det, exp, grad, jacobian, matmul, matrixExp, Random, ShapeError, sum, tensor, variable, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../../support/arbitraries.ts";

describe("matrixExp", () => {
  it("is I + A for a nilpotent A, and I for 0, each matrix of a stack", () => {
    const Y = matrixExp(tensor([0, 1, 0, 0, 0, 0, 0, 0], [2, 2, 2]));
    [1, 1, 0, 1, 1, 0, 0, 1].forEach((value, k) => {
      expectWithin(Y.data[k], value, 4 * EPSILON);
    });
    expect(matrixExp(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  });

  it("has the inverse exp(−A) and the determinant exp(tr A)", () => {
    const A = new Random(5).normal([4, 4]);
    const negative = tensor(
      A.data.map((value) => -value),
      [4, 4],
    );
    const product = matmul(matrixExp(A), matrixExp(negative)).data;
    const norm = (x: Float64Array): number => Math.sqrt(x.reduce((total, value) => total + value * value, 0));
    // each factor has a relative error of 16·eps·(1 + ‖A‖) or less, and the product rounds by 4·eps
    const bound = 64 * EPSILON * (1 + norm(A.data)) * norm(matrixExp(A).data) * norm(matrixExp(negative).data);
    product.forEach((value, k) => {
      expectWithin(value, k % 5 === 0 ? 1 : 0, bound);
    });
    const trace = [0, 1, 2, 3].reduce((total, i) => total + A.at(i, i), 0);
    expectWithin(det(matrixExp(A)).item(), Math.exp(trace), bound * Math.exp(trace) * 4);
  });

  it("of a 1×1 matrix is exp, with all its derivatives", () => {
    const x = variable([[0.7]]);
    let [y, expected] = [sum(matrixExp(x)), Math.exp(0.7)];
    for (let order = 0; order < 4; order++) {
      expectWithin(y.item(), expected, 64 * EPSILON * expected, `derivative ${order}`);
      [y] = grad(sum(y), [x], { createGraph: true });
    }
    expectWithin(exp(0.7).item(), expected, 4 * EPSILON * expected);
  });

  it("has at 0 the derivative E in the direction E", () => {
    const J = jacobian(matrixExp, zeros([2, 2]));
    J.data.forEach((value, k) => {
      expectWithin(value, k % 5 === 0 ? 1 : 0, 16 * EPSILON);
    });
  });

  it("is NaN where an entry is not finite", () => {
    expect(matrixExp(tensor([[Number.POSITIVE_INFINITY]])).item()).toBe(Number.NaN);
  });

  it("says what does not fit", () => {
    expect(() => matrixExp(zeros([2, 3]))).toThrow(new ShapeError("matrixExp: A must be square; got [2,3]"));
  });
});
