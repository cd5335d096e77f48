import { neg, Random, twoSpirals } from "diffeo";
import { describe, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { itIsAToy, onGrid } from "../support/toys.ts";

const distribution = twoSpirals();

describe("twoSpirals", () => {
  // σ = 0.1, and the spirals end at (3π + ½)/3 = 3.3: the grid goes 6σ further, its cells are 0.8σ
  const integrals = onGrid(distribution, 3.92, 98);
  itIsAToy({
    name: "twoSpirals",
    distribution,
    entropy: 2.645450283603892,
    integrals,
    bounds: { mass: 1e-8, entropy: 1e-6 },
  });

  it("is the same after half a turn", () => {
    const x = new Random(1).uniform([20, 2], -4, 4);
    const turned = distribution.logProb(neg(x));
    distribution.logProb(x).data.forEach((value, i) => {
      expectWithin(turned.at(i), value, 1e-13 * (1 + Math.abs(value)));
    });
  });
});
