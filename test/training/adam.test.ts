import { adam, DomainError, full, parameter, Random, ShapeError, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

describe("adam", () => {
  it("moves by the learning rate along the sign of the first gradient", () => {
    const p = parameter([1, 1, 1], "p");
    adam([p], { learningRate: 0.1, eps: 0 }).step([tensor([5, -0.001, 2])]);
    // m̂ = g, v̂ = g²: θ − η·g/|g|
    const expected = [0.9, 1.1, 0.9];
    p.data.forEach((value, i) => {
      expect(Math.abs(value - expected[i]) <= 1e-15).toBe(true);
    });
  });

  it("follows Kingma & Ba's algorithm 1, computed here with powers, over 50 steps", () => {
    const random = new Random(1);
    const p = parameter(random.normal([4]), "p");
    const theta = Array.from(p.data);
    const m = [0, 0, 0, 0];
    const v = [0, 0, 0, 0];
    const [b1, b2, eps, rate, decay] = [0.8, 0.95, 1e-6, 0.03, 0.01];
    const optimizer = adam([p], { learningRate: rate, betas: [b1, b2], eps, weightDecay: decay });
    for (let t = 1; t <= 50; t++) {
      const gradient = random.normal([4]);
      optimizer.step([gradient]);
      for (let i = 0; i < 4; i++) {
        const g = gradient.data[i] + decay * theta[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        theta[i] -= (rate * (m[i] / (1 - b1 ** t))) / (Math.sqrt(v[i] / (1 - b2 ** t)) + eps);
        expect(Math.abs(p.data[i] - theta[i]) <= 1e-13 * (1 + Math.abs(theta[i]))).toBe(true);
      }
    }
  });

  it("divides by the largest v with amsgrad: after one large gradient steps stay small", () => {
    const [plain, capped] = [parameter([0], "p"), parameter([0], "p")];
    const options = { learningRate: 0.1, betas: [0, 0.5], eps: 0 } as const;
    const [first, second] = [adam([plain], options), adam([capped], { ...options, amsgrad: true })];
    let [v, largest, theta, cappedTheta] = [0, 0, 0, 0];
    [8, 1, -2, 1, 0.5].forEach((g, k) => {
      first.step([tensor([g])]);
      second.step([tensor([g])]);
      v = 0.5 * v + 0.5 * g * g;
      largest = Math.max(largest, v);
      theta -= (0.1 * g) / Math.sqrt(v / (1 - 0.5 ** (k + 1)));
      cappedTheta -= (0.1 * g) / Math.sqrt(largest / (1 - 0.5 ** (k + 1)));
      expectWithin(plain.item(), theta, 1e-15);
      expectWithin(capped.item(), cappedTheta, 1e-15);
    });
    expect(largest).toBe(32);
  });

  it("takes this step's learning rate in place of its own", () => {
    const p = parameter([1], "p");
    adam([p], { learningRate: 0.1 }).step([tensor([1])], 0);
    expect(p.item()).toBe(1);
  });

  it("notices a single value that would not be finite among thousands, wherever it is, and only that", () => {
    const n = 4097; // three pieces in vectors, the last one of a single number
    for (const at of [0, 1, 2047, 2048, 4096]) {
      for (const [bad, place] of [
        [1e200, "v of p"], // its square is infinite, and the step by it 0
        [Number.NaN, "p"],
      ] as const) {
        const p = parameter(full([n], 1), "p");
        const optimizer = adam([p], { learningRate: 0.1 });
        const g = new Float64Array(n).fill(0.5);
        optimizer.step([new Tensor(g, [n])]);
        g[at] = bad;
        expect(() => optimizer.step([new Tensor(g, [n])])).toThrow(
          `adam: new values must be finite; ${place}[${at}] = `,
        );
      }
    }
  });

  it("refuses gradients of other shapes and numbers", () => {
    const p = parameter([1, 2], "net.bias");
    const optimizer = adam([p], { learningRate: 0.1 });
    expect(() => optimizer.step([])).toThrow("adam: one gradient per parameter; got 0 for 1");
    expect(() => optimizer.step([tensor([1])])).toThrow(ShapeError);
    expect(() => optimizer.step([tensor([1])])).toThrow(
      "adam: every gradient has its parameter's shape; net.bias is [2], its gradient [1]",
    );
    expect(() => adam([p], { learningRate: Number.NaN })).toThrow("adam: learningRate must be finite and ≥ 0; got NaN");
    expect(() => adam([p], { learningRate: 1, betas: [0.9, 1] })).toThrow("adam: β₂ must be in [0, 1); got 1");
    expect(() => adam([p], { learningRate: 1, betas: 0.9 as never })).toThrow(DomainError);
  });
});
