import { eightGaussians, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { itIsAToy, onGrid } from "../support/toys.ts";

const distribution = eightGaussians();

describe("eightGaussians", () => {
  // σ = 0.354; the grid ends 8σ from the outermost centres, its cells are σ/3.5
  const integrals = onGrid(distribution, 5.7, 114);
  itIsAToy({
    name: "eightGaussians",
    distribution,
    entropy: 2.831880406137645,
    integrals,
    bounds: { mass: 1e-12, entropy: 1e-12 },
  });

  it("has the density of one Gaussian at its centre, the others being 6σ and more away", () => {
    const sigma = 0.5 / 1.414;
    const one = Math.log(1 / 8 / (2 * Math.PI * sigma ** 2));
    const neighbours = 2 * Math.exp(-0.5 * (8 * Math.sin(Math.PI / 8)) ** 2 * 4); // at 8 sin(π/8)/0.5 = 6.1σ
    const x = tensor([
      [4 / 1.414, 0],
      [0, -4 / 1.414],
    ]);
    distribution.logProb(x).data.forEach((value) => {
      expectWithin(value, one + Math.log1p(neighbours), 1e-14);
    });
  });

  it("draws the eight with equal chances", () => {
    const n = 8000;
    const x = distribution.sample(n, new Random(8));
    const counts = new Array(8).fill(0);
    for (let i = 0; i < n; i++) counts[Math.round((4 * Math.atan2(x.at(i, 1), x.at(i, 0))) / Math.PI + 8) % 8]++;
    // a binomial of n·⅛·⅞ = 875
    for (const count of counts) expect(Math.abs(count - n / 8) <= 5 * Math.sqrt(875), `${counts}`).toBe(true);
  });
});
