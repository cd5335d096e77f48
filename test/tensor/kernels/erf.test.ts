import { describe, expect, it } from "vitest";
import { erf, erfDerivative, normalCdf, normalDensity } from "../../../src/tensor/kernels/erf.ts";
import { exactRows, expectWithinUlps } from "../../support/exactTable.ts";

/** What src/tensor/kernels/erf.ts promises, in units of the last place. */
const PROMISED = { erf: 2, erfDerivative: 2, normalCdf: 4, normalDensity: 3 };

const FUNCTIONS = { erf, erfDerivative, normalCdf, normalDensity };

type Name = keyof typeof PROMISED;

describe.each(Object.keys(PROMISED) as Name[])("%s", (name) => {
  it(`is within ${PROMISED[name]} ULP of the values of exact integer arithmetic, tails included`, () => {
    expectWithinUlps(exactRows("functions", name), FUNCTIONS[name], PROMISED[name]);
  });

  it("gives NaN for NaN", () => {
    expect(FUNCTIONS[name](Number.NaN)).toBeNaN();
  });
});

describe("the ends of their domains", () => {
  const oo = Number.POSITIVE_INFINITY;

  it.each<[name: Name, x: number, value: number]>([
    ["erf", 0, 0],
    ["erf", -0, -0],
    ["erf", 5e-324, 5e-324],
    ["erf", oo, 1],
    ["erf", -oo, -1],
    ["erf", -1e300, -1],
    ["erfDerivative", oo, 0],
    ["erfDerivative", -1e300, 0],
    ["normalCdf", 0, 0.5],
    ["normalCdf", oo, 1],
    ["normalCdf", -oo, 0],
    ["normalCdf", 1e300, 1],
    ["normalDensity", -oo, 0],
    ["normalDensity", 1e300, 0],
  ])("%s(%d) is %d", (name, x, value) => {
    expect(FUNCTIONS[name](x)).toBe(value);
  });
});

describe("symmetry", () => {
  it("makes erf odd and the densities even, to the bit", () => {
    for (const [x] of exactRows("functions", "erf")) {
      expect(erf(-x)).toBe(-erf(x));
      expect(erfDerivative(-x)).toBe(erfDerivative(x));
      expect(normalDensity(-x)).toBe(normalDensity(x));
    }
  });
});
