import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixAt } from "../../../src/tensor/kernels/block.ts";
import { firstZeroOnDiagonal, lu, solveFactored } from "../../../src/tensor/linalg/luFactorization.ts";
import { runs, SPECIAL, seeds } from "../../support/arbitraries.ts";
import { FAMILIES } from "../../support/randomMatrices.ts";
import { identity, norm1, residual, transposeOf } from "../../support/residual.ts";

interface Factored {
  readonly LU: Float64Array;
  readonly L: Float64Array;
  readonly U: Float64Array;
  readonly permutation: Float64Array;
  readonly sign: number;
}

function factored(A: Float64Array, m: number, n: number, blockSize?: number): Factored {
  const LU = A.slice();
  const permutation = new Float64Array(m);
  const sign = lu(matrixAt(LU, m, n), permutation, blockSize);
  const k = Math.min(m, n);
  const L = Float64Array.from({ length: m * k }, (_, at) => {
    const [i, j] = [Math.floor(at / k), at % k];
    return j < i ? LU[i * n + j] : i === j ? 1 : 0;
  });
  const U = Float64Array.from({ length: k * n }, (_, at) => (at % n < Math.floor(at / n) ? 0 : LU[at]));
  return { LU, L, U, permutation, sign };
}

/** The rows of A in that order. */
function permuted(A: Float64Array, permutation: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: A.length }, (_, at) => A[permutation[Math.floor(at / n)] * n + (at % n)]);
}

/** ‖PA − LU‖₁/(n·‖A‖₁·2⁻⁵³), the residual of A scaled by a power of two so that products neither over- nor underflow. */
function ratio(A: Float64Array, { L, U, permutation }: Factored, m: number, n: number): number {
  const scale = 2 ** -Math.round(Math.log2(norm1(A, n) || 1));
  const scaled = (x: Float64Array): Float64Array => x.map((value) => value * scale);
  const size = norm1(scaled(A), n);
  const error = norm1(residual(scaled(permuted(A, permutation, n)), L, scaled(U), m, n), n);
  return error === 0 ? 0 : error / (Math.max(m, n) * size * 2 ** -53);
}

/** The sign of a permutation by counting inversions. */
function inversionSign(permutation: Float64Array): number {
  let sign = 1;
  permutation.forEach((value, i) => {
    for (let j = i + 1; j < permutation.length; j++) if (permutation[j] < value) sign = -sign;
  });
  return sign;
}

describe("lu", () => {
  it("swaps rows: by hand, [1 2 3; 4 5 6; 7 8 8]", () => {
    const { L, U, permutation, sign } = factored(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 8), 3, 3);
    expect(permutation).toEqual(Float64Array.of(2, 0, 1));
    expect(sign).toBe(1);
    const l21 = 4 / 7;
    const [u11, u12] = [2 - (1 / 7) * 8, 3 - (1 / 7) * 8];
    const l32 = (5 - l21 * 8) / u11;
    expect(L).toEqual(Float64Array.of(1, 0, 0, 1 / 7, 1, 0, l21, l32, 1));
    expect(U).toEqual(Float64Array.of(7, 8, 8, 0, u11, u12, 0, 0, 6 - l21 * 8 - l32 * u12));
  });

  it.each(Object.keys(FAMILIES))("keeps the residual ratio below 3, n ≤ 64: matrices %s", (family) => {
    let swapped = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const n = 1 + Math.floor(64 * random.uniform([]).item() ** 2);
        const A = FAMILIES[family](n, random);
        const factors = factored(A, n, n);
        expect(ratio(A, factors, n, n) < 3).toBe(true);
        if (factors.permutation.some((row, i) => row !== i)) swapped++;
      }),
      runs(12.5, 1), // 1250 of each of the eight: ten thousand
    );
    expect(swapped).toBeGreaterThan(0);
  });

  it("keeps it for wide and tall matrices, too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), seeds, (m, n, seed) => {
        const A = new Random(seed).normal([m, n]).data;
        expect(ratio(A, factored(A, m, n), m, n) < 3).toBe(true);
      }),
    );
  });

  it("has the same bits for any block size, with zero columns, NaN and infinities in it, too", () => {
    const size = fc.oneof(fc.nat(6), fc.integer({ min: 30, max: 70 }));
    fc.assert(
      fc.property(size, size, seeds, fc.boolean(), (m, n, seed, special) => {
        const random = new Random(seed);
        const A = random.normal([m, n]).data;
        if (special && n > 0) {
          const zeroColumn = seed % n;
          for (let i = 0; i < m; i++) A[i * n + zeroColumn] = 0;
          A[seed % Math.max(1, A.length)] = SPECIAL[seed % SPECIAL.length];
        }
        const bits = (blockSize: number): unknown => {
          const { LU, permutation, sign } = factored(A, m, n, blockSize);
          const canonical = LU.map((value) => (value !== value ? Number.NaN : value)); // one NaN is as good as another
          return [new BigUint64Array(canonical.buffer), permutation, sign];
        };
        const unblocked = bits(1);
        for (const blockSize of [3, 16, 32, Math.max(1, n)]) expect(bits(blockSize)).toEqual(unblocked);
      }),
      runs(1 / 2, 30),
    );
  });

  it("takes the first row of largest magnitude", () => {
    expect(factored(Float64Array.of(1, 0, -2, 1, 2, 3), 3, 2).permutation).toEqual(Float64Array.of(1, 2, 0));
    expect(factored(Float64Array.of(2, 0, -2, 1, 2, 3), 3, 2).permutation[0]).toBe(0);
  });

  it("passes over a column without a pivot, and goes on with the next", () => {
    const { L, U, sign } = factored(Float64Array.of(0, 1, 2, 0, 3, 4, 0, 5, 6), 3, 3);
    expect(Array.from(U)).toEqual([0, 1, 2, 0, 5, 6, 0, 0, 4 - (3 / 5) * 6]);
    expect(Array.from(L)).toEqual([1, 0, 0, 0, 1, 0, 0, 3 / 5, 1]);
    expect(sign).toBe(-1);
    expect(Array.from(factored(new Float64Array(9), 3, 3).U)).toEqual(new Array(9).fill(0));
  });

  it("counts swaps: the sign is that of the permutation's inversions", () => {
    fc.assert(
      fc.property(fc.nat(9), seeds, (n, seed) => {
        const { permutation, sign } = factored(new Random(seed).normal([n, n]).data, n, n);
        expect([...permutation].sort()).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(sign).toBe(inversionSign(permutation));
      }),
    );
  });

  it("divides by a tiny pivot instead of multiplying with its reciprocal, which would overflow", () => {
    expect(factored(Float64Array.of(4e-310, 1, 2e-310, 1), 2, 2).L[2]).toBe(2e-310 / 4e-310);
  });

  it("ends, whatever is in the matrix, and keeps NaN to its row where it can", () => {
    const { U } = factored(Float64Array.of(1, 2, Number.NaN, 4), 2, 2);
    expect(Array.from(U.subarray(0, 2))).toEqual([1, 2]);
    expect(U[3]).toBe(Number.NaN);
    expect(factored(new Float64Array(4).fill(Number.NaN), 2, 2).permutation).toEqual(Float64Array.of(0, 1));
  });

  it("takes nothing for what it is", () => {
    for (const [m, n] of [
      [0, 0],
      [0, 3],
      [3, 0],
    ]) {
      expect(factored(new Float64Array(0), m, n).sign).toBe(1);
    }
    expect(factored(Float64Array.of(-5), 1, 1).U[0]).toBe(-5);
  });
});

describe("solveFactored", () => {
  it("solves with A and with Aᵀ: residual ratio below 10", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(4), seeds, (n, columns, seed) => {
        const random = new Random(seed);
        const [A, B] = [random.normal([n, n]).data, random.normal([n, columns]).data];
        const { LU, permutation } = factored(A, n, n);
        for (const isTransposed of [false, true]) {
          const X = new Float64Array(n * columns);
          const [from, to] = [matrixAt(B, n, columns), matrixAt(X, n, columns)];
          solveFactored(matrixAt(LU, n, n), permutation, isTransposed, from, to);
          const M = isTransposed ? transposeOf(A, n, n) : A;
          for (let j = 0; j < columns; j++) {
            const [x, b] = [X, B].map((Y) => Y.filter((_, k) => k % columns === j));
            const error = norm1(residual(b, M, x, n, 1), 1);
            expect(error / (norm1(M, n) * norm1(x, 1) * 2 ** -53) / n < 10).toBe(true);
          }
        }
      }),
    );
  });
});

describe("firstZeroOnDiagonal", () => {
  it("is the index of the first zero, of either sign, or −1", () => {
    expect(firstZeroOnDiagonal(matrixAt(identity(3), 3, 3))).toBe(-1);
    expect(firstZeroOnDiagonal(matrixAt(Float64Array.of(1, 5, 5, -0), 2, 2))).toBe(1);
    expect(firstZeroOnDiagonal(matrixAt(Float64Array.of(Number.NaN, 0, 1, 0, 0, 1), 2, 3))).toBe(1);
    expect(firstZeroOnDiagonal(matrixAt(new Float64Array(0), 0, 0))).toBe(-1);
  });
});
