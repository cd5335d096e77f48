import { circles, type Distribution, Random, rings, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

const CASES: readonly [string, Distribution, { radii: number[]; sigma: number }][] = [
  ["rings", rings(), { radii: [3, 2.25, 1.5, 0.75], sigma: 0.08 }],
  ["circles", circles(), { radii: [3, 1.5], sigma: 0.24 }],
];

/** ln p(r), by plain loops over 8,192 angles of a half turn, with the largest term taken out. */
function logDensity(r: number, radii: readonly number[], sigma: number): number {
  const exponents = radii.flatMap((radius) =>
    Array.from({ length: 8192 }, (_, k) => {
      const halfAngle = (Math.PI * (k + 0.5)) / 8192 / 2;
      // |x − c|² = (r − R)² + 4rR sin²(θ/2)
      return -((r - radius) ** 2 + 4 * r * radius * Math.sin(halfAngle) ** 2) / (2 * sigma ** 2);
    }),
  );
  const largest = exponents.reduce((a, b) => Math.max(a, b));
  const total = exponents.reduce((sum, exponent) => sum + Math.exp(exponent - largest), 0);
  return largest + Math.log(total / exponents.length) - Math.log(2 * Math.PI * sigma ** 2);
}

describe.each(CASES)("concentricCircles: %s", (_name, distribution, { radii, sigma }) => {
  it("has the density of 8,192 angles, within 10⁻¹² for r ≤ 6, and the same in every direction", () => {
    const random = new Random(1);
    for (const r of [0, 1e-9, 0.3, 0.75, 1.1, 2.25, 2.6, 3, 3.2, 4, 5, 6]) {
      const expected = logDensity(r, radii, sigma);
      for (const angle of random.uniform([8], 0, 2 * Math.PI).data) {
        const value = distribution.logProb(tensor([[r * Math.cos(angle), r * Math.sin(angle)]])).item();
        expectWithin(value, expected, 1e-12 + 1e-15 * Math.abs(expected), `ln p at r = ${r}`);
      }
    }
  });

  it("draws the radii with equal chances", () => {
    const n = 8000;
    const x = distribution.sample(n, new Random(2));
    const counts = radii.map(() => 0);
    for (let i = 0; i < n; i++) {
      const r = Math.hypot(x.at(i, 0), x.at(i, 1));
      counts[radii.reduce((best, radius, k) => (Math.abs(radius - r) < Math.abs(radii[best] - r) ? k : best), 0)]++;
    }
    const [mean, variance] = [n / radii.length, (n / radii.length) * (1 - 1 / radii.length)];
    // a radius is taken for its neighbour at 3.1σ or 4.7σ: once in a thousand
    for (const count of counts) {
      expect(Math.abs(count - mean) <= 5 * Math.sqrt(variance) + 0.002 * n, `${counts}`).toBe(true);
    }
  });
});
