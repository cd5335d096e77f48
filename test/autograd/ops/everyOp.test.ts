import { gradcheck, Random, type Tensor, variable } from "diffeo";
import * as autograd from "diffeo/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPS } from "../../support/opTable.ts";

const bits = (x: Tensor): number[] => Array.from(new Uint32Array(x.data.slice().buffer));

/** What diffeo/autograd exports besides ops. */
const NOT_OPS = [
  "apply",
  "applyMany",
  "detach",
  "grad",
  "gradcheck",
  "jacobian",
  "noGrad",
  "numericalJacobian",
  "parameter",
  "valueAndGrad",
  "variable",
];

describe("the table of ops", () => {
  it("has a row for every op that is exported", () => {
    const exported = Object.entries(autograd).filter(
      ([name, value]) => typeof value === "function" && /^[a-z]/.test(name) && !NOT_OPS.includes(name),
    );
    const rows = new Set(OPS.map(({ name }) => name));
    expect(exported.map(([name]) => name).filter((name) => !rows.has(name))).toEqual([]);
    expect(exported.length).toBeGreaterThan(20);
  });
});

describe.each(OPS.map((row, k) => ({ ...row, k })))("$name (row $k)", ({ draw }) => {
  const seeds = fc.nat(2 ** 31 - 1);

  it("has the first and second derivatives that numbers confirm, over random shapes", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { f, inputs } = draw(new Random(seed));
        const report = gradcheck(f, inputs, { order: 2 });
        expect(report.failures, report.message).toEqual([]);
        expect(report.passed).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  it("never writes into its inputs, and computes the same of Tensors as of Variables", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { f, inputs } = draw(new Random(seed));
        const before = inputs.map(bits);
        const plain = f(...(inputs as never[]));
        const recorded = f(...inputs.map((x) => variable(x)));
        expect(inputs.map(bits)).toEqual(before);
        expect(bits(recorded)).toEqual(bits(plain));
        expect(recorded.shape).toEqual(plain.shape);
        expect(recorded).toBeInstanceOf(autograd.Variable);
        expect(recorded.data.buffer.byteLength).toBe(8 * recorded.size);
      }),
      { numRuns: 12 },
    );
  });
});
