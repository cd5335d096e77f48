import { grad, mul, noGrad, sum, Tensor, type Variable, variable } from "diffeo";
import fc from "fast-check";
import { describe, it } from "vitest";
import { OPS } from "../support/ops/index.ts";
import { comparePlan } from "../support/plans.ts";

describe("a plan of one op and its gradients has the bits of the ops, whatever lay in its memory before:", () => {
  it.each(OPS.map((row) => [`${row.name}${row.variant === "" ? "" : `, ${row.variant}`}`, row] as const))(
    "%s",
    (_name, row) => {
      fc.assert(
        fc.property(row.cases, ({ f, inputs }) => {
          const both = (...xs: Tensor[]): Tensor[] => {
            const y = f(...xs);
            return [y, ...noGrad(() => grad(sum(mul(y, y)), xs as Variable[]))];
          };
          const given = inputs.map((x) => variable(new Tensor(x.data.slice(), x.shape))); // each with a buffer of its own
          comparePlan(both, given);
        }),
        { numRuns: 12 },
      );
    },
  );
});
