import { describe, expect, it } from "vitest";
import { logGamma } from "../../../src/tensor/kernels/gamma.ts";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";
import { exactRows } from "../../support/exactTable.ts";

describe("logGamma", () => {
  it("is within 2·eps·max(1, |ln Γ|) of the values of exact integer arithmetic", () => {
    for (const [x, value] of exactRows("functions", "logGamma")) {
      expectWithin(logGamma(x), value, 2 * EPSILON * Math.max(1, Math.abs(value)), `ln Γ(${x})`);
    }
  });

  it("is exactly zero at 1 and 2, and has its other special values", () => {
    expect(logGamma(1)).toBe(0);
    expect(logGamma(2)).toBe(0);
    expect(logGamma(0)).toBe(Number.POSITIVE_INFINITY);
    expect(logGamma(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(logGamma(1.7976931348623157e308)).toBe(Number.POSITIVE_INFINITY);
    expect(logGamma(-0.5)).toBeNaN();
    expect(logGamma(-3)).toBeNaN();
    expect(logGamma(Number.NEGATIVE_INFINITY)).toBeNaN();
    expect(logGamma(Number.NaN)).toBeNaN();
  });

  it("grows by ln x from x to x + 1", () => {
    for (let x = 0.03; x < 40; x += 0.37) {
      const size = Math.max(1, Math.abs(logGamma(x)), logGamma(x + 1));
      expectWithin(logGamma(x + 1) - logGamma(x), Math.log(x), 6 * EPSILON * size, `at ${x}`);
    }
  });
});
