import { noGrad, rings, Tensor } from "diffeo";
import { describe } from "vitest";
import { gaussLegendre } from "../../src/data/quadrature.ts";
import { integrate, itIsAToy } from "../support/toys.ts";

const distribution = rings();

describe("rings", () => {
  // all directions are alike (test/data/concentricCircles.test.ts): ∫ p = ∫ 2πr·p(r) dr, to 10σ beyond the largest
  const { nodes, weights } = gaussLegendre(600, 0, 3 + 10 * 0.08);
  const points = new Float64Array(2 * nodes.length);
  nodes.forEach((r, k) => {
    points[2 * k] = r;
  });
  const logProb = noGrad(() => distribution.logProb(new Tensor(points, [nodes.length, 2]))).data;
  itIsAToy({
    name: "rings",
    distribution,
    entropy: 2.6231827703003123,
    integrals: integrate(logProb, (k) => 2 * Math.PI * nodes[k] * weights[k]),
    bounds: { mass: 1e-11, entropy: 1e-11 },
  });
});
