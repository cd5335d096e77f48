import { readFileSync } from "node:fs";
import { gradcheck, noGrad, Random, ShapeError, Tensor, tensor, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { gaussLegendre } from "../../src/data/quadrature.ts";

const moons = twoMoons();

/** log p and the cell size on a grid that covers all but 1e-20 of the mass. */
function onGrid(cells: number): { logProb: Float64Array; area: number } {
  const [low1, high1, low2, high2] = [-5, 5, -3.5, 3.5];
  const [h1, h2] = [(high1 - low1) / cells, (high2 - low2) / cells];
  const points = new Float64Array(2 * cells * cells);
  for (let i = 0; i < cells * cells; i++) {
    points[2 * i] = low1 + (i % cells) * h1;
    points[2 * i + 1] = low2 + Math.floor(i / cells) * h2;
  }
  const logProb = noGrad(() => moons.logProb(new Tensor(points, [cells * cells, 2]))).data;
  return { logProb, area: h1 * h2 };
}

describe("twoMoons", () => {
  it("has the densities of the reference table, to the digits that the table has", () => {
    const rows = readFileSync(new URL("./data/moons.csv", import.meta.url), "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .slice(1)
      .map((line) => line.split(",").map(Number));
    const logProb = moons.logProb(tensor(rows.map(([x0, x1]) => [x0, x1])));
    expect(rows).toHaveLength(200);
    rows.forEach(([, , expected], i) => {
      // seven digits: of x, times the slope of log p (below 20 there), and of log p itself
      expect(Math.abs(logProb.at(i) - expected) <= 2e-5, `row ${i}: ${logProb.at(i)} for ${expected}`).toBe(true);
    });
  });

  it("is a density whose integral is 1, and whose entropy is the one it states, by quadrature", () => {
    const { logProb, area } = onGrid(220);
    const mass = area * logProb.reduce((total, value) => total + Math.exp(value), 0);
    const entropy = -area * logProb.reduce((total, value) => total + value * Math.exp(value), 0);
    expect(Math.abs(mass - 1) <= 1e-12).toBe(true);
    expect(Math.abs(entropy - Number(moons.entropy?.())) <= 1e-10).toBe(true);
    expect(moons.entropy?.()).toBe(2.393879195966372);
  });

  it("draws points whose mean log-density is −H, within five standard errors", () => {
    const n = 20_000;
    const logProb = noGrad(() => moons.logProb(moons.sample(n, new Random(1)))).data;
    const mean = logProb.reduce((total, value) => total + value, 0) / n;
    expect(Math.abs(mean + 2.393879195966372) <= 5 * Math.sqrt(0.559 / n)).toBe(true); // Var log p = 0.559
  });

  it("draws the arcs with equal chances", () => {
    const x = moons.sample(20_000, new Random(2));
    const upper = Array.from({ length: 20_000 }, (_, i) => (x.at(i, 1) > 0.3 ? 1 : 0)).reduce(
      (a: number, b) => a + b,
      0,
    );
    const mirrored = Array.from({ length: 20_000 }, (_, i) => (x.at(i, 1) < 0.3 ? 1 : 0)).reduce(
      (a: number, b) => a + b,
      0,
    );
    // the moons are each other's image under a half turn about (0, 0.3)
    expect(Math.abs(upper - mirrored) <= 5 * Math.sqrt(20_000)).toBe(true);
  });

  it("can be differentiated", () => {
    const report = gradcheck(
      (x) => moons.logProb(x),
      [
        tensor([
          [0.4, 1.1],
          [-3, 0.2],
        ]),
      ],
    );
    expect(report).toMatchObject({ passed: true, failures: [] });
  });

  it("takes points from one to many, and no others", () => {
    expect(moons.logProb(tensor([], [0, 2])).shape).toEqual([0]);
    const many = new Random(3).normal([600, 2]);
    const together = moons.logProb(many);
    expect(together.at(599)).toBe(moons.logProb(tensor([[many.at(599, 0), many.at(599, 1)]])).item());
    expect(() => moons.logProb(tensor([[1, 2, 3]]))).toThrow(ShapeError);
  });
});

describe("gaussLegendre", () => {
  it("integrates polynomials of degree 2n − 1 exactly", () => {
    const { nodes, weights } = gaussLegendre(5, -1, 3);
    for (let degree = 0; degree <= 9; degree++) {
      const exact = (3 ** (degree + 1) - (-1) ** (degree + 1)) / (degree + 1);
      const sum = nodes.reduce((total, x, k) => total + weights[k] * x ** degree, 0);
      expect(Math.abs(sum - exact) <= 1e-14 * 3 ** (degree + 1)).toBe(true);
    }
  });
});
