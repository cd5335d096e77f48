import { concat, Random, standardNormal, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { difference, figureOf, logProbs, written } from "../../src/density/figure.ts";
import { expectWithin } from "../support/arbitraries.ts";

describe("a figure", () => {
  it("is a mean and its standard error: the sample deviation over √n", () => {
    const x = tensor([[1], [2], [3], [4]]);
    const { mean, error } = figureOf(Float64Array.of(1, 2, 4, 9), x);
    expect(mean).toBe(4);
    expectWithin(error, Math.sqrt((9 + 4 + 0 + 25) / 3 / 4), 1e-15);
  });

  it("does not become surer by copies: with each row written five times its error is the same", () => {
    const x = new Random(1).normal([30, 2]);
    const copies = concat([x, x, x, x, x], 0);
    const p = standardNormal([2]);
    const [once, often] = [figureOf(logProbs(p, x), x), figureOf(logProbs(p, copies), copies)];
    expectWithin(often.mean, once.mean, 1e-14);
    expectWithin(often.error, once.error, 1e-14);
  });

  it("covers the truth within two standard errors in about 95 of 100 samples", () => {
    const random = new Random(2);
    const p = standardNormal([2]);
    const truth = -Math.log(2 * Math.PI) - 1; // −H
    let covered = 0;
    for (let k = 0; k < 400; k++) {
      const x = random.normal([50, 2]);
      const { mean, error } = figureOf(logProbs(p, x), x);
      if (Math.abs(mean - truth) < 2 * error) covered++;
    }
    // 0.95·400 = 380, and four deviations of a binomial count, 4·√(400·0.95·0.05) = 17
    expect(Math.abs(covered - 380)).toBeLessThanOrEqual(17);
  });

  it("knows nothing of its error from one row and its copies", () => {
    expect(figureOf(Float64Array.of(2, 2), tensor([[1], [1]]))).toEqual({ mean: 2, error: Number.POSITIVE_INFINITY });
  });

  it("of a difference is paired: what both have in common does not count", () => {
    const x = tensor([[1], [2], [3]]);
    const [a, b] = [Float64Array.of(101, -98, 7), Float64Array.of(100, -99, 6)];
    expect(difference(a, b, x)).toEqual({ mean: 1, error: 0 });
    expect(figureOf(a, x).error).toBeGreaterThan(50);
    expect(written({ mean: -1.23456, error: 0.5 })).toBe("-1.2346 ± 0.5000");
  });
});
