import { readFileSync } from "node:fs";
import { type Distribution, grad, gradcheck, noGrad, Random, ShapeError, sum, Tensor, tensor, variable } from "diffeo";
import { expect, it } from "vitest";
import { EPSILON, expectWithin } from "./arbitraries.ts";

// What every toy of src/data is held to.

/** ∫ p and −∫ p·ln p. */
export interface Integrals {
  readonly mass: number;
  readonly entropy: number;
}

/** What is known of a toy. */
export interface Toy {
  readonly name: string;
  readonly distribution: Distribution;
  /** H, nats, from a table made by another program. */
  readonly entropy: number;
  readonly integrals: Integrals;
  /** How close the integrals are to the truth. */
  readonly bounds: { readonly mass: number; readonly entropy: number };
}

/** The half unit in the last place of a number printed with seven significant digits. */
function halfUnit(value: number): number {
  return value === 0 ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(value))) - 6);
}

/** The tests that all toys share. */
export function itIsAToy({ name, distribution, entropy, integrals, bounds }: Toy): void {
  it("has the densities of the reference table, to the digits that the table has", () => {
    const rows = readFileSync(new URL(`../data/data/${name}.csv`, import.meta.url), "utf8")
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .slice(1)
      .map((line) => line.split(",").map(Number));
    expect(rows).toHaveLength(200);
    const x = variable(rows.map(([x1, x2]) => [x1, x2]));
    const logProb = distribution.logProb(x);
    const [slope] = grad(sum(logProb), [x]);
    rows.forEach(([x1, x2, expected], i) => {
      // what the printed digits leave open, of x and of log p itself; and as much again, for curvature and for the quadrature of
      // the program that made the table: over all of its 5,000 rows this reaches 1.45 (two spirals; else 1.16)
      const open = halfUnit(x1) * Math.abs(slope.at(i, 0)) + halfUnit(x2) * Math.abs(slope.at(i, 1));
      expectWithin(logProb.at(i), expected, 2 * (open + halfUnit(expected)), `log p of row ${i}`);
    });
  });

  it("is a density whose integral is 1, and whose entropy is the one it states, by quadrature", () => {
    expectWithin(integrals.mass, 1, bounds.mass, "the mass");
    expectWithin(integrals.entropy, entropy, bounds.entropy, "the entropy");
    expectWithin(Number(distribution.entropy?.()), entropy, 1e-14, "the stated entropy");
  });

  it("draws points whose mean log-density is −H, within five standard errors", () => {
    const n = 5000;
    const { data } = noGrad(() => distribution.logProb(distribution.sample(n, new Random(1))));
    const mean = data.reduce((total, value) => total + value, 0) / n;
    const variance = data.reduce((total, value) => total + (value - mean) ** 2, 0) / n;
    // where log p is constant, only the rounding of the sum is left
    expectWithin(mean, -entropy, 5 * Math.sqrt(variance / n) + n * EPSILON * Math.abs(entropy), "the mean of log p");
  });

  it("draws points whose means and second moments are those of its density, within five standard errors", () => {
    // E f(x) under the sampler, against E f(y)·p(y)/q(y) with y drawn from a wide Gaussian q: two ways that share nothing
    const n = 5000;
    const points = distribution.sample(n, new Random(2));
    const wide = new Random(3).normal([n, 2]);
    const far = new Tensor(
      wide.data.map((value) => 3 * value),
      [n, 2],
    );
    const logProb = noGrad(() => distribution.logProb(far)).data;
    const weights = logProb.map((value, i) => {
      const square = wide.data[2 * i] ** 2 + wide.data[2 * i + 1] ** 2;
      return Math.exp(value + 0.5 * square) * 2 * Math.PI * 9;
    });
    const moments: readonly ((x1: number, x2: number) => number)[] = [
      (x1) => x1,
      (_x1, x2) => x2,
      (x1) => x1 * x1,
      (_x1, x2) => x2 * x2,
      (x1, x2) => x1 * x2,
    ];
    for (const moment of moments) {
      const drawn = Array.from({ length: n }, (_, i) => moment(points.data[2 * i], points.data[2 * i + 1]));
      const weighted = Array.from(weights, (w, i) => w * moment(far.data[2 * i], far.data[2 * i + 1]));
      const [a, b] = [drawn, weighted].map((values) => {
        const mean = values.reduce((total, value) => total + value, 0) / n;
        return { mean, variance: values.reduce((total, value) => total + (value - mean) ** 2, 0) / n };
      });
      expectWithin(a.mean, b.mean, 5 * Math.sqrt((a.variance + b.variance) / n), `the moment ${moment}`);
    }
  });

  it("has the gradients that certified numerical ones confirm, twice", () => {
    // five of its own points, seeded: none of them is at an edge
    const { passed, message } = gradcheck((x) => distribution.logProb(x), [distribution.sample(5, new Random(4))], {
      order: 2,
    });
    expect(passed, message).toBe(true);
  });

  it("takes points from none to many, one by one or together, and nothing else", () => {
    expect(distribution.logProb(tensor([], [0, 2])).shape).toEqual([0]);
    const many = new Random(5).normal([600, 2]);
    const together = distribution.logProb(many);
    expect(together.shape).toEqual([600]);
    expect(together.at(599)).toBe(distribution.logProb(tensor([[many.at(599, 0), many.at(599, 1)]])).item());
    expect(distribution.eventShape).toEqual([2]);
    expect(distribution.sample(0, new Random(6)).shape).toEqual([0, 2]);
    for (const shape of [[2], [1, 3], [1, 2, 2]]) {
      expect(() => distribution.logProb(new Random(7).normal(shape))).toThrow(ShapeError);
    }
  });

  it("says NaN where a coordinate is", () => {
    const x = tensor([
      [Number.NaN, 0],
      [0, Number.NaN],
    ]);
    expect(distribution.logProb(x).toArray()).toEqual([Number.NaN, Number.NaN]);
  });
}

/**
 * The integrals on a square grid over [−side, side]², by midpoints: exponentially accurate for what is smooth and has died
 * away at the edges.
 */
export function onGrid({ logProb }: Distribution, side: number, cells: number): Integrals {
  const h = (2 * side) / cells;
  const points = new Float64Array(2 * cells * cells);
  for (let i = 0; i < cells * cells; i++) {
    points[2 * i] = -side + ((i % cells) + 0.5) * h;
    points[2 * i + 1] = -side + (Math.floor(i / cells) + 0.5) * h;
  }
  const values = noGrad(() => logProb(new Tensor(points, [cells * cells, 2]))).data;
  return integrate(values, () => h * h);
}

/** The integrals, given ln p at the nodes and the weights of the nodes. */
export function integrate(logProb: Float64Array, weight: (i: number) => number): Integrals {
  let [mass, entropy] = [0, 0];
  logProb.forEach((value, i) => {
    const share = weight(i) * Math.exp(value);
    mass += share;
    if (share > 0 || share !== share) entropy -= share * value;
  });
  return { mass, entropy };
}
