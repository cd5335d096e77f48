import { describe, expect, it } from "vitest";
import { cos, cosPi, sin, sinPi } from "../../../src/tensor/kernels/sinCos.ts";
import { exactRows, expectWithinUlps } from "../../support/exactTable.ts";

/** What src/tensor/kernels/sinCos.ts promises, in units of the last place. */
const PROMISED = { sin: 0.8, cos: 0.8, sinPi: 2, cosPi: 2 };

const FUNCTIONS = { sin, cos, sinPi, cosPi };

type Name = keyof typeof PROMISED;

describe.each(Object.keys(PROMISED) as Name[])("%s", (name) => {
  const f = FUNCTIONS[name];

  it(`is within ${PROMISED[name]} ULP of the values of exact integer arithmetic, however large the argument`, () => {
    expectWithinUlps(exactRows("functions", name), f, PROMISED[name]);
  });

  it("gives NaN for NaN and for the infinities", () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(f(x)).toBeNaN();
  });
});

describe("sine and cosine", () => {
  it("are odd and even, to the bit", () => {
    for (const [x] of exactRows("functions", "sin")) {
      expect(sin(-x)).toBe(-sin(x));
      expect(cos(-x)).toBe(cos(x));
    }
  });

  it("keep the sign of zero, and cos 0 is 1", () => {
    expect(sin(0)).toBe(0);
    expect(sin(-0)).toBe(-0);
    expect(cos(-0)).toBe(1);
  });

  it("agree across the seam of the two reductions: sin(a + b) + sin(a − b) = 2·sin a·cos b", () => {
    const a = 1.6e6;
    for (let b = 0; b < 8; b += 0.125) {
      // a ± b are exact; each of the four values is off by 1 ULP ≤ eps/2, and there are three roundings more
      const error = Math.abs(sin(a + b) + sin(a - b) - 2 * sin(a) * cos(b));
      expect(error <= 5 * 2 ** -52).toBe(true);
    }
  });
});

describe("sine and cosine of multiples of π", () => {
  it.each<[name: "sinPi" | "cosPi", x: number, value: number]>([
    ["sinPi", 0.5, 1],
    ["sinPi", 1.5, -1],
    ["sinPi", -0.5, -1],
    ["cosPi", 0, 1],
    ["cosPi", 1, -1],
    ["cosPi", -3, -1],
  ])("%s(%d) is %d", (name, x, value) => {
    expect(FUNCTIONS[name](x)).toBe(value);
  });

  it.each([0, 1, 2, 17, 2 ** 40, 2 ** 53])("sin π%d and cos π(%d + ½) are exactly zero", (n) => {
    expect(Math.abs(sinPi(n))).toBe(0);
    if (n < 2 ** 52) expect(Math.abs(cosPi(n + 0.5))).toBe(0);
  });
});
