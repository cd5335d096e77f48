import { circles, noGrad, Tensor } from "diffeo";
import { describe } from "vitest";
import { gaussLegendre } from "../../src/data/quadrature.ts";
import { integrate, itIsAToy } from "../support/toys.ts";

const distribution = circles();

describe("circles", () => {
  // all directions are alike (test/data/concentricCircles.test.ts): ∫ p = ∫ 2πr·p(r) dr, to 10σ beyond the largest
  const { nodes, weights } = gaussLegendre(600, 0, 3 + 10 * 0.24);
  const points = new Float64Array(2 * nodes.length);
  nodes.forEach((r, k) => {
    points[2 * k] = r;
  });
  const logProb = noGrad(() => distribution.logProb(new Tensor(points, [nodes.length, 2]))).data;
  itIsAToy({
    name: "circles",
    distribution,
    entropy: 3.268135711705764,
    integrals: integrate(logProb, (k) => 2 * Math.PI * nodes[k] * weights[k]),
    bounds: { mass: 1e-11, entropy: 1e-11 },
  });
});
