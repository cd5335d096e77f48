import { DomainError, effectiveSampleSize, Random, ShapeError, tensor, zeros } from "diffeo";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

test("is n for equal weights, 1 for one that has it all, and (Σw)²/Σw² between", () => {
  expect(effectiveSampleSize(zeros([7]))).toBe(7);
  expect(effectiveSampleSize(tensor([0, Number.NEGATIVE_INFINITY, -1e6]))).toBe(1);
  expectWithin(effectiveSampleSize(tensor([Math.log(3), 0])), 16 / 10, 1e-15);
});

test("does not change when all weights are multiplied, far beyond the range of exp", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: -5000, max: 5000 }), (seed, shift) => {
      const weights = new Random(seed).normal([20]);
      const size = effectiveSampleSize(weights);
      expect(size).toBeGreaterThanOrEqual(1);
      expect(size).toBeLessThanOrEqual(20);
      expectWithin(effectiveSampleSize(tensor([...weights.data].map((value) => value + shift))), size, 1e-10);
    }),
  );
});

test("refuses what are no weights", () => {
  expect(() => effectiveSampleSize(zeros([2, 2]))).toThrow(ShapeError);
  for (const wrong of [[], [Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]]) {
    expect(() => effectiveSampleSize(tensor(wrong))).toThrow(DomainError);
  }
  expect(() => effectiveSampleSize([0, 1] as never)).toThrow(DomainError);
});
