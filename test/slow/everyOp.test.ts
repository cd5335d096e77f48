import { describe, it } from "vitest";
import { runs } from "../support/arbitraries.ts";
import { expectDerivatives } from "../support/ops/derivatives.ts";
import { OPS } from "../support/ops/index.ts";

// test/autograd/ops/every.test.ts has the rest, and a quarter of these cases.
describe.each(OPS.map((row) => [`${row.name}, ${row.variant}`, row] as const))("%s", (_name, row) => {
  it("has the full Jacobian that a certified numerical one confirms, in 200 cases", () => {
    expectDerivatives(row, 1, runs(2, 200));
  });

  it("has the second derivatives that certified numerical ones confirm, in 25 cases", () => {
    expectDerivatives(row, 2, runs(1 / 4, 25));
  });
});
