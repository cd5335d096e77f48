import { Random, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { itIsAToy, onGrid } from "../support/toys.ts";

const moons = twoMoons();

describe("twoMoons", () => {
  itIsAToy({
    name: "twoMoons",
    distribution: moons,
    entropy: 2.393879195966372,
    integrals: onGrid(moons, 4.6, 180), // beyond 8σ; cells of σ/4
    bounds: { mass: 1e-12, entropy: 1e-10 },
  });

  it("draws the arcs with equal chances", () => {
    const x = moons.sample(20_000, new Random(2));
    const above = (sign: number): number =>
      Array.from({ length: 20_000 }, (_, i) => sign * (x.at(i, 1) - 0.3)).filter((height) => height > 0).length;
    // the moons are each other's image under a half turn about (0, 0.3)
    expect(Math.abs(above(1) - above(-1)) <= 5 * Math.sqrt(20_000)).toBe(true);
  });
});
