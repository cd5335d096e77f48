import { checkerboard, grad, Random, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { itIsAToy, onGrid } from "../support/toys.ts";

const distribution = checkerboard();

describe("checkerboard", () => {
  // every cell of side ½ lies in one square
  const integrals = onGrid(distribution, 5, 20);
  itIsAToy({
    name: "checkerboard",
    distribution,
    entropy: Math.log(32),
    integrals,
    bounds: { mass: 1e-14, entropy: 1e-14 },
  });

  it("is 1/32 on every second square of the board, edges at the left and below included, and 0 elsewhere", () => {
    const rows = ["# # ", " # #", "# # ", " # #"]; // from y = −4 upwards, x from −4 to the right
    rows.forEach((row, j) => {
      [...row].forEach((square, i) => {
        const expected = square === "#" ? -Math.log(32) : Number.NEGATIVE_INFINITY;
        const [x1, x2] = [-4 + 2 * i, -4 + 2 * j];
        for (const offset of [0, 1e-9, 1, 2 - 1e-9]) {
          expect(distribution.logProb(tensor([[x1 + offset, x2 + offset]])).item()).toBe(expected);
        }
      });
    });
    for (const outside of [
      [4, 0],
      [4.5, 4.5],
      [-5, -5],
      [0, 1e300],
      [Number.POSITIVE_INFINITY, 0],
      [-5, 1],
    ]) {
      expect(distribution.logProb(tensor([outside])).item()).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  it("has the gradient 0 inside and outside", () => {
    const x = variable([
      [1, 1],
      [-1, 1],
    ]);
    expect(grad(sum(distribution.logProb(x)), [x])[0].toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("draws only from its squares, from each as often", () => {
    const n = 8000;
    const x = distribution.sample(n, new Random(1));
    expect(distribution.logProb(x).data.every((value) => value === -Math.log(32))).toBe(true);
    const counts = new Map<number, number>();
    for (let i = 0; i < n; i++) {
      const square = 4 * Math.floor(x.at(i, 1) / 2 + 2) + Math.floor(x.at(i, 0) / 2 + 2);
      counts.set(square, (counts.get(square) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    for (const count of counts.values()) expect(Math.abs(count - 1000) <= 5 * Math.sqrt(875)).toBe(true);
  });
});
