import { Random, swissRoll } from "diffeo";
import { describe, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { itIsAToy, onGrid } from "../support/toys.ts";

const distribution = swissRoll();

describe("swissRoll", () => {
  // the roll ends at 2.83 and σ is 0.2: the grid goes 8σ further, its cells are σ/3.3
  const integrals = onGrid(distribution, 4.5, 150);
  itIsAToy({
    name: "swissRoll",
    distribution,
    entropy: 2.6696461738824313,
    integrals,
    bounds: { mass: 1e-12, entropy: 1e-9 },
  });

  it("has the density of 20,000 points along the roll, by plain loops", () => {
    const x = new Random(1).uniform([12, 2], -4, 4);
    const logProb = distribution.logProb(x);
    for (let i = 0; i < 12; i++) {
      let total = 0;
      for (let k = 0; k < 20_000; k++) {
        const t = 1.5 * Math.PI * (1 + (2 * (k + 0.5)) / 20_000);
        const square = (x.at(i, 0) - (t * Math.cos(t)) / 5) ** 2 + (x.at(i, 1) - (t * Math.sin(t)) / 5) ** 2;
        total += Math.exp(-square / 0.08);
      }
      // the midpoint rule's error is (h²/24)·(f′ at the ends), f of the order of (26/0.2)²: 2·10⁻⁶ of the largest term
      expectWithin(logProb.at(i), Math.log(total / 20_000 / (0.08 * Math.PI)), 1e-5);
    }
  });
});
