import { DomainError, grad, Random, sum, tensor, uniform, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { itIsAFamily } from "../support/distributions.ts";

describe("uniform", () => {
  itIsAFamily({
    name: "uniform",
    make: uniform,
    member: { low: -1, high: 2.5 },
    positive: [],
    mean: 0.75,
    variance: 3.5 ** 2 / 12,
    fourth: 3.5 ** 4 / 80,
    edges: [-1, 2.5],
  });

  it("holds its lower edge and not its upper one, and is −∞ outside, in whichever coordinate", () => {
    const p = uniform({ low: tensor([0, 0]), high: tensor([2, 4]) });
    const inside = -Math.log(8);
    const x = tensor([
      [0, 0],
      [2, 1],
      [1, 4],
      [-1e-300, 1],
      [1.9, 3.9],
      [Number.POSITIVE_INFINITY, 0],
      [Number.NaN, 9],
    ]);
    const outside = Number.NEGATIVE_INFINITY;
    expect(p.logProb(x).toArray()).toEqual([inside, outside, outside, outside, inside, outside, Number.NaN]);
  });

  it("has gradients in its edges from the points inside, and none from the others, nor in x", () => {
    const [low, high, x] = [variable(0), variable(4), variable([1, 5, 2])];
    const grads = grad(sum(uniform({ low, high }).logProb(x)), [low, high, x]);
    expect(grads.map(({ data }) => Array.from(data))).toEqual([[0.5], [-0.5], [0, 0, 0]]);
  });

  it("draws low + (high − low)·u from one call of random.uniform, and never the upper edge", () => {
    const random = new Random(1);
    const x = uniform({ low: -1, high: 3 }).sample(5, random);
    const again = new Random(1);
    expect(Array.from(x.data)).toEqual(Array.from(again.uniform([5]).data, (u) => 4 * u - 1));
    expect(random.state()).toEqual(again.state());
    // two neighbouring float64: half of the draws would be rounded up to the edge
    const p = uniform({ low: 1, high: 1 + 2 ** -52 });
    expect(p.sample(100, random).data.every((value) => value === 1)).toBe(true);
  });

  it("refuses boxes without volume, and boxes without end", () => {
    expect(() => uniform({ low: 1, high: 1 })).toThrow("uniform: low must be below high; got 1 and 1 at []");
    expect(() => uniform({ low: tensor([0, 3]), high: 2 })).toThrow(
      "uniform: low must be below high; got 3 and 2 at [1]",
    );
    expect(() => uniform({ low: -1e308, high: 1e308 })).toThrow(DomainError);
  });
});
