import { expect, test } from "vitest";
import { adaptiveIntegral } from "../../src/density/adaptiveIntegral.ts";

const normalAt = (mean: number, deviation: number) => (t: Float64Array) =>
  t.map((x) => -0.5 * ((x - mean) / deviation) ** 2 - Math.log(deviation) - 0.5 * Math.log(2 * Math.PI));

// far from 0, and so narrow that no first point comes near
test.each([[0, 1], [3, 1e-3], [-20, 1e-6], [100, 5], [0.123, 1e-9], [-1e4, 30]])(
  "a normal density at %d with deviation %d has integral 1 and its mean",
  (mean, deviation) => {
    const { logValue, error, mean: average } = adaptiveIntegral(normalAt(mean, deviation));
    expect(Math.abs(logValue)).toBeLessThan(1e-8);
    expect(error).toBeLessThan(1e-8);
    expect(Math.abs(average((t) => t) - mean)).toBeLessThan(1e-8 * (Math.abs(mean) + deviation));
    expect(Math.abs(average((t) => (t - mean) ** 2) - deviation ** 2)).toBeLessThan(1e-7 * deviation ** 2);
  },
); // biome-ignore format: a table

test("tails that fall like 1/t² are integrated whole", () => {
  const { logValue } = adaptiveIntegral((t) => t.map((x) => -Math.log(Math.PI * (1 + x * x))));
  expect(Math.abs(logValue)).toBeLessThan(1e-12);
});

test("two peaks far apart, of different weight", () => {
  const parts = [normalAt(-5, 0.01), normalAt(8, 0.02)];
  const { logValue, mean } = adaptiveIntegral((t) => {
    const [a, b] = parts.map((part) => part(t));
    return a.map((value, i) => Math.log(0.3 * Math.exp(value) + 0.7 * Math.exp(b[i])));
  });
  expect(Math.abs(logValue)).toBeLessThan(1e-8);
  expect(mean((t) => t)).toBeCloseTo(0.3 * -5 + 0.7 * 8, 8);
});

test("a density that is 0 in parts, and one that is 0 everywhere", () => {
  const half = adaptiveIntegral((t) => t.map((x) => (x >= 0 && x <= 1 ? 0 : -Infinity)));
  expect(Math.abs(half.logValue)).toBeLessThan(1e-7);
  const none = adaptiveIntegral((t) => t.map(() => -Infinity));
  expect(none.logValue).toBe(-Infinity);
  expect(none.error).toBe(Infinity);
});

test("logarithms far beyond the range of exp", () => {
  const { logValue } = adaptiveIntegral((t) => normalAt(1, 2)(t).map((value) => value - 5000));
  expect(logValue).toBeCloseTo(-5000, 8);
});
