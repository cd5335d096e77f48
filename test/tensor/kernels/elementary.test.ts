import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  cosPi,
  exp,
  expm1,
  log,
  log1p,
  sigmoid,
  sinPi,
  softplus,
  tanh,
} from "../../../src/tensor/kernels/elementary.ts";

/** [x, the double nearest to f(x), what it lacks in units of its last place] */
type Row = readonly [x: number, nearest: number, tail: number];

const TABLE = JSON.parse(readFileSync(new URL("data/elementary.json", import.meta.url), "utf8")) as Record<
  Name,
  readonly Row[]
>;

/** What src/tensor/kernels/elementary.ts promises, in units of the last place. */
const PROMISED = { exp: 1, expm1: 2, log: 1, log1p: 2, tanh: 3, sigmoid: 3, softplus: 3, sinPi: 2, cosPi: 2 };

const FUNCTIONS = { exp, expm1, log, log1p, tanh, sigmoid, softplus, sinPi, cosPi };

type Name = keyof typeof PROMISED;
const NAMES = Object.keys(PROMISED) as Name[];

/** The distance from |v| to the next double away from zero. */
function unitInLastPlace(v: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(v));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0) - Math.abs(v);
}

/** How far f(x) is from the exact value, in units of its last place. */
function errorAt(name: Name, [x, nearest, tail]: Row): number {
  return Math.abs((FUNCTIONS[name](x) - nearest) / unitInLastPlace(nearest) - tail);
}

describe.each(NAMES)("%s", (name) => {
  it(`is within ${PROMISED[name]} ULP of the values of exact integer arithmetic`, () => {
    expect(TABLE[name].length).toBeGreaterThan(50);
    const wrong = TABLE[name].filter((row) => !(errorAt(name, row) <= PROMISED[name]));
    expect(wrong.map((row) => `f(${row[0]}): off by ${errorAt(name, row)} ULP`)).toEqual([]);
  });

  it("gives NaN for NaN", () => {
    expect(FUNCTIONS[name](Number.NaN)).toBeNaN();
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

  it.each(["sinPi", "cosPi"] as const)("%s of ±∞ is NaN", (name) => {
    expect(FUNCTIONS[name](oo)).toBeNaN();
    expect(FUNCTIONS[name](-oo)).toBeNaN();
  });
});

describe("between neighbouring numbers", () => {
  it.each(["exp", "log", "tanh", "sigmoid", "softplus"] as const)(
    "%s never steps down by more than its error",
    (name) => {
      for (const [x] of TABLE[name]) {
        const next = x + unitInLastPlace(x);
        const [here, there] = [FUNCTIONS[name](x), FUNCTIONS[name](next)];
        expect(there).toBeGreaterThanOrEqual(here - 2 * PROMISED[name] * unitInLastPlace(here));
      }
    },
  );
});
