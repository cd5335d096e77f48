import { adam, adamW, parameter, Random, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, expectWithin } from "../support/arbitraries.ts";

describe("adamW", () => {
  it("shrinks weights by ηλ, whatever the gradients: without any it does nothing else", () => {
    const p = parameter([8, -4], "p");
    const optimizer = adamW([p], { learningRate: 0.5, weightDecay: 0.5 });
    optimizer.step([tensor([0, 0])]);
    expect(p.toArray()).toEqual([6, -3]);
    optimizer.step([tensor([0, 0])], 1); // with this step's rate
    expect(p.toArray()).toEqual([3, -1.5]);
  });

  it("decays by 0.01 unless told otherwise", () => {
    const p = parameter([1], "p");
    adamW([p], { learningRate: 0.5 }).step([tensor([0])]);
    expect(p.item()).toBe(1 - 0.5 * 0.01);
  });

  it("is adam without decay, to the bit, amsgrad and all", () => {
    const options = { learningRate: 0.03, betas: [0.8, 0.95], eps: 1e-6, amsgrad: true, weightDecay: 0 } as const;
    const random = new Random(5);
    const [a, b] = [parameter([1, 2, 3]), parameter([1, 2, 3])];
    const [first, second] = [adam([a], options), adamW([b], options)];
    for (let step = 0; step < 20; step++) {
      const g = random.normal([3]);
      first.step([g]);
      second.step([g]);
    }
    expect(bitsOf(b)).toEqual(bitsOf(a));
  });

  it("follows Loshchilov & Hutter's algorithm 2, computed here with powers, over 50 steps", () => {
    const random = new Random(6);
    const p = parameter(random.normal([3]), "p");
    const theta = Array.from(p.data);
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    const optimizer = adamW([p], { learningRate: 0.02, weightDecay: 0.3 });
    for (let t = 1; t <= 50; t++) {
      const gradient = random.normal([3]);
      optimizer.step([gradient]);
      gradient.data.forEach((g, i) => {
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        theta[i] -= 0.02 * (m[i] / (1 - 0.9 ** t) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8) + 0.3 * theta[i]);
        expectWithin(p.data[i], theta[i], 1e-13 * (1 + Math.abs(theta[i])));
      });
    }
  });

  it("names itself when options are out of range", () => {
    expect(() => adamW([parameter([1])], { learningRate: 1, weightDecay: -1 })).toThrow(
      "adamW: weightDecay must be finite and ≥ 0; got -1",
    );
    expect(() => adamW([parameter([1])], { learningRate: 1, eps: Number.NaN })).toThrow("adamW: eps must be finite");
  });
});
