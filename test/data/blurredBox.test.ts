import { grad, gradcheck, linspace, sum, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";
import { logBlurredBox } from "../../src/data/blurredBox.ts";
import { gaussLegendre } from "../../src/data/quadrature.ts";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

const [h, sigma] = [1 / 12, 0.1];
const blurred = logBlurredBox(h, sigma);

/** ln (1/2h)∫ N(d − u; 0, σ²) du over [−h, h], with the largest term taken out. */
function byQuadrature(d: number): number {
  const { nodes, weights } = gaussLegendre(128, -h, h);
  const exponents = Array.from(nodes, (u) => -0.5 * ((d - u) / sigma) ** 2);
  const largest = exponents.reduce((a, b) => Math.max(a, b));
  const total = exponents.reduce((s, exponent, k) => s + weights[k] * Math.exp(exponent - largest), 0);
  return largest + Math.log(total / (2 * h)) - Math.log(sigma * Math.sqrt(2 * Math.PI));
}

describe("logBlurredBox", () => {
  it("is the convolution of a box and a Gaussian, near and far, to the left and to the right", () => {
    for (const d of [0, 0.01, h, 0.18, 0.1834, 0.25, 1, 3, 5, 40]) {
      const expected = byQuadrature(d);
      for (const signed of [d, -d]) {
        // the exponent ½((d − h)/σ)² is formed with three roundings
        expectWithin(
          blurred(tensor(signed)).item(),
          expected,
          16 * EPSILON * (1 + Math.abs(expected)),
          `ln K(${signed})`,
        );
      }
    }
  });

  it("has the slopes that numerical ones confirm, twice, in the middle and in the tails", () => {
    const x = linspace(-1.5, 1.6, 24);
    expect(gradcheck(blurred, [x], { order: 2 })).toMatchObject({ passed: true, failures: [] });
    const far = variable([30, -30]);
    // −(|d| − h)/σ² − 1/(|d| − h) + …, towards the middle
    grad(sum(blurred(far)), [far])[0].data.forEach((slope, i) => {
      const expected = -((30 - h) / sigma ** 2 + 1 / (30 - h));
      expectWithin(slope, i === 0 ? expected : -expected, 1e-6 * Math.abs(expected));
    });
  });

  it("is −∞ at the ends of the line, and NaN for NaN", () => {
    const x = tensor([1e300, Number.NEGATIVE_INFINITY, Number.NaN]);
    expect(blurred(x).toArray()).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});
