import { matmul, Random, ShapeError, Tensor, tensor, transpose } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const NAN = Number.NaN;

describe("matmul", () => {
  it("is the product of matrices in its three layouts, against the sum that defines it", () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.nat(9), fc.nat(1000), (M, N, K, seed) => {
        const random = new Random(seed);
        const [A, B] = [random.normal([M, K]), random.normal([K, N])];
        const expected = Array.from({ length: M }, (_, i) =>
          Array.from({ length: N }, (__, j) =>
            Array.from({ length: K }, (___, k) => A.at(i, k) * B.at(k, j)).reduce((s, v) => s + v, 0),
          ),
        );
        for (const product of [matmul(A, B), matmul(transpose(A), B, "TN"), matmul(A, transpose(B), "NT")]) {
          expect(product.shape).toEqual([M, N]);
          expect(product.toArray()).toEqual(expected); // the same order of sums: the same bits
        }
      }),
    );
  });

  it("says what does not fit, as the operands are read", () => {
    const [a, b] = [tensor([[1, 2, 3]]), tensor([[1, 2]])];
    expect(() => matmul(a, b)).toThrow(new ShapeError("matmul: inner sizes differ; [1,3] · [1,2]"));
    expect(() => matmul(a, b, "NT")).toThrow("matmul: inner sizes differ; [1,3] · [1,2]ᵀ");
    expect(() => matmul(tensor([1]), b)).toThrow("matmul: operands must be matrices; [1] · [1,2]");
    expect(() => matmul(a, b, "TT" as never)).toThrow('matmul: the layout is "NN", "TN" or "NT"; got TT');
  });

  it("lets NaN through, wherever it stands", () => {
    const A = new Random(1).normal([5, 5]).data.slice();
    A[24] = NAN;
    const product = matmul(new Tensor(A, [5, 5]), new Random(2).normal([5, 3]));
    expect(product.at(4, 2)).toBe(NAN);
    expect(Number.isFinite(product.at(3, 2))).toBe(true);
  });
});
