import { describe, it } from "vitest";
import { gaussLegendre } from "../../src/data/quadrature.ts";
import { expectWithin } from "../support/arbitraries.ts";

describe("gaussLegendre", () => {
  it("integrates polynomials of degree 2n − 1 exactly", () => {
    const { nodes, weights } = gaussLegendre(5, -1, 3);
    for (let degree = 0; degree <= 9; degree++) {
      const exact = (3 ** (degree + 1) - (-1) ** (degree + 1)) / (degree + 1);
      const sum = nodes.reduce((total, x, k) => total + weights[k] * x ** degree, 0);
      expectWithin(sum, exact, 1e-14 * 3 ** (degree + 1), `degree ${degree}`);
    }
  });

  it("has hundreds of nodes that are as good: ∫₀¹ eˣ dx = e − 1", () => {
    const { nodes, weights } = gaussLegendre(384, 0, 1);
    const sum = nodes.reduce((total, x, k) => total + weights[k] * Math.exp(x), 0);
    expectWithin(sum, Math.E - 1, 1e-13);
  });
});
