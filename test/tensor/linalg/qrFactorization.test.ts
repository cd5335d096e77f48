import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixAt } from "../../../src/tensor/kernels/block.ts";
import { qr } from "../../../src/tensor/linalg/qrFactorization.ts";
import { expectWithin, seeds } from "../../support/arbitraries.ts";
import { FAMILIES, withSingularValues } from "../../support/randomMatrices.ts";
import { identity, norm1, residual, transposeOf } from "../../support/residual.ts";

function factor(A: Float64Array, m: number, n: number, blockSize?: number): { Q: Float64Array; R: Float64Array } {
  const k = Math.min(m, n);
  const [Q, R] = [new Float64Array(m * k), new Float64Array(k * n)];
  qr(matrixAt(A.slice(), m, n), matrixAt(Q, m, k), matrixAt(R, k, n), blockSize);
  return { Q, R };
}

/** ‖I − QᵀQ‖₁ and ‖A − QR‖₁/‖A‖₁ in units of m·2⁻⁵³, everything scaled by a power of two so that nothing overflows. */
function ratios(
  A: Float64Array,
  m: number,
  n: number,
  blockSize?: number,
): { orthogonality: number; residual: number } {
  const k = Math.min(m, n);
  const { Q, R } = factor(A, m, n, blockSize);
  const scale = 2 ** -Math.round(Math.log2(norm1(A, n) || 1));
  const [B, S] = [A, R].map((x) => x.map((value) => value * scale));
  const unit = m * 2 ** -53;
  const error = norm1(residual(B, Q, S, m, n), n);
  return {
    orthogonality: norm1(residual(identity(k), transposeOf(Q, m, k), Q, k, k), k) / unit,
    residual: error === 0 ? 0 : error / (norm1(B, n) * unit),
  };
}

function expectTriangularAndPositive(R: Float64Array, k: number, n: number): void {
  for (let i = 0; i < k; i++) {
    expect(R[i * n + i] >= 0).toBe(true);
    for (let j = 0; j < i; j++) expect(R[i * n + j]).toBe(0);
  }
}

describe("qr", () => {
  it("keeps both ratios below 15 for square, wide and tall matrices", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), seeds, (m, n, seed) => {
        const A = new Random(seed).normal([m, n]).data;
        const { orthogonality, residual: rest } = ratios(A, m, n);
        expect(orthogonality < 15).toBe(true);
        expect(rest < 15).toBe(true);
        expectTriangularAndPositive(factor(A, m, n).R, Math.min(m, n), n);
      }),
    );
  });

  it.each(Object.keys(FAMILIES))("keeps both ratios below 15: matrices %s", (family) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), seeds, (n, seed) => {
        const { orthogonality, residual: rest } = ratios(FAMILIES[family](n, new Random(seed)), n, n);
        expect(orthogonality < 15).toBe(true);
        expect(rest < 15).toBe(true);
      }),
    );
  });

  it("keeps both ratios below 15 when the rank is too low", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }), seeds, (m, n, seed) => {
        const random = new Random(seed);
        const rank = seed % Math.min(m, n);
        const A = withSingularValues(Array.from(random.uniform([rank], 1, 2).data), m, n, random);
        const { orthogonality, residual: rest } = ratios(A, m, n);
        expect(orthogonality < 15).toBe(true);
        expect(rest < 15).toBe(true);
      }),
    );
  });

  it("is backward stable for any block size, and the factors of well-conditioned matrices agree", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), seeds, (m, n, seed) => {
        const random = new Random(seed);
        const A = withSingularValues(Array.from(random.uniform([Math.min(m, n)], 1, 2).data), m, n, random);
        const unblocked = factor(A, m, n, 1);
        for (const blockSize of [3, 16, 32, n]) {
          const { orthogonality, residual: rest } = ratios(A, m, n, blockSize);
          expect(orthogonality < 15).toBe(true);
          expect(rest < 15).toBe(true);
          // two backward errors of at most 15·m·2⁻⁵³·√n each in Frobenius' norm, times √2·κ, κ = 2 (Stewart 1977), and twice that for
          // what is of higher order; the leading columns of a wide matrix may be worse conditioned than the matrix
          const { Q, R } = factor(A, m, n, blockSize);
          if (m < n) continue;
          const bound = 2 * (2 * 15 * m * 2 ** -53 * Math.sqrt(n)) * (Math.sqrt(2) * 2);
          Q.forEach((value, at) => {
            expectWithin(value, unblocked.Q[at], bound, `Q, entry ${at}`);
          });
          R.forEach((value, at) => {
            expectWithin(value, unblocked.R[at], 2 * bound, `R, entry ${at}`);
          });
        }
      }),
    );
  });

  it("factors by hand, with a row exchanged and a sign turned: [0 −2; 3 4]", () => {
    const { Q, R } = factor(Float64Array.of(0, -2, 3, 4), 2, 2);
    const expected = { Q: [0, -1, 1, 0], R: [3, 4, 0, 2] };
    expected.Q.forEach((value, at) => {
      expectWithin(Q[at], value, 4 * 2 ** -52);
    });
    expected.R.forEach((value, at) => {
      expectWithin(R[at], value, 16 * 2 ** -52);
    });
  });

  it("gives the diagonal of a diagonal matrix, positive, and leaves a zero matrix alone", () => {
    const { Q, R } = factor(Float64Array.of(-2, 0, 0, 3), 2, 2);
    expect([...Q].map((value) => value + 0)).toEqual([-1, 0, 0, 1]); // −0 + 0 is 0
    expect([...R].map((value) => value + 0)).toEqual([2, 0, 0, 3]);
    const zero = factor(new Float64Array(6), 3, 2);
    expect(Array.from(zero.Q)).toEqual([1, 0, 0, 1, 0, 0]);
    expect(Array.from(zero.R)).toEqual([0, 0, 0, 0]);
  });

  it("does not overflow or underflow on the way: columns of 1e300 and 1e-300", () => {
    const { Q, R } = factor(Float64Array.of(3e300, 0, 4e300, 5e-300), 2, 2);
    expectWithin(R[0] / 5e300, 1, 8 * 2 ** -52);
    expectWithin(R[3] / 3e-300, 1, 8 * 2 ** -52);
    expectWithin(Q[0], 0.6, 8 * 2 ** -52);
  });

  it("lets NaN through, and takes nothing for what it is", () => {
    expect(factor(Float64Array.of(1, 2, Number.NaN, 4), 2, 2).R[0]).toBe(Number.NaN);
    for (const [m, n] of [
      [0, 0],
      [0, 3],
      [3, 0],
    ]) {
      expect(factor(new Float64Array(0), m, n)).toEqual({ Q: new Float64Array(0), R: new Float64Array(0) });
    }
  });
});
