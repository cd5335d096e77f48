import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { euclideanNorm, indexOfMaximum, pairwiseSum, reduceAxis, sumAxis } from "../../../src/tensor/kernels/reduce.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("sumAxis", () => {
  it("has the bits of pairwise sums of single lanes, at every number of columns and across blocks of 128", () => {
    const count = fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 127, 128, 129, 255, 256, 257, 385, 640, 1000, 1025));
    fc.assert(
      fc.property(fc.nat(3), count, fc.nat(9), (outer, n, inner) => {
        const x = new Random(n).normal([outer, n, inner]).data;
        const [all, alone] = [0, 1].map(() => new Float64Array(outer * inner).fill(NAN));
        sumAxis(x, [outer, n, inner], 1, all);
        reduceAxis(pairwiseSum, x, [outer, n, inner], 1, alone);
        expect(Array.from(all)).toEqual(Array.from(alone));
      }),
    );
  });

  it("sums the first axis and the last", () => {
    const x = Float64Array.from({ length: 10 }, (_, i) => i);
    const [columns, rows] = [new Float64Array(5), new Float64Array(2)];
    sumAxis(x, [2, 5], 0, columns);
    sumAxis(x, [2, 5], 1, rows);
    expect(Array.from(columns)).toEqual([5, 7, 9, 11, 13]);
    expect(Array.from(rows)).toEqual([10, 35]);
  });
});

describe("indexOfMaximum", () => {
  it("finds the first of several, and the first NaN before all", () => {
    expect(indexOfMaximum(Float64Array.of(1, 5, 5), 0, 1, 3)).toBe(1);
    expect(indexOfMaximum(Float64Array.of(9, NAN, 5, NAN, 7), 0, 1, 5)).toBe(1);
    expect(indexOfMaximum(Float64Array.of(NAN, 5), 0, 1, 2)).toBe(0);
    expect(indexOfMaximum(Float64Array.of(0, 9, 3, 9, 2), 0, 2, 3)).toBe(1); // 0, 3, 2
  });
});

describe("euclideanNorm", () => {
  it("scales only where squares leave the range, and by powers of two, which change no digit", () => {
    for (const exponent of [-1074, -1000, -600, -449, -300, 0, 300, 511, 512, 1000, 1020]) {
      const scale = 2 ** exponent;
      expect(euclideanNorm(Float64Array.of(3 * scale, 4 * scale), 0, 1, 2)).toBe(5 * scale);
    }
    expect(euclideanNorm(Float64Array.of(0, 0), 0, 1, 2)).toBe(0);
    expect(euclideanNorm(Float64Array.of(NAN, INF), 0, 1, 2)).toBe(NAN);
    expect(euclideanNorm(Float64Array.of(-INF, 5), 0, 1, 2)).toBe(INF);
    expect(euclideanNorm(Float64Array.of(3, NAN, 4), 0, 2, 2)).toBe(5);
  });

  it("adds the squares in the order of pairwiseSum, to the bit", () => {
    const x = new Random(1).normal([1000]).data;
    for (const count of [0, 1, 2, 127, 128, 129, 255, 257, 1000]) {
      const squares = x.map((value) => value * value);
      expect(euclideanNorm(x, 0, 1, count)).toBe(Math.sqrt(pairwiseSum(squares, 0, 1, count)));
    }
  });
});
