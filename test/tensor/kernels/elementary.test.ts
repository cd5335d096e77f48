import { describe, expect, it } from "vitest";
import {
  exp,
  expm1,
  expOfSum,
  log,
  log1p,
  logSigmoid,
  sigmoid,
  softplus,
  tanh,
} from "../../../src/tensor/kernels/elementary.ts";
import { exactRows, expectWithinUlps, unitInLastPlace } from "../../support/exactTable.ts";

/** What src/tensor/kernels/elementary.ts promises, in units of the last place. */
const PROMISED = { exp: 0.6, expm1: 2, log: 1, log1p: 2, tanh: 1.1, sigmoid: 1.5, softplus: 1.5, logSigmoid: 1.5 };

const FUNCTIONS = { exp, expm1, log, log1p, tanh, sigmoid, softplus, logSigmoid };

type Name = keyof typeof PROMISED;
const NAMES = Object.keys(PROMISED) as Name[];

describe.each(NAMES)("%s", (name) => {
  it(`is within ${PROMISED[name]} ULP of the values of exact integer arithmetic`, () => {
    expectWithinUlps(exactRows("functions", name), FUNCTIONS[name], PROMISED[name]);
  });

  it("gives NaN for NaN", () => {
    expect(FUNCTIONS[name](Number.NaN)).toBeNaN();
  });
});

describe("where one row of a table meets the next", () => {
  // integers with 200 bits behind the point: a number v stands for v/2²⁰⁰
  const ONE = 1n << 200n;
  const exactly = (x: number): bigint => {
    const shift = 2 ** 100; // |x| ≥ 2⁻⁴⁸: 100 and 53 bits behind it hold all of them
    return BigInt(x * shift) << 100n;
  };
  const expOf = (x: bigint): bigint => {
    let [term, total] = [ONE, ONE];
    for (let n = 1n; term !== 0n; n++) {
      term = (term * (x >> 8n)) / (ONE * n);
      total += term;
    }
    for (let k = 0; k < 8; k++) total = (total * total) / ONE;
    return total;
  };
  /** How far y is from the exact value, in units of its last place. */
  const off = (y: number, exact: bigint): number => {
    const difference = exactly(y) - exact;
    return Number(difference / (ONE >> 100n)) / 2 ** 100 / unitInLastPlace(y);
  };
  /** Numbers on both sides of each edge, and in the middle. */
  const around = (edge: number, next: number): readonly number[] => [
    edge,
    edge - unitInLastPlace(edge) / 2,
    edge + 0.618 * (next - edge),
  ];

  it("tanh keeps its promise in all 730 rows", () => {
    const edges = Array.from({ length: 12 * 64 }, (_, i) => 2 ** (Math.floor(i / 64) - 7) * (1 + (i % 64) / 64));
    const xs = edges.slice(0, -1).flatMap((edge, i) => around(edge, edges[i + 1]));
    const worst = xs.map((x) => {
      const e = expOf(exactly(2 * x));
      return Math.abs(off(tanh(x), ((e - ONE) * ONE) / (e + ONE)));
    });
    expect(Math.max(...worst)).toBeLessThan(PROMISED.tanh);
  });

  it("exp keeps its promise in all 128 rows, for some powers of two", () => {
    const xs = [-20, -1, 0, 3].flatMap((k) =>
      Array.from({ length: 128 }, (_, j) =>
        around(((k * 128 + j - 0.5) * Math.LN2) / 128, ((k * 128 + j + 0.5) * Math.LN2) / 128),
      ).flat(),
    );
    const worst = xs.map((x) => Math.abs(off(exp(x), x < 0 ? (ONE * ONE) / expOf(exactly(-x)) : expOf(exactly(x)))));
    expect(Math.max(...worst)).toBeLessThan(PROMISED.exp);
  });
});

describe("expOfSum", () => {
  it("is within 0.6 ULP of exp, in one number or in two", () => {
    const rows = exactRows("functions", "exp");
    expectWithinUlps(rows, (x) => expOfSum(x, 0), 0.6);
    expectWithinUlps(rows, (x) => expOfSum(Math.fround(x), x - Math.fround(x)), 0.6);
  });
});

describe("the ends of their domains", () => {
  const [oo, tiny] = [Number.POSITIVE_INFINITY, 5e-324];

  it.each<[name: Name, x: number, value: number]>([
    ["exp", oo, oo],
    ["exp", -oo, 0],
    ["exp", 709.79, oo],
    ["exp", -745.2, 0],
    ["exp", 0, 1],
    ["exp", -0, 1],
    ["expm1", oo, oo],
    ["expm1", -oo, -1],
    ["expm1", 709.79, oo],
    ["expm1", 0, 0],
    ["expm1", -0, -0],
    ["log", oo, oo],
    ["log", 0, -oo],
    ["log", -0, -oo],
    ["log", -1, Number.NaN],
    ["log", -tiny, Number.NaN],
    ["log", 1, 0],
    ["log1p", oo, oo],
    ["log1p", -1, -oo],
    ["log1p", -1.5, Number.NaN],
    ["log1p", 0, 0],
    ["log1p", -0, -0],
    ["tanh", oo, 1],
    ["tanh", -oo, -1],
    ["tanh", 0, 0],
    ["tanh", -0, -0],
    ["tanh", -tiny, -tiny],
    ["sigmoid", oo, 1],
    ["sigmoid", -oo, 0],
    ["sigmoid", 0, 0.5],
    ["softplus", oo, oo],
    ["softplus", -oo, 0],
    ["softplus", 1e300, 1e300],
    ["logSigmoid", oo, 0],
    ["logSigmoid", -oo, -oo],
    ["logSigmoid", -1e300, -1e300],
  ])("%s(%d) is %d", (name, x, value) => {
    expect(FUNCTIONS[name](x)).toBe(value);
  });
});

describe("between neighbouring numbers", () => {
  it.each(["exp", "log", "tanh", "sigmoid", "softplus", "logSigmoid"] as const)(
    "%s never steps down by more than its error",
    (name) => {
      for (const [x] of exactRows("functions", name)) {
        const next = x + unitInLastPlace(x);
        const [here, there] = [FUNCTIONS[name](x), FUNCTIONS[name](next)];
        expect(there).toBeGreaterThanOrEqual(here - 2 * PROMISED[name] * unitInLastPlace(here));
      }
    },
  );
});
