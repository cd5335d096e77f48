import { parameter, Random, sgd, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

describe("sgd", () => {
  it("goes down the gradient by the learning rate, and decays weights through the gradient", () => {
    const p = parameter([1, 2], "p");
    sgd([p], { learningRate: 0.5 }).step([tensor([1, -4])]);
    expect(p.toArray()).toEqual([0.5, 4]);
    sgd([p], { learningRate: 0.5, weightDecay: 0.25 }).step([tensor([0, 1])]);
    expect(p.toArray()).toEqual([0.5 - 0.5 * 0.125, 4 - 0.5 * 2]);
  });

  it("builds up a velocity, which starts as the whole first gradient, dampened or not", () => {
    const p = parameter([0], "p");
    const optimizer = sgd([p], { learningRate: 1, momentum: 0.5, dampening: 0.25 });
    optimizer.step([tensor([4])]); // v = 4
    expect(p.item()).toBe(-4);
    optimizer.step([tensor([8])]); // v = 2 + 6
    expect(p.item()).toBe(-12);
    optimizer.step([tensor([0])]); // v = 4
    expect(p.item()).toBe(-16);
  });

  it("looks one velocity ahead with Nesterov's momentum", () => {
    const p = parameter([0], "p");
    const optimizer = sgd([p], { learningRate: 1, momentum: 0.5, nesterov: true });
    optimizer.step([tensor([4])]); // v = 4, step 4 + 2
    expect(p.item()).toBe(-6);
    optimizer.step([tensor([8])]); // v = 10, step 8 + 5
    expect(p.item()).toBe(-19);
  });

  it("follows its recurrence with all options over 50 steps, computed here with plain numbers", () => {
    const random = new Random(3);
    const p = parameter(random.normal([3]), "p");
    const theta = Array.from(p.data);
    const v = [0, 0, 0];
    const optimizer = sgd([p], { learningRate: 0.05, momentum: 0.9, dampening: 0.2, weightDecay: 0.1 });
    for (let t = 1; t <= 50; t++) {
      const gradient = random.normal([3]);
      optimizer.step([gradient], 0.05 / t);
      for (let i = 0; i < 3; i++) {
        const g = gradient.data[i] + 0.1 * theta[i];
        v[i] = t === 1 ? g : 0.9 * v[i] + 0.8 * g;
        theta[i] -= (0.05 / t) * v[i];
        expectWithin(p.data[i], theta[i], 1e-14 * (1 + Math.abs(theta[i])));
      }
    }
  });

  it("says which options do not go together", () => {
    const make = (options: object) => () => sgd([parameter([1])], { learningRate: 1, ...options });
    expect(make({ momentum: -0.1 })).toThrow("sgd: momentum must be finite and ≥ 0; got -0.1");
    expect(make({ weightDecay: Number.NaN })).toThrow("sgd: weightDecay must be finite and ≥ 0; got NaN");
    expect(make({ nesterov: true })).toThrow(
      "sgd: nesterov needs momentum and no dampening; got momentum 0, dampening 0",
    );
    expect(make({ nesterov: true, momentum: 0.9, dampening: 0.1 })).toThrow("sgd: nesterov needs momentum");
  });
});
