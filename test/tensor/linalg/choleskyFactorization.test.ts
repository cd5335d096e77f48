import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixAt } from "../../../src/tensor/kernels/block.ts";
import { matmul } from "../../../src/tensor/kernels/matrixProduct.ts";
import { cholesky } from "../../../src/tensor/linalg/choleskyFactorization.ts";
import { runs, seeds } from "../../support/arbitraries.ts";
import { norm1, residual, transposeOf } from "../../support/residual.ts";

/** M·Mᵀ + shift·I for a Gaussian M, exactly symmetric. */
function positiveDefinite(n: number, shift: number, random: Random): Float64Array {
  const M = random.normal([n, n]).data;
  const A = new Float64Array(n * n);
  matmul(A, M, M, n, n, n, "NT");
  for (let i = 0; i < n; i++) A[i * (n + 1)] += shift;
  return A;
}

const nanAbove = (A: Float64Array, n: number): Float64Array =>
  A.map((value, k) => (k % n > Math.floor(k / n) ? Number.NaN : value));

function factor(A: Float64Array, n: number, blockSize?: number): { L: Float64Array; pivot: number } {
  const L = new Float64Array(n * n).fill(7);
  return { pivot: cholesky(matrixAt(A, n, n), matrixAt(L, n, n), blockSize), L };
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 15, max: 64 }));

describe("cholesky", () => {
  it("keeps the residual ratio ‖A − LLᵀ‖₁/(n·‖A‖₁·2⁻⁵³) below 3 and never reads above the diagonal", () => {
    fc.assert(
      fc.property(sizes, seeds, fc.constantFrom(1, 1e-3, 1e-8), (n, seed, shift) => {
        const A = positiveDefinite(n, shift, new Random(seed));
        const { L, pivot } = factor(nanAbove(A, n), n);
        expect(pivot).toBe(-1);
        expect(norm1(residual(A, L, transposeOf(L, n, n), n, n), n) / (n * norm1(A, n) * 2 ** -53) < 3).toBe(true);
        L.forEach((value, k) => {
          if (k % n > Math.floor(k / n)) expect(value).toBe(0);
        });
      }),
    );
  });

  it("has the same bits for any block size, and finds the same pivot", () => {
    fc.assert(
      fc.property(sizes, seeds, fc.boolean(), (n, seed, spoiled) => {
        const A = positiveDefinite(n, 0.1, new Random(seed));
        if (spoiled) A[(seed % n) * (n + 1)] = -1;
        const unblocked = factor(A, n, 1);
        expect(unblocked.pivot).toBe(spoiled ? seed % n : -1);
        for (const blockSize of [3, 16, 32, n]) {
          const blocked = factor(A, n, blockSize);
          expect(blocked.pivot).toBe(unblocked.pivot);
          if (!spoiled) expect(blocked.L).toEqual(unblocked.L);
        }
      }),
      runs(1 / 2, 30),
    );
  });

  it("factors by hand: [4 ·; 2 2]", () => {
    expect(factor(Float64Array.of(4, Number.NaN, 2, 2), 2).L).toEqual(Float64Array.of(2, 0, 1, 1));
  });

  it("says at which pivot a matrix turns out not to be positive definite; 0 and NaN are not positive", () => {
    expect(factor(Float64Array.of(1, 0, 0, 0), 2).pivot).toBe(1);
    expect(factor(Float64Array.of(1, 2, 2, 1), 2).pivot).toBe(1);
    expect(factor(Float64Array.of(-1), 1).pivot).toBe(0);
    expect(factor(Float64Array.of(Number.NaN), 1).pivot).toBe(0);
    expect(factor(new Float64Array(0), 0).pivot).toBe(-1);
  });
});
