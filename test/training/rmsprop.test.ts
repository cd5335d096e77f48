import { parameter, Random, rmsprop, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

describe("rmsprop", () => {
  it("divides the gradient by its root mean square: the first step is η/√(1 − α) long", () => {
    const p = parameter([0, 0], "p");
    rmsprop([p], { learningRate: 0.5, alpha: 0.75, eps: 0 }).step([tensor([8, -0.5])]);
    expect(p.toArray()).toEqual([-1, 1]); // v = g²/4
  });

  it("divides by the standard deviation when centered: the first step is η/√(α(1 − α)) long", () => {
    const p = parameter([0], "p");
    rmsprop([p], { learningRate: 0.5, alpha: 0.5, eps: 0, centered: true }).step([tensor([8])]);
    expect(p.item()).toBe(-1); // v = 32, m = 4: v − m² = 16
  });

  it("stays finite when all gradients are alike, and rounding makes v − m² negative", () => {
    const p = parameter(new Random(1).normal([64]), "p");
    const g = new Random(2).normal([64]);
    const optimizer = rmsprop([p], { learningRate: 1e-3, alpha: 0.5, centered: true });
    for (let step = 0; step < 200; step++) optimizer.step([g]);
    const { square, mean } = optimizer.state().tensors;
    const negative = square[0].data.filter((v, i) => v - mean[0].data[i] * mean[0].data[i] < 0);
    expect(negative.length).toBeGreaterThan(0); // without a floor, the square root of these would be NaN
  });

  it("follows its recurrence with all options over 50 steps, computed here with plain numbers", () => {
    const random = new Random(3);
    const p = parameter(random.normal([3]), "p");
    const theta = Array.from(p.data);
    const [v, m, b] = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const optimizer = rmsprop([p], {
      learningRate: 0.02,
      alpha: 0.8,
      eps: 1e-4,
      centered: true,
      momentum: 0.5,
      weightDecay: 0.1,
    });
    for (let t = 1; t <= 50; t++) {
      const gradient = random.normal([3]);
      optimizer.step([gradient]);
      for (let i = 0; i < 3; i++) {
        const g = gradient.data[i] + 0.1 * theta[i];
        v[i] = 0.8 * v[i] + 0.2 * g ** 2;
        m[i] = 0.8 * m[i] + 0.2 * g;
        b[i] = 0.5 * b[i] + g / (Math.sqrt(v[i] - m[i] ** 2) + 1e-4);
        theta[i] -= 0.02 * b[i];
        expectWithin(p.data[i], theta[i], 1e-12 * (1 + Math.abs(theta[i])));
      }
    }
  });

  it("remembers only what its options need", () => {
    const names = (options: object): string[] =>
      Object.keys(rmsprop([parameter([1])], { learningRate: 1, ...options }).state().tensors);
    expect(names({})).toEqual(["square"]);
    expect(names({ centered: true })).toEqual(["square", "mean"]);
    expect(names({ momentum: 0.9 })).toEqual(["square", "velocity"]);
  });

  it("says which option is out of range", () => {
    const make = (options: object) => () => rmsprop([parameter([1])], { learningRate: 1, ...options });
    expect(make({ alpha: 1 })).toThrow("rmsprop: alpha must be in [0, 1); got 1");
    expect(make({ momentum: -1 })).toThrow("rmsprop: momentum must be finite and ≥ 0; got -1");
    expect(make({ eps: "1e-8" })).toThrow('rmsprop: eps must be finite and ≥ 0; got "1e-8"');
  });
});
