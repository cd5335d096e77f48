import { Random, useKernels } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Band, bandOf } from "../../src/tensor/simd/bands.ts";
import { matmul } from "../../src/tensor/simd/simdMatmul.ts";
import { seeds } from "../support/arbitraries.ts";

/** A mask [rows, columns] whose ones lie, row by row, between two random ends: some rows have none. */
function randomMask(rows: number, columns: number, random: Random): Uint8Array {
  const ends = random.integers([rows, 2], columns + 1).data;
  return Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return ends[2 * row] <= column && column < ends[2 * row + 1] ? 1 : 0;
  });
}

describe("a band", () => {
  it("is the least that holds the ones of eight columns each, and knows which strips are part of no other", () => {
    const mask = new Uint8Array(5 * 20);
    for (const [row, column] of [[1, 0], [3, 7], [2, 9], [2, 15], [0, 16], [1, 16]]) mask[row * 20 + column] = 1; // biome-ignore format: one line says it
    const { first, end, columns } = bandOf(mask, 20, 5, 1, 20);
    expect([...first]).toEqual([1, 2, 0]);
    expect([...end]).toEqual([4, 3, 2]);
    expect(columns).toEqual([0, 16]); // from 2 to 2 lies in 1 to 3
  });

  it("has an empty range for a strip without ones, and one column to look at even if all are", () => {
    const { first, end, columns } = bandOf(new Uint8Array(3 * 16), 16, 3, 1, 16);
    expect([[...first], [...end], columns]).toEqual([[0, 0], [0, 0], [0]]); // biome-ignore format: one line says it
    expect(bandOf(new Uint8Array(0), 0, 3, 1, 0).columns).toEqual([]);
  });

  const sizes = fc.record({
    M: fc.constantFrom(4, 31, 64, 150),
    rows: fc.constantFrom(7, 8, 33, 70, 300),
    columns: fc.constantFrom(8, 9, 30, 64, 75, 530),
  });

  it("leaves out terms without changing a bit of A·B and A·Bᵀ", () => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom("NN" as const, "NT" as const), (seed, { M, rows, columns }, layout) => {
        const random = new Random(seed);
        const mask = randomMask(rows, columns, random);
        const b = random.normal([rows * columns]).data.map((value, i) => (mask[i] === 1 ? value : 0));
        const [N, K] = layout === "NN" ? [columns, rows] : [rows, columns];
        const a = random.normal([M * K]).data;
        const band = layout === "NN" ? bandOf(mask, N, K, 1, N) : bandOf(mask, N, K, K, 1);
        const product = (within?: Band): BigUint64Array => {
          const c = new Float64Array(M * N).fill(Number.NaN);
          matmul(c, a, b, M, N, K, layout, 0, 0, 0, within);
          return new BigUint64Array(c.buffer);
        };
        expect(product(band)).toEqual(product());
      }),
      { numRuns: 60 },
    );
  });

  it("has nothing to do with what stands in A where its range is empty, or is over", () => {
    const a = new Random(1).normal([64, 16]).data.map((value, i) => (i % 16 < 8 ? Number.NaN : value));
    const b = Float64Array.from({ length: 16 * 16 }, (_, i) => (i >= 128 && i % 16 >= 8 ? 1 : 0));
    const c = new Float64Array(64 * 16).fill(1);
    useKernels("simd"); // plain loops leave nothing out
    try {
      matmul(c, a, b, 64, 16, 16, "NN", 0, 0, 0, bandOf(Uint8Array.from(b), 16, 16, 1, 16));
    } finally {
      if (process.env.KERNELS === "plain") useKernels("plain");
    }
    expect(c.every((value, i) => (i % 16 < 8 ? Object.is(value, 0) : Number.isFinite(value)))).toBe(true);
  });

  it("leaves out rows of Aᵀ·B without changing a bit of the others, with shards of terms and without", () => {
    const terms = fc.constantFrom(1, 64, 65, 256, 300);
    fc.assert(
      fc.property(seeds, sizes, terms, (seed, { rows: M, columns: N }, K) => {
        const random = new Random(seed);
        const mask = randomMask(M, N, random);
        const [a, b] = [random.normal([K * M]).data, random.normal([K * N]).data];
        const product = (within?: Band): BigUint64Array => {
          const c = new Float64Array(M * N).fill(Number.NaN);
          matmul(c, a, b, M, N, K, "TN", 0, 0, 0, within);
          return new BigUint64Array(c.map((value, i) => (mask[i] === 1 ? value : 0)).buffer);
        };
        expect(product(bandOf(mask, N, M, 1, N))).toEqual(product());
      }),
      { numRuns: 60 },
    );
  });
});
