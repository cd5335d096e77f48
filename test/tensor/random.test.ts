import { DomainError, Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { describeValue } from "../../src/tensor/errors.ts";
import { philox4x32 } from "../../src/tensor/kernels/philox.ts";

const N = 1_000_000;

describe("philox4x32", () => {
  it("has the published vectors of philox4x32-10", () => {
    const out = new Uint32Array(4);
    const ones = 0xffffffff;
    philox4x32(0, 0, 0, 0, 0, 0, out);
    expect(Array.from(out)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    philox4x32(ones, ones, ones, ones, ones, ones, out);
    expect(Array.from(out)).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    philox4x32(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, out);
    expect(Array.from(out)).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });
});

describe("Random", () => {
  it("gives the same stream for the same seed, and others for others, large ones too", () => {
    const draw = (seed: number): unknown => new Random(seed).uniform([5]).toArray();
    expect(draw(7)).toEqual(draw(7));
    const seeds = [0, 1, 2 ** 32, 2 ** 53 - 1, 2 ** 32 + 1];
    expect(new Set(seeds.map((seed) => String(draw(seed)))).size).toBe(5);
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, [1]]) {
      expect(() => new Random(seed as number)).toThrow(
        new DomainError(`Random: the seed must be an integer in [0, 2^53); got ${describeValue(seed)}`),
      );
    }
  });

  it("goes on from its state, through JSON too", () => {
    const random = new Random(3);
    random.normal([7]);
    const resumed = Random.from(JSON.parse(JSON.stringify(random.state())));
    expect(resumed.permutation(9)).toEqual(random.permutation(9));
    expect(resumed.split().normal([3]).toArray()).toEqual(random.split().normal([3]).toArray());
    for (const state of [
      null,
      {},
      { key: [1], blocks: 0 },
      { key: [1, 2 ** 32], blocks: 0 },
      { key: [1, 2], blocks: -1 },
    ]) {
      expect(() => Random.from(state as never)).toThrow(DomainError);
    }
  });

  it("splits off generators of their own", () => {
    const random = new Random(5);
    const children = [random.split(), random.split(), random];
    const all = children.flatMap((child) => Array.from(child.uniform([1000]).data));
    expect(new Set(all).size).toBe(3000);
  });

  it("draws uniforms of 53 bits on [low, high)", () => {
    const x = new Random(1).uniform([N]).data;
    expect(x.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53))).toBe(true);
    expect(x.filter((value) => !Number.isInteger(value * 2 ** 52)).length).toBeGreaterThan(0.49 * N);
    const narrow = new Random(1).uniform([1000], 1, 1 + 2 ** -51).data;
    expect(narrow.every((value) => value >= 1 && value < 1 + 2 ** -51)).toBe(true);
    expect(() => new Random(1).uniform([1], 2, 2)).toThrow(
      "uniform: low and high must be finite numbers, low below high; got 2 and 2",
    );
    expect(() => new Random(1).uniform([1], Number.NEGATIVE_INFINITY, 0)).toThrow(DomainError);
    expect(() => new Random(1).uniform([1], 0, Number.POSITIVE_INFINITY)).toThrow(DomainError);
  });

  it("draws uniforms from the widest intervals, too, where high − low overflows", () => {
    const [low, high] = [-1e308, 1.5e308];
    const x = new Random(1).uniform([N], low, high).data;
    const u = new Random(1).uniform([N]).data;
    // two roundings of low and u·(high − low), each of eps/2
    x.forEach((value, i) => {
      if (!(value >= low && value < high && Math.abs(value / 1e308 + 1 - 2.5 * u[i]) <= 4 * 2 ** -52)) {
        expect.fail(`${value} for ${u[i]}`);
      }
    });
  });

  it("draws normals with the right moments and distribution (Kolmogorov–Smirnov, a million)", () => {
    const x = new Random(2).normal([N]).data;
    const moment = (k: number): number => x.reduce((total, value) => total + value ** k, 0) / N;
    // five standard errors: Var x = 1, Var x² = 2, Var x³ = 15, Var x⁴ = 96
    for (const [k, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ]) {
      expect(Math.abs(moment(k) - expected) <= 5 * Math.sqrt(variance / N)).toBe(true);
    }
    const sorted = x.slice().sort();
    let distance = 0;
    for (let i = 0; i < N; i += 100) distance = Math.max(distance, Math.abs(normalCdf(sorted[i]) - i / N));
    // beyond 1.95/√N with probability 1e-3; the grid of every hundredth point adds 1e-4
    expect(distance <= 1.95 / Math.sqrt(N) + 1e-4).toBe(true);
    expect(Number.isFinite(sorted[0]) && Number.isFinite(sorted[N - 1])).toBe(true);
  });

  it("draws as many as asked for, odd numbers and none too", () => {
    expect(new Random(1).normal([3]).data.slice(0, 2)).toEqual(new Random(1).normal([2]).data);
    expect(new Random(1).normal([0]).size).toBe(0);
    expect(new Random(1).uniform([]).rank).toBe(0);
  });

  it("draws integers and permutations evenly", () => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const value of new Random(4).integers([60_000], 6).data) counts[value]++;
    for (const count of counts)
      expect(Math.abs(count - 10_000)).toBeLessThanOrEqual(5 * Math.sqrt(60_000 * (1 / 6) * (5 / 6)));
    const random = new Random(6);
    const orders = new Map<string, number>();
    for (let k = 0; k < 6000; k++) {
      const order = random.permutation(3).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of orders.values())
      expect(Math.abs(count - 1000)).toBeLessThanOrEqual(5 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
    expect(random.permutation(0)).toEqual([]);
    for (const high of [0, 1.5, -1, 2 ** 53]) expect(() => random.integers([1], high)).toThrow(DomainError);
  });
});

/** Φ(x) by the trapezoidal rule on the density: error below 1e-9 for |x| ≤ 6. */
function normalCdf(x: number): number {
  const steps = 64;
  const h = x / steps;
  let sum = 0.5 * (1 + Math.exp(-0.5 * x * x));
  for (let k = 1; k < steps; k++) sum += Math.exp(-0.5 * (k * h) ** 2);
  return 0.5 + (sum * h) / Math.sqrt(2 * Math.PI);
}
