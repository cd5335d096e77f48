import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixAt } from "../../../src/tensor/kernels/block.ts";
import {
  cofactors,
  determinant,
  logAbsDeterminant,
  signOfDeterminant,
} from "../../../src/tensor/linalg/determinant.ts";
import { lu } from "../../../src/tensor/linalg/luFactorization.ts";
import { EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";

type Rows = readonly (readonly number[])[];

const INFINITY = Number.POSITIVE_INFINITY;

const without = (A: Rows, i: number, j: number): Rows =>
  A.filter((_, row) => row !== i).map((row) => row.filter((__, column) => column !== j));

/** By Laplace's expansion along the first row: exact for small integers. */
function laplace(A: Rows): number {
  if (A.length === 0) return 1;
  return A[0].reduce((total, entry, j) => total + (j % 2 === 0 ? entry : -entry) * laplace(without(A, 0, j)), 0);
}

function ours(A: Rows): { det: number; sign: number; logAbs: number; C: number[] } {
  const n = A.length;
  const LU = matrixAt(Float64Array.from(A.flat()), n, n);
  const permutation = new Float64Array(n);
  const sign = lu(LU, permutation);
  const C = new Float64Array(n * n).fill(Number.NaN);
  cofactors(LU, permutation, sign, matrixAt(C, n, n));
  return {
    det: determinant(LU, sign),
    sign: signOfDeterminant(LU, sign),
    logAbs: logAbsDeterminant(LU),
    C: Array.from(C),
  };
}

const diagonal = (values: readonly number[]): Rows =>
  values.map((value, i) => values.map((_, j) => (i === j ? value : 0)));

/** n×n of small integers with `dependent` rows that are copies of others, in random order. */
const integerMatrices = fc
  .record({ n: fc.integer({ min: 1, max: 5 }), dependent: fc.nat(2), seed: seeds })
  .map(({ n, dependent, seed }) => {
    const random = new Random(seed);
    const rows = Array.from({ length: n }, () => Array.from(random.integers([n], 7).data, (value) => value - 3));
    const order = random.permutation(n);
    for (let i = 0; i < Math.min(dependent, n - 1); i++) rows[order[i]] = rows[order[n - 1]];
    return rows;
  });

describe("determinant, signOfDeterminant and logAbsDeterminant", () => {
  it("are those of Laplace's expansion", () => {
    fc.assert(
      fc.property(integerMatrices, (A) => {
        const { det, sign, logAbs } = ours(A);
        const expected = laplace(A);
        // Σ over permutations of |products| ≤ n!·3ⁿ ≤ 29160, and elimination of n ≤ 5 makes fewer than 64·eps of it
        expectWithin(det, expected, 64 * EPSILON * 29_160, "det");
        if (expected === 0) return;
        expect(sign).toBe(Math.sign(expected));
        expectWithin(logAbs, Math.log(Math.abs(expected)), 64 * EPSILON * 29_160, "ln|det|"); // |det| ≥ 1
      }),
    );
  });

  it("overflow and underflow only where the determinant does", () => {
    expect(ours(diagonal([2 ** 1000, 3 * 2 ** 1000, 2 ** -1000, 2 ** -1000])).det).toBe(3);
    expect(ours(diagonal([1e-200, 1e-200, 1e200, -1e200])).det < 0).toBe(true);
    expect(ours(diagonal(new Array(64).fill(1e200)))).toMatchObject({ det: INFINITY, sign: 1 });
    expectWithin(ours(diagonal(new Array(64).fill(1e200))).logAbs, 64 * 200 * Math.LN10, 64 * EPSILON * 30_000);
    expect(ours(diagonal([1e-200, 1e-200])).det).toBe(0);
    expect(ours(diagonal([5e-324, -1])).det).toBe(-5e-324);
    expect(ours(diagonal([INFINITY, -2])).det).toBe(Number.NEGATIVE_INFINITY);
  });

  it("are 0, 0 and −∞ for a singular matrix, 1, 1 and 0 for an empty one, NaN where NaN is", () => {
    expect(ours(diagonal([-1, 0]))).toMatchObject({ det: 0, sign: 0, logAbs: Number.NEGATIVE_INFINITY });
    expect(ours([])).toMatchObject({ det: 1, sign: 1, logAbs: 0 });
    expect(ours(diagonal([1, Number.NaN]))).toMatchObject({ det: Number.NaN, sign: Number.NaN, logAbs: Number.NaN });
  });
});

describe("cofactors", () => {
  it("are the signed minors, of singular matrices too, wherever the zero pivots are", () => {
    const ranks = new Set<string>();
    fc.assert(
      fc.property(integerMatrices, (A) => {
        const { C, det } = ours(A);
        const expected = A.flatMap((row, i) =>
          row.map((_, j) => ((i + j) % 2 === 0 ? 1 : -1)).map((s, j) => s * laplace(without(A, i, j))),
        );
        // as above with n − 1 for n; where elimination left a rounding error for a zero, det·A⁻ᵀ is divided by it, and still good
        C.forEach((value, at) => {
          expectWithin(value, expected[at], 1024 * EPSILON * 29_160, `the cofactor at ${at}`);
        });
        ranks.add(det !== 0 ? "full" : expected.every((value) => value === 0) ? "low" : "one less");
      }),
    );
    expect(ranks).toEqual(new Set(["full", "low", "one less"]));
  });

  it.each([
    [
      "one zero pivot, the last",
      [
        [1, 2],
        [2, 4],
      ],
      [4, -2, -2, 1],
    ],
    [
      "one zero pivot, the first",
      [
        [0, 1],
        [0, 3],
      ],
      [3, 0, -1, 0],
    ],
    [
      "two zero pivots and rank n − 1",
      [
        [0, 1],
        [0, 0],
      ],
      [0, 0, -1, 0],
    ],
    [
      "two zero pivots around another",
      [
        [0, 1, 0],
        [0, 0, 2],
        [0, 0, 0],
      ],
      [0, 0, 0, 0, 0, 0, 2, 0, 0],
    ],
    [
      "two zero pivots with a swap between them",
      [
        [0, 1, 2],
        [0, 3, 4],
        [0, 0, 0],
      ],
      [0, 0, 0, 0, 0, 0, -2, 0, 0],
    ],
    ["one zero, 1×1", [[0]], [1]],
    [
      "rank n − 2",
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 5],
      ],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
  ] as const)("by hand: %s", (_name, A, expected) => {
    expect(ours(A as Rows).C.map((value) => value + 0)).toEqual(expected);
  });
});
