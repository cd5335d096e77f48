import {
  add,
  type Bijection,
  compose,
  type Distribution,
  elementwiseSpline,
  Flow,
  iaf,
  invert,
  logitFlow,
  luLinear,
  maf,
  nice,
  noGrad,
  orthogonalLinear,
  Random,
  realNVP,
  sigmoidFlow,
  softplusFlow,
  splineFlow,
  standardNormal,
  Tensor,
  tanhFlow,
  uniform,
} from "diffeo";
import fc from "fast-check";
import { describe, it } from "vitest";
import { expectWithin, runs, seeds } from "../support/arbitraries.ts";
import { perturbParameters, randomizeParameters } from "../support/flows/parameters.ts";

/** The box over which a density is summed: the domain of its data, or where its samples fall, and one and a half times as wide on either side. */
type Box = readonly (readonly [low: number, high: number])[];

function boxOf(flow: Flow, random: Random): Box {
  const samples = flow.sample(2000, random);
  const [n, D] = samples.shape;
  return Array.from({ length: D }, (_, column) => {
    const values = Array.from({ length: n }, (_, i) => samples.at(i, column));
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return [low - 1.5 * (high - low), high + 1.5 * (high - low)];
  });
}

/**
 * ∫p by the midpoint rule, which converges faster than any power of the cells' size where p is smooth and vanishes at the
 * edges, and with its square where p has kinks.
 */
function integral(flow: Flow, box: Box, cells: number, place = 0.5): number {
  const D = box.length;
  const sizes = box.map(([low, high]) => (high - low) / cells);
  const at = (axis: number, k: number): number => box[axis][0] + (k + place) * sizes[axis];
  let total = 0;
  for (let i = 0; i < (D === 1 ? 1 : cells); i++) {
    const row = new Float64Array(D * cells);
    for (let j = 0; j < cells; j++) {
      if (D === 2) row[2 * j] = at(0, i);
      row[D * j + D - 1] = at(D - 1, j);
    }
    const logProb = noGrad(() => flow.logProb(new Tensor(row, [cells, D]))).data;
    total += logProb.reduce((sum, value) => sum + Math.exp(value), 0);
  }
  return sizes.reduce((product, size) => product * size, total);
}

/**
 * ∫p on a grid that resolves p: points in the middle of their cells and a quarter on either side of it have to agree within a quarter of the
 * bound, else cells are halved, three times at most. A narrow ridge among random parameters needs that.
 */
function resolvedIntegral(flow: Flow, box: Box, cells: number, bound: number): number {
  for (let finer = cells; ; finer *= 2) {
    const middle = integral(flow, box, finer);
    const agrees = (place: number): boolean => Math.abs(middle - integral(flow, box, finer, place)) <= bound / 4;
    if (finer === 8 * cells || (agrees(0.75) && agrees(0.25))) return middle;
  }
}

interface Density {
  readonly name: string;
  readonly make: (random: Random) => Flow;
  /** The domain of the data, if that is not the whole space. */
  readonly box?: Box;
  readonly cells: number;
  /** How far ∫p may be from 1: 1e-6, or 1e-4 where p has kinks. */
  readonly bound: number;
  /** Parameters near the start: any others would make peaks that these cells do not resolve. */
  readonly near?: true;
}

const overNormal = (bijection: Bijection): Flow => new Flow(standardNormal(bijection.latentShape), bijection);
const over = (base: Distribution, bijection: Bijection): Flow => new Flow(base, bijection);
const interval = (D: number, low: number, high: number): Box => Array.from({ length: D }, () => [low, high] as const);
const unit = (D: number, low = 0, high = 1): Distribution =>
  uniform({
    low: new Tensor(new Float64Array(D).fill(low), [D]),
    high: new Tensor(new Float64Array(D).fill(high), [D]),
  });
const smooth = { cells: 480, bound: 1e-6 };
const line = { cells: 20_000, bound: 1e-6 };
const piecewise = { cells: 400, bound: 1e-4, near: true } as const;
const net = { layers: 2, hidden: [4], maximumLogScale: 1 };

const DENSITIES: readonly Density[] = [
  { name: "realNVP", ...smooth, make: (random) => realNVP({ dimensions: 2, ...net, random }) },
  { name: "maf", ...smooth, make: (random) => maf({ dimensions: 2, layers: 2, hidden: [4], random }) },
  { name: "iaf", ...smooth, make: (random) => iaf({ dimensions: 2, layers: 2, hidden: [4], random }) },
  { name: "nice", ...smooth, make: (random) => nice({ dimensions: 2, layers: 3, hidden: [4], random }) },
  { name: "luLinear", ...smooth, make: (random) => overNormal(luLinear({ dimensions: 2, random })) },
  {
    name: "splineFlow of couplings",
    ...piecewise,
    make: (random) => splineFlow({ dimensions: 2, layers: 2, hidden: [4], bins: 4, random }),
  },
  {
    name: "splineFlow, autoregressive",
    ...piecewise,
    make: (random) => splineFlow({ dimensions: 2, layers: 1, hidden: [4], bins: 4, autoregressive: true, random }),
  },
  {
    name: "elementwiseSpline, 1-D",
    ...line,
    bound: 1e-4,
    make: () => overNormal(elementwiseSpline({ dimensions: 1 })),
  },
  {
    name: "elementwiseSpline without tails over a uniform, 1-D",
    ...line,
    bound: 1e-4,
    box: interval(1, -1, 2),
    make: () => over(unit(1, -1, 2), elementwiseSpline({ dimensions: 1, left: -1, right: 2, tails: "none" })),
  },
  { name: "maf, 1-D", ...line, make: (random) => maf({ dimensions: 1, layers: 2, hidden: [4], random }) },
  {
    name: "tanhFlow over a uniform, 1-D",
    ...line,
    box: interval(1, -20, 20),
    make: () => over(unit(1, -1, 1), tanhFlow({ dimensions: 1 })),
  },
  {
    name: "sigmoidFlow over a uniform, 1-D",
    ...line,
    box: interval(1, -36, 36),
    make: () => over(unit(1), sigmoidFlow({ dimensions: 1 })),
  },
  {
    name: "logitFlow on (0, 1)²",
    ...smooth,
    near: true,
    box: interval(2, 0, 1),
    make: (random) => overNormal(compose(logitFlow({ dimensions: 2 }), orthogonalLinear({ dimensions: 2, random }))),
  },
  {
    name: "tanhFlow from (−1, 1), 1-D",
    ...line,
    box: interval(1, -1, 1),
    make: () => overNormal(invert(tanhFlow({ dimensions: 1 }))),
  },
  {
    name: "sigmoidFlow from (0, 1), 1-D",
    ...line,
    box: interval(1, 0, 1),
    make: () => overNormal(invert(sigmoidFlow({ dimensions: 1 }))),
  },
  {
    name: "softplusFlow from (0, ∞), 1-D",
    ...line,
    box: interval(1, 0, 12),
    make: () => overNormal(invert(softplusFlow({ dimensions: 1 }))),
  },
];

describe("the density of", () => {
  it.each(DENSITIES)("$name has an integral of 1, within $bound", ({ make, box, cells, bound, near }) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const flow = make(random);
        (near ? perturbParameters : randomizeParameters)(flow, random);
        expectWithin(resolvedIntegral(flow, box ?? boxOf(flow, random), cells, bound), 1, bound, "∫p");
      }),
      near && bound > 1e-6 ? runs(0.01, 1) : runs(0.03, 3), // splines take their time
    );
  });

  it("a flow whose log-det is wrong by 1e-5 has another", () => {
    const flow = realNVP({ dimensions: 2, ...net, random: new Random(1) });
    const wrong: Bijection = {
      ...flow.bijection,
      forward(x) {
        const { z, logDet } = flow.bijection.forward(x);
        return { z, logDet: add(logDet, 1e-5) };
      },
      inverse: (z) => flow.bijection.inverse(z),
    };
    const mass = integral(overNormal(wrong), boxOf(flow, new Random(2)), smooth.cells);
    expectWithin(mass, 1 + 1e-5, 1e-6, "∫p");
  });
});
