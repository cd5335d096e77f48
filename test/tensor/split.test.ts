import { DomainError, Random, type Tensor, tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupEqualRows, splitRows } from "../../src/tensor/split.ts";

/** N points of the plane, no two of them equal, each written so many times. */
function copies(N: number, times: number): Tensor {
  return tensor(Array.from({ length: N * times }, (_, i) => [i % N, 0.1 * (i % N) ** 2]));
}

describe("equal rows", () => {
  it("are found wherever they stand, and groups are numbered as they come", () => {
    const x = tensor([
      [1, 2],
      [2, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [1, 2],
    ]);
    expect(groupEqualRows(x)).toEqual({ groupOf: Int32Array.of(0, 1, 0, 2, 1, 0), sizes: Int32Array.of(3, 2, 1) });
  });

  it("are equal as numbers are: −0 is 0, and one bit makes a difference", () => {
    const x = tensor([
      [0, 1],
      [-0, 1],
      [0, 1 + Number.EPSILON],
      [5e-324, 1],
    ]);
    expect(groupEqualRows(x).groupOf).toEqual(Int32Array.of(0, 0, 1, 2));
  });

  it("may be images, empty, or none at all", () => {
    expect(groupEqualRows(tensor([1, 2, 3, 4, 1, 2, 3, 4], [2, 1, 2, 2])).sizes).toEqual(Int32Array.of(2));
    expect(groupEqualRows(tensor([], [3, 0])).groupOf).toEqual(Int32Array.of(0, 0, 0));
    expect(groupEqualRows(tensor([], [0, 2]))).toEqual({ groupOf: new Int32Array(0), sizes: new Int32Array(0) });
  });

  it("are what comparing every pair gives, for rows of few values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0, -0, 1, -1), fc.constantFrom(0.5, 1e300, 2)), { minLength: 1 }),
        (rows) => {
          const { groupOf, sizes } = groupEqualRows(tensor(rows));
          rows.forEach((a, i) => {
            rows.forEach((b, j) => {
              expect(groupOf[i] === groupOf[j]).toBe(a[0] === b[0] && a[1] === b[1]);
            });
          });
          expect(sizes.reduce((total, size) => total + size, 0)).toBe(rows.length);
        },
      ),
    );
  });

  it("are found in linear time among 160,000 rows of powers of two, whose low bits are all zero", () => {
    const powers = (i: number): number[] => [1, 20, 400, 8000].map((stride) => 2 ** (Math.floor(i / stride) % 20));
    const x = tensor(Array.from({ length: 160_000 }, (_, i) => powers(i)));
    const start = performance.now();
    expect(groupEqualRows(x).sizes).toHaveLength(160_000);
    expect(performance.now() - start).toBeLessThan(4000); // measured: 170 ms, and minutes where the hash does not mix its bits
  });
});

describe("a split", () => {
  it("cuts the permutation in pieces where no two rows are equal", () => {
    const [test, validation, training] = splitRows("f", groupEqualRows(copies(40, 1)), [8, 4], new Random(3));
    expect([...test, ...validation, ...training]).toEqual(new Random(3).permutation(40));
    expect([test.length, validation.length]).toEqual([8, 4]);
  });

  it("keeps copies on one side, holds out no more rows than asked for unless that is none, and loses none", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 40 }),
        fc.nat(1000),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        (sizes, seed, first, second) => {
          const rows = sizes.flatMap((size, g) => Array.from({ length: size }, () => [g, 7 * g]));
          const groups = groupEqualRows(tensor(rows));
          const parts = splitRows("f", groups, [first, second], new Random(seed));
          expect(parts.flat().sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
          const sides = parts.map((part) => new Set(part.map((i) => groups.groupOf[i])));
          expect(sides.reduce((total, side) => total + side.size, 0)).toBe(sizes.length);
          for (const [k, count] of [first, second].entries()) {
            expect(parts[k].length).toBeGreaterThan(0);
            expect(parts[k].length <= count || sides[k].size === 1).toBe(true);
          }
          expect(parts[2].length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it("takes as many rows as asked for when every point is written five times", () => {
    const parts = splitRows("f", groupEqualRows(copies(80, 5)), [80, 40], new Random(1));
    expect(parts.map((part) => part.length)).toEqual([80, 40, 280]);
  });

  it("takes the smallest group where none fits, and leaves one for each later part", () => {
    const rows = [...Array.from({ length: 98 }, () => [0, 0]), [1, 1], [2, 2]];
    for (let seed = 0; seed < 20; seed++) {
      const parts = splitRows("f", groupEqualRows(tensor(rows)), [5, 5], new Random(seed));
      expect(parts.map((part) => part.length)).toEqual([1, 1, 98]);
    }
    const two = groupEqualRows(copies(2, 50));
    expect(splitRows("f", two, [10], new Random(1)).map((part) => part.length)).toEqual([50, 50]);
  });

  it("is refused where there are fewer different rows than parts", () => {
    const same = groupEqualRows(copies(1, 30));
    expect(() => splitRows("fit", same, [3], new Random(1))).toThrow(DomainError);
    expect(() => splitRows("fit", same, [3], new Random(1))).toThrow(
      "fit: holding rows out takes at least 2 different ones; got 1 (30 rows, copies of one another)",
    );
  });
});
