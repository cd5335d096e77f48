import { estimateDensity, Random, twoMoons } from "diffeo";
import { expect, test } from "vitest";

// Held-out rows are exchangeable with fresh ones: their scores come from one distribution, and so many fresh rows are flagged as the beta-binomial distribution says.

const SEEDS = 20;
const [ROWS, FRESH, ALPHA] = [1000, 1000, 0.05];

/** D = sup |F − G| of two samples. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let [i, j, largest] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i], y[j]);
    while (x[i] === value) i++;
    while (y[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

/** P(K ≤ k), K the number of m fresh rows below the a-th smallest of n held out: beta-binomial with a and n + 1 − a. */
function atMost(k: number, m: number, a: number, n: number): number {
  const b = n + 1 - a;
  // P(K = 0) = B(a, b + m)/B(a, b), and P(K = i + 1)/P(K = i) = (m − i)/(i + 1) · (a + i)/(b + m − i − 1)
  let logP = 0;
  for (let i = 0; i < m; i++) logP += Math.log((b + i) / (a + b + i));
  let total = Math.exp(logP);
  for (let i = 0; i < k; i++) {
    logP += Math.log(((m - i) / (i + 1)) * ((a + i) / (b + m - i - 1)));
    total += Math.exp(logP);
  }
  return total;
}

test("the beta-binomial distribution is one, and has its mean", () => {
  const [m, a, n] = [40, 3, 19];
  const masses = Array.from({ length: m + 1 }, (_, k) => atMost(k, m, a, n) - (k === 0 ? 0 : atMost(k - 1, m, a, n)));
  expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12);
  expect(masses.reduce((sum, mass, k) => sum + k * mass, 0)).toBeCloseTo((m * a) / (n + 1), 10);
});

test("p-values of fresh normal rows are what they say, over 20 seeds", async () => {
  let rejections = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(1000 + seed);
    const moons = twoMoons();
    const model = await estimateDensity(moons.sample(ROWS, random), { random, model: "maf", steps: 80 });
    const calibration = model.facts.calibration as Float64Array;
    const n = calibration.length;
    expect(n).toBe(300);
    const fresh = moons.sample(FRESH, random);
    const D = kolmogorovSmirnov(calibration, model.score(fresh).data);
    if (D > 1.6276 * Math.sqrt((n + FRESH) / (n * FRESH))) rejections++; // √(−½ ln(0.01/2)): 1 % if scores come from one distribution
    const flagged = model.pValue(fresh).data.filter((p) => p <= ALPHA).length;
    const a = Math.floor(ALPHA * (n + 1));
    const below = atMost(flagged, FRESH, a, n);
    expect(below).toBeGreaterThan(0.0005);
    expect(1 - below).toBeGreaterThan(0.0005);
  }
  expect(rejections).toBeLessThanOrEqual(1);
});
