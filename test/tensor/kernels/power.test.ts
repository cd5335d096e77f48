import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pow } from "../../../src/tensor/kernels/power.ts";
import { SPECIAL } from "../../support/arbitraries.ts";
import { exactRows, expectWithinUlps } from "../../support/exactTable.ts";

describe("pow", () => {
  it("is within 1 ULP of the values of exact integer arithmetic", () => {
    expectWithinUlps(exactRows("functions", "pow"), pow, 1);
  });

  it("is exact for every power of integers below 2⁵³, and for powers of 2", () => {
    let powers = 0;
    for (let base = 2; base <= 1000; base++) {
      let exact = 1n;
      for (let exponent = 0; exact < 2n ** 53n; exponent++, exact *= BigInt(base)) {
        if (pow(base, exponent) !== Number(exact)) expect.fail(`${base}^${exponent} = ${pow(base, exponent)}`);
        const negative = exponent % 2 === 0 ? Number(exact) : -Number(exact);
        if (pow(-base, exponent) !== negative) expect.fail(`(${-base})^${exponent} = ${pow(-base, exponent)}`);
        powers++;
      }
    }
    expect(powers).toBeGreaterThan(5000);
    for (let k = -1074; k <= 1023; k++) expect(pow(2, k)).toBe(2 ** k);
    for (let root = 1; root <= 1000; root++) expect(pow(root * root, 0.5)).toBe(root);
  });

  it("has the special cases of Math.pow: every pair of signed zeros, infinities, NaN, ±1 and other edges", () => {
    const edges = [
      ...SPECIAL,
      0.5,
      -0.5,
      2,
      -2,
      3,
      -3,
      1.5,
      -1.5,
      2 ** 53,
      -(2 ** 53),
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      1e19,
      1e20,
    ];
    let special = 0;
    for (const x of edges) {
      for (const y of edges) {
        const expected = x ** y;
        const rounded =
          Math.abs(expected) > 0 && Math.abs(expected) < Number.POSITIVE_INFINITY && Math.abs(expected) !== 1;
        if (rounded) continue;
        if (!Object.is(pow(x, y), expected)) expect.fail(`pow(${x}, ${y}) = ${pow(x, y)}, not ${expected}`);
        special++;
      }
    }
    expect(special).toBeGreaterThan(500);
  });

  it("has the sign and the size of Math.pow where that is finite, for any pair of numbers", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        number,
        fc.oneof(number, fc.integer({ min: -30, max: 30 }), fc.constantFrom(0.5, -0.5, 2.5)),
        (x, y) => {
          const [ours, theirs] = [pow(x, y), x ** y];
          if (!Number.isFinite(theirs) || theirs === 0) expect(ours).toBe(theirs);
          // Math.pow is within a few ULP; results below 2⁻¹⁰²² have units of 2⁻¹⁰⁷⁴
          else expect(Math.abs(ours - theirs) <= 8 * 2 ** -52 * Math.abs(theirs) + 5e-324).toBe(true);
        },
      ),
    );
  });
});
