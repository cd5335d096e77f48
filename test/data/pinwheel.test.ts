import { noGrad, pinwheel, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { itIsAToy, onGrid } from "../support/toys.ts";

const distribution = pinwheel();

/** Where (a, b) on an arm leads. */
function onArm(a: number, b: number, arm: number): [number, number] {
  const theta = (2 * Math.PI * arm) / 5 + 0.25 * Math.exp(a);
  return [2 * (a * Math.cos(theta) + b * Math.sin(theta)), 2 * (b * Math.cos(theta) - a * Math.sin(theta))];
}

describe("pinwheel", () => {
  // the arms end at 2(1 + 0.3·6) = 5.6; cells of a quarter of σ across
  itIsAToy({
    name: "pinwheel",
    distribution,
    entropy: 2.317788036,
    integrals: onGrid(distribution, 6, 240),
    bounds: { mass: 1e-6, entropy: 1e-6 },
  });

  it("has an entropy within the error that another program stated of its own, 7.6·10⁻⁷", () => {
    expectWithin(Number(distribution.entropy?.()), 2.317788233349778, 7.6e-7);
  });

  it("has the entropy −E[log p] to nine digits, by the trapezoidal rule over (a, b)", () => {
    const h = 0.15;
    const [points, weights]: [number[], number[]] = [[], []];
    for (let i = -55; i <= 55; i++) {
      for (let j = -55; j <= 55; j++) {
        const weight = (Math.exp(-0.5 * ((i * h) ** 2 + (j * h) ** 2)) * h * h) / (2 * Math.PI);
        if (weight < 1e-17) continue;
        points.push(...onArm(1 + 0.3 * i * h, 0.1 * j * h, 0)); // the arms are alike
        weights.push(weight);
      }
    }
    const { data } = noGrad(() => distribution.logProb(tensor(points, [weights.length, 2])));
    const entropy = -data.reduce((total, value, k) => total + weights[k] * value, 0);
    expectWithin(entropy, 2.317788036, 2e-9);
  });

  it("looks the same after a fifth of a turn", () => {
    const [cosine, sine] = [Math.cos((2 * Math.PI) / 5), Math.sin((2 * Math.PI) / 5)];
    for (const [x1, x2] of [onArm(1.2, 0.05, 0), onArm(0.4, -0.1, 2), [0.3, 3.5], [-5, 1]]) {
      const turned = distribution.logProb(tensor([[cosine * x1 - sine * x2, sine * x1 + cosine * x2]])).item();
      const value = distribution.logProb(tensor([[x1, x2]])).item();
      expectWithin(turned, value, 1e-11 * (1 + Math.abs(value)));
    }
  });

  it("is finite as far as 16 from the origin, and −∞ beyond", () => {
    const x = new Tensor(
      Float64Array.of(0, 0, 15.9, 0, -11, 11, 16.1, 0, 1e300, 1, Number.POSITIVE_INFINITY, 0),
      [6, 2],
    );
    const { data } = distribution.logProb(x);
    expect(Array.from(data, (value) => Math.abs(value) < Number.POSITIVE_INFINITY)).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
    for (const value of data.slice(3)) expect(value).toBe(Number.NEGATIVE_INFINITY);
  });
});
