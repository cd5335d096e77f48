import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixAt, transposed } from "../../../src/tensor/kernels/block.ts";
import { forwardSubstitution, solveTriangular } from "../../../src/tensor/linalg/triangular.ts";
import { runs, seeds } from "../../support/arbitraries.ts";
import { norm1, residual, transposeOf } from "../../support/residual.ts";

/** A triangle of Gaussian numbers divided by √n, NaN wherever it must not be read, and the same with zeros and ones there. */
function randomTriangle(n: number, lower: boolean, unit: boolean, random: Random): [Float64Array, Float64Array] {
  const values = random.normal([n, n]).data.map((value, k) => {
    const onDiagonal = k % (n + 1) === 0;
    return onDiagonal ? Math.sign(value) * (0.5 + Math.abs(value)) : value / Math.sqrt(n);
  });
  const fill = (other: number, diagonal: number): Float64Array =>
    values.map((value, k) => {
      const [i, j] = [Math.floor(k / n), k % n];
      if (i === j) return unit ? diagonal : value;
      return i > j === lower ? value : other;
    });
  return [fill(Number.NaN, Number.NaN), fill(0, 1)];
}

const cases = fc.record({
  n: fc.oneof(fc.nat(8), fc.integer({ min: 15, max: 70 })),
  columns: fc.nat(5),
  lower: fc.boolean(),
  unitDiagonal: fc.boolean(),
  transposed: fc.boolean(),
  seed: seeds,
});

describe("solveTriangular", () => {
  it("keeps the residual ratio below 10·max(1, √n), and never reads the other triangle nor a diagonal of ones", () => {
    fc.assert(
      fc.property(cases, ({ n, columns, seed, ...triangle }) => {
        const random = new Random(seed);
        const [T, full] = randomTriangle(n, triangle.lower, triangle.unitDiagonal, random);
        const B = random.normal([n, columns]).data;
        const X = B.slice();
        solveTriangular(matrixAt(T, n, n), matrixAt(X, n, columns), triangle);
        const M = triangle.transposed ? transposeOf(full, n, n) : full;
        for (let j = 0; j < columns && n > 0; j++) {
          const [x, b] = [X, B].map((Y) => Y.filter((_, k) => k % columns === j));
          const error = norm1(residual(b, M, x, n, 1), 1);
          const ratio = error / (norm1(M, n) * norm1(x, 1) * 2 ** -53) / n;
          expect(ratio < 10 * Math.max(1, Math.sqrt(n))).toBe(true);
        }
      }),
    );
  });

  it("has the same bits for any block size", () => {
    fc.assert(
      fc.property(cases, ({ n, columns, seed, ...triangle }) => {
        const random = new Random(seed);
        const [T] = randomTriangle(n, triangle.lower, triangle.unitDiagonal, random);
        const B = random.normal([n, columns]).data;
        const solved = (blockSize: number): Float64Array => {
          const X = B.slice();
          solveTriangular(matrixAt(T, n, n), matrixAt(X, n, columns), triangle, blockSize);
          return X;
        };
        for (const blockSize of [3, 16, 32, Math.max(1, n)]) expect(solved(blockSize)).toEqual(solved(1));
      }),
      runs(1 / 2, 30),
    );
  });

  it("is substitution: by hand", () => {
    const L = Float64Array.of(2, Number.NaN, 6, 4);
    const solve = (transpose: boolean): Float64Array => {
      const X = Float64Array.of(2, 14);
      solveTriangular(matrixAt(L, 2, 2), matrixAt(X, 2, 1), {
        lower: true,
        unitDiagonal: false,
        transposed: transpose,
      });
      return X;
    };
    expect(solve(false)).toEqual(Float64Array.of(1, 2));
    expect(solve(true)).toEqual(Float64Array.of(-9.5, 3.5));
  });

  it("divides by a zero, and lets NaN through: the caller has looked", () => {
    const X = Float64Array.of(1, 1);
    forwardSubstitution(matrixAt(Float64Array.of(0, 0, 1, 1), 2, 2), false, matrixAt(X, 2, 1));
    expect(X).toEqual(Float64Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
  });

  it("solves from the right when the unknowns are read transposed", () => {
    const X = Float64Array.of(2, 14, 4, 4); // X·Lᵀ = B, that is L·Xᵀ = Bᵀ
    forwardSubstitution(matrixAt(Float64Array.of(2, 0, 6, 4), 2, 2), false, transposed(matrixAt(X, 2, 2)));
    expect(X).toEqual(Float64Array.of(1, 2, 2, -2));
  });
});
