import { grad, noGrad, ones, type Tensor, variable } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPS } from "../support/ops/index.ts";
import { comparePlan } from "../support/plans.ts";

/** Comparisons, and what chooses by numbers how to compute: a plan would go on with the choice of the recording. */
const CHOOSERS: readonly string[] = [];

describe("a plan of one op and its gradients has the bits of the ops, whatever lay in its memory before:", () => {
  it.each(OPS.map((row) => [`${row.name}${row.variant === "" ? "" : `, ${row.variant}`}`, row] as const))(
    "%s",
    (_name, row) => {
      expect(CHOOSERS).not.toContain(row.name);
      fc.assert(
        fc.property(row.cases, ({ f, inputs }) => {
          const both = (...xs: Tensor[]): Tensor[] => {
            const leaves = xs.map((x) => variable(x));
            const y = f(...leaves);
            const given = { gradOutput: ones(y.shape) } as never;
            return [y, ...noGrad(() => grad(y, leaves, given))];
          };
          const own = inputs.map((x) => variable(x)); // each with a buffer of its own
          comparePlan(both, own);
        }),
        { numRuns: 12 },
      );
    },
  );
});
