import { DomainError, erf, grad, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { normalCdf } from "../../../src/autograd/ops/errorFunction.ts";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";
import { exactRows, ulpsOff } from "../../support/exactTable.ts";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("erf", () => {
  it("has its limits, and keeps small numbers and the sign of zero", () => {
    expect(erf(tensor([0, -0, INF, -INF, NAN, 7])).toArray()).toEqual([0, -0, 1, -1, NAN, 1]);
    expect(() => erf([1] as never)).toThrow(new DomainError("erf: operands are Tensors or numbers; got [1]"));
  });

  it("has the second derivative −2x·erf′(x), which is 4/√π·e^{−1} at −1", () => {
    const x = variable([-1, 0]);
    const [first] = grad(sum(erf(x)), [x], { createGraph: true });
    const [second] = grad(sum(first), [x]);
    const expected = (4 / Math.sqrt(Math.PI)) * Math.exp(-1);
    expectWithin(second.data[0], expected, 8 * EPSILON * expected);
    expect(second.data[1] + 0).toBe(0);
  });
});

describe("normalCdf", () => {
  it("has the normal density as its derivative, in the tails, too: within 4 ULP", () => {
    const rows = exactRows("functions", "normalDensity");
    const x = variable(rows.map(([at]) => at));
    const derivatives = grad(sum(normalCdf(x)), [x])[0].data;
    expect(rows.filter((row, i) => !(ulpsOff(derivatives[i], row) <= 4))).toEqual([]);
  });

  it("has the second derivative −x·φ(x)", () => {
    const x = variable([-2]);
    const [density] = grad(sum(normalCdf(x)), [x], { createGraph: true });
    const [second] = grad(sum(density), [x]);
    expect(second.item()).toBe(2 * density.item());
  });
});
