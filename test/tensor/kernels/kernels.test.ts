import { Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { maximum, pairwiseSum, reduceAxis } from "../../../src/tensor/kernels/reduce.ts";

const EPSILON = 2 ** -52;

describe("pairwiseSum", () => {
  /** The order as it is documented: two lanes within shards of 64, shards added pairwise. */
  function inOrder(x: number[]): number {
    if (x.length <= 64) {
      const lane = (first: number): number =>
        x.filter((_, i) => i % 2 === first).reduce((total, value) => total + value, 0);
      return lane(0) + lane(1);
    }
    let half = 64;
    while (2 * half < x.length) half *= 2;
    return inOrder(x.slice(0, half)) + inOrder(x.slice(half));
  }

  it("adds in the documented order, to the bit, at any stride", () => {
    for (const n of [0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 192, 255, 256, 257, 1000, 5000]) {
      const x = new Random(n).normal([3 * n + 5]).data;
      const strided = Array.from({ length: n }, (_, k) => x[4 + 3 * k]);
      expect(pairwiseSum(x, 4, 3, n)).toBe(inOrder(strided));
    }
  });

  it("keeps the error of a million terms near eps", () => {
    const n = 1_000_000;
    expect(Math.abs(pairwiseSum(new Float64Array(n).fill(0.1), 0, 1, n) - 100_000) <= 30 * EPSILON * 100_000).toBe(
      true,
    );
  });
});

describe("maximum", () => {
  it("is NaN as soon as one element is, and −∞ of nothing", () => {
    expect(maximum(Float64Array.of(1, 5, 3), 0, 1, 3)).toBe(5);
    expect(maximum(Float64Array.of(1, Number.NaN, 3), 0, 1, 3)).toBe(Number.NaN);
    expect(maximum(new Float64Array(0), 0, 1, 0)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("reduceAxis", () => {
  it("reduces the middle axis of three", () => {
    const y = new Float64Array(4);
    reduceAxis(
      pairwiseSum,
      Float64Array.from({ length: 12 }, (_, i) => i),
      [2, 3, 2],
      1,
      y,
    );
    expect(Array.from(y)).toEqual([6, 9, 24, 27]);
  });
});
