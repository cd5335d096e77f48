import { gradcheck, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../src/distributions/normalQuantile.ts";
import { normalCdf } from "../../src/tensor/kernels/erf.ts";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

/** u, and Φ⁻¹(u) to the nearest float64: the root of ncdf(x) = u in mpmath 1.4.1 with 60 digits, u as the float64 that is written. */
const VALUES: readonly (readonly [u: number, x: number])[] = [
  [5e-324, -38.467405617144344],
  [2.2250738585072014e-308, -37.5193793471445],
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-10, -6.361340902404057],
  [1e-5, -4.264890793922825],
  [0.001, -3.0902323061678136],
  [0.025, -1.9599639845400543],
  [0.1, -1.2815515655446004],
  [0.2, -0.8416212335729142],
  [0.2349, -0.7228045037020319],
  [0.2351, -0.7221536766602621],
  [0.25, -0.6744897501960817],
  [0.3, -0.5244005127080408],
  [0.4, -0.2533471031357997],
  [0.49, -0.025068908258711057],
  [0.499999, -2.5066282745665593e-6],
  [0.4999999999999, -2.506016240416926e-13],
  [0.5000000000000001, 2.782916424671767e-16],
  [0.6, 0.2533471031357997],
  [0.75, 0.6744897501960817],
  [0.7649, 0.7221536766602622],
  [0.7651, 0.7228045037020319],
  [0.9, 1.2815515655446006],
  [0.975, 1.9599639845400538],
  [0.999, 3.090232306167813],
  [0.9999999999999999, 8.209536151601387],
];

describe("normalQuantile", () => {
  it("is Φ⁻¹ within 4 units in the last place, from the least float64 number to the last before 1", () => {
    for (const [u, x] of VALUES) {
      expectWithin(normalQuantile(tensor(u)).item(), x, 4 * EPSILON * Math.abs(x), `the quantile of ${u}`);
    }
    expect(normalQuantile(tensor([0, 0.5, 1])).toArray()).toEqual([-Infinity, 0, Infinity]);
    expect(normalQuantile(tensor(Number.NaN)).item()).toBeNaN();
  });

  it("is undone by Φ, rises everywhere, and is odd around ½ to the bit", () => {
    let last = Number.NEGATIVE_INFINITY;
    for (let k = 1; k < 1024; k++) {
      const u = k / 1024;
      const x = normalQuantile(tensor(u)).item();
      expect(x).toBeGreaterThan(last);
      expect(normalQuantile(tensor(1 - u)).item() + x).toBe(0);
      expectWithin(normalCdf(x), u, 16 * EPSILON * u * (1 + x * x), `Φ of the quantile of ${u}`);
      last = x;
    }
  });

  it("has the derivatives 1/φ(x) and x/φ(x)²", () => {
    expect(gradcheck(normalQuantile, [tensor([0.003, 0.2, 0.4, 0.63, 0.99])], { order: 2 })).toMatchObject({
      failures: [],
    });
  });
});
