import {
  DomainError,
  grad,
  inv,
  matmul,
  Random,
  ShapeError,
  SingularMatrixError,
  solve,
  sum,
  Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeds } from "../../../support/arbitraries.ts";
import { withCondition } from "../../../support/randomMatrices.ts";
import { identity, norm1, residual } from "../../../support/residual.ts";

/** Matrices of order up to 40, harmless and nearly singular. */
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 10, 2e7, 4e14), seeds)
  .map(([n, kappa, seed]) => {
    const random = new Random(seed);
    return { n, random, A: kappa === 0 ? random.normal([n, n]).data : withCondition(kappa, n, random) };
  });

/** Integers and halves whose elimination is exact, with the first zero pivot at `index`. */
const singular = fc
  .integer({ min: 1, max: 20 })
  .chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1), seeds))
  .map(([n, index, seed]) => {
    const random = new Random(seed);
    const halves = random.integers([n, n], 3).data.map((value) => (value - 1) / 2);
    const integers = random.integers([n, n], 5).data.map((value) => value - 2);
    const A = new Float64Array(n * n);
    const order = random.permutation(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let entry = 0;
        for (let k = 0; k <= Math.min(i, j); k++) {
          const l = i === k ? 1 : halves[i * n + k];
          const u = j > k ? integers[k * n + j] : k === index ? 0 : integers[k * n + k] < 0 ? -2 : 2;
          entry += l * u;
        }
        A[order[i] * n + j] = entry;
      }
    }
    return { A: new Tensor(A, [n, n]), index };
  });

function errorOf(f: () => unknown): SingularMatrixError {
  try {
    f();
  } catch (error) {
    if (error instanceof SingularMatrixError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("solve", () => {
  it("keeps the residual ratio ‖b − Ax‖/(‖A‖‖x‖·2⁻⁵³)/n below 10", () => {
    fc.assert(
      fc.property(matrices, ({ n, random, A }) => {
        const b = random.normal([n]);
        const x = solve(new Tensor(A, [n, n]), b);
        const error = norm1(residual(b.data, A, x.data, n, 1), 1);
        expect(error / (norm1(A, n) * norm1(x.data, 1) * 2 ** -53) / n < 10).toBe(true);
      }),
    );
  });

  it("exchanges rows: by hand, for a vector and for columns", () => {
    const A = tensor([
      [0, 2],
      [1, 0],
    ]);
    expect(solve(A, tensor([2, 3])).toArray()).toEqual([3, 1]);
    expect(
      solve(
        A,
        tensor([
          [2, 4],
          [3, 5],
        ]),
      ).toArray(),
    ).toEqual([
      [3, 5],
      [1, 2],
    ]);
  });

  it("broadcasts leading axes, and takes a B with one axis for one vector", () => {
    expect(solve(zeros([0, 3, 3]), tensor([1, 2, 3])).shape).toEqual([0, 3]);
    const A = tensor([2, 0, 0, 4, 1, 0, 0, 1], [2, 2, 2]);
    expect(solve(A, tensor([8, 8])).toArray()).toEqual([
      [4, 2],
      [8, 8],
    ]);
    expect(solve(A, tensor([[8], [8]])).shape).toEqual([2, 2, 1]);
    expect(solve(tensor([[2]]), zeros([5, 4, 1, 3])).shape).toEqual([5, 4, 1, 3]);
    expect(solve(tensor([[2]]), zeros([1, 0])).shape).toEqual([1, 0]);
    expect(solve(zeros([0, 0]), zeros([0, 2])).shape).toEqual([0, 2]);
  });

  it("says at which pivot a matrix is singular, exactly", () => {
    fc.assert(
      fc.property(singular, ({ A, index }) => {
        for (const f of [() => solve(A, zeros([A.shape[0]])), () => inv(A)]) {
          expect(errorOf(f)).toMatchObject({ index, batch: [], code: "SINGULAR_MATRIX" });
        }
      }),
    );
    expect(errorOf(() => solve(zeros([2, 2]), tensor([1, 1]))).message).toBe(
      "solve: A is singular; its pivot U[0,0] = 0",
    );
    const second = tensor([1, 0, 0, 1, 1, 2, 2, 4], [1, 2, 2, 2]);
    expect(errorOf(() => inv(second))).toMatchObject({
      message: "inv: A is singular; its pivot U[0,1,1,1] = 0",
      index: 1,
      batch: [0, 1],
    });
  });

  it("lets NaN through", () => {
    expect(solve(tensor([[Number.NaN]]), tensor([1])).item()).toBe(Number.NaN);
  });

  it("factors once: the gradient with respect to a shared A is the sum over the right-hand sides", () => {
    const A = variable([
      [2, 1],
      [0, 4],
    ]);
    const B = new Random(3).normal([3, 2, 1]);
    const [together] = grad(sum(solve(A, B)), [A]);
    const columns = tensor([0, 1].map((i) => [0, 1, 2].map((b) => B.at(b, i, 0))));
    const [apart] = grad(sum(solve(A, columns)), [A]);
    together.data.forEach((value, k) => {
      expect(Math.abs(value - apart.data[k]) <= 1e-14).toBe(true);
    });
  });

  it("says what does not fit", () => {
    const A = tensor([
      [1, 0],
      [0, 1],
    ]);
    expect(() => solve(zeros([2, 3]), zeros([2]))).toThrow(new ShapeError("solve: A must be square; got [2,3]"));
    expect(() => solve(zeros([2]), zeros([2]))).toThrow("solve: A must be a matrix or a stack of them; got [2]");
    expect(() => solve(A, zeros([3]))).toThrow("solve: B must have as many rows as A; [2,2] and [3]");
    expect(() => solve(A, zeros([3, 2]))).toThrow("solve: B must have as many rows as A; [2,2] and [3,2]");
    expect(() => solve(A, 1)).toThrow("solve: B must have as many rows as A; [2,2] and []");
    expect(() => solve(zeros([2, 2, 2]), zeros([3, 2, 1]))).toThrow("solve: shapes do not broadcast; [2] and [3]");
    expect(() => solve(A, null as never)).toThrow(DomainError);
  });
});

describe("inv", () => {
  it("keeps the ratio ‖I − A·A⁻¹‖/(n·‖A‖‖A⁻¹‖·2⁻⁵³) below 10", () => {
    fc.assert(
      fc.property(matrices, ({ n, A }) => {
        const inverse = inv(new Tensor(A, [n, n])).data;
        const error = norm1(residual(identity(n), A, inverse, n, n), n);
        expect(error / (n * norm1(A, n) * norm1(inverse, n) * 2 ** -53) < 10).toBe(true);
      }),
    );
  });

  it("inverts by hand, each matrix of a stack, and nothing", () => {
    const A = tensor([0, 2, 1, 0, 4, 0, 0, -2], [2, 2, 2]);
    expect(inv(A).toArray()).toEqual([
      [
        [0, 1],
        [0.5, 0],
      ],
      [
        [0.25, 0],
        [-0, -0.5],
      ],
    ]);
    expect(inv(zeros([3, 0, 0])).shape).toEqual([3, 0, 0]);
    expect(matmul(inv(zeros([0, 0])), zeros([0, 0])).shape).toEqual([0, 0]);
  });

  it("says what does not fit", () => {
    expect(() => inv(zeros([2, 3]))).toThrow(new ShapeError("inv: A must be square; got [2,3]"));
    expect(() => inv(5)).toThrow("inv: A must be a matrix or a stack of them; got []");
  });
});
