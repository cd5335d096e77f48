import {
  abs,
  add,
  compose,
  cosineSchedule,
  diagonalNormal,
  type Energy,
  energyU1,
  energyU2,
  energyU3,
  energyU4,
  Flow,
  fit,
  full,
  lessEqual,
  logEvidence,
  maf,
  max,
  mul,
  permutation,
  Random,
  reverseKL,
  splineCoupling,
  standardNormal,
  sub,
  sum,
  type Tensor,
  tensor,
  uniform,
  type Variable,
  where,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

const still = permutation({ permutation: [0, 1] });
const flow = new Flow(diagonalNormal({ loc: zeros([2]), logScale: 0.3 }), still);
/** 5·N(0, I): log Z = ln 5. */
const gaussian = (x: Tensor): Variable => add(standardNormal([2]).logProb(x), Math.log(5));

describe("logEvidence", () => {
  it("is the logarithm of an integral that is known, within four of its standard errors, which fall like 1/√n", () => {
    const errors: number[] = [];
    for (const n of [400, 6400]) {
      const found = logEvidence(flow, gaussian, { n, random: new Random(1) });
      expectWithin(found.logEvidence, Math.log(5), 4 * found.standardError, `n = ${n}`);
      errors.push(found.standardError);
    }
    expect(errors[1] / errors[0]).toBeGreaterThan(0.2);
    expect(errors[1] / errors[0]).toBeLessThan(0.3);
  });

  it("has a standard error that is the spread of many estimates", () => {
    const random = new Random(2);
    const found = Array.from({ length: 300 }, () => logEvidence(flow, gaussian, { n: 200, random }));
    const mean = found.reduce((total, each) => total + each.logEvidence, 0) / 300;
    const spread = Math.sqrt(found.reduce((total, each) => total + (each.logEvidence - mean) ** 2, 0) / 299);
    const claimed = found.reduce((total, each) => total + each.standardError, 0) / 300;
    expectWithin(claimed / spread, 1, 4 / Math.sqrt(2 * 300), "claimed over observed");
  });

  it("has no error where the flow is the target but for a factor, and a lower bound that is tight there only", () => {
    const same = { logProb: (x: Tensor) => sub(flow.logProb(x), 800) }; // its exponential is 0
    const found = logEvidence(flow, same, { n: 50, random: new Random(3) });
    expectWithin(found.logEvidence, -800, 4 * EPSILON * 800);
    expectWithin(found.lowerBound, -800, 4 * EPSILON * 800);
    expectWithin(found.standardError, 0, 1e-13);
    expectWithin(found.effectiveSampleSize, 50, 1e-11);
    const other = logEvidence(flow, gaussian, { n: 20_000, random: new Random(3) });
    // KL(N(0, σ²I) ‖ N(0, I)) = σ² − 1 − 2 ln σ in two dimensions
    const divergence = Math.exp(0.6) - 1 - 0.6;
    expectWithin(other.lowerBound, Math.log(5) - divergence, 0.03);
    expect(other.effectiveSampleSize).toBeLessThan(20_000);
  });

  it("counts points without density as weights of 0: the part of a box that the flow fills", () => {
    const box = (x: Tensor): Variable => where(lessEqual(max(abs(x), 1), 1), 0, Number.NEGATIVE_INFINITY);
    const found = logEvidence(flow, box, { n: 20_000, random: new Random(4) });
    expectWithin(found.logEvidence, Math.log(4), 4 * found.standardError);
    expect(found.lowerBound).toBe(Number.NEGATIVE_INFINITY);
  });

  it("takes a context, gives one answer for one seed, and refuses what makes no sense", () => {
    const conditional = maf({ dimensions: 2, layers: 1, context: 1, random: new Random(1) });
    const find = (context: Tensor) =>
      logEvidence(conditional, (x, given) => add(gaussian(x), sum(given ?? 0)), {
        n: 10,
        random: new Random(5),
        context,
      });
    expect(find(tensor([[2]]))).toEqual(find(tensor([2])));
    expectWithin(find(tensor([2])).logEvidence, Math.log(5) + 2, 1e-12);
    const options = { n: 10, random: new Random(1) };
    const giving = (value: number) => (x: Tensor) =>
      mul(zeros([x.shape[0]]), 0).shape && add(zeros([x.shape[0]]), value);
    expect(() => logEvidence(flow, giving(Number.NaN), options)).toThrow(
      "logEvidence: log π − log p must be below +∞; got NaN",
    );
    expect(() => logEvidence(flow, giving(Number.POSITIVE_INFINITY), options)).toThrow(
      "must be below +∞; got Infinity",
    );
    expect(() => logEvidence(flow, giving(Number.NEGATIVE_INFINITY), options)).toThrow("some weight must be above 0");
    expect(() => logEvidence(flow, (x) => sum(gaussian(x)), options)).toThrow(
      "logEvidence: the log-density must give [10]; got []",
    );
    expect(() => logEvidence(flow, gaussian, { ...options, n: 1 })).toThrow(
      "logEvidence: n must be an integer ≥ 2; got 1",
    );
    expect(() => logEvidence(flow, gaussian, { ...options, draws: 1 } as never)).toThrow("logEvidence: ");
    expect(() => logEvidence(flow, 3 as never, options)).toThrow("logEvidence: target must be a function");
  });
});

describe.each([
  ["U1", energyU1],
  ["U2", energyU2],
  ["U3", energyU3],
  ["U4", energyU4],
] as const)("the normaliser of the energy %s", (_name, make) => {
  it("is found by a flow that has learned it in a short time", async () => {
    const energy: Energy = make();
    const random = new Random(6);
    const [left, right] = [-energy.reach, energy.reach];
    const couplings = [0, 1, 0, 1].map((first) =>
      splineCoupling({
        dimensions: 2,
        mask: [first, 1 - first],
        hidden: [32],
        bins: 12,
        tails: "none",
        left,
        right,
        random,
      }),
    );
    // from the box to the box, and uniform there at first: no part of it is out of reach
    const learner = new Flow(uniform({ low: full([2], left), high: right }), compose(...couplings));
    await fit(learner, random.uniform([256, 2], left, right), {
      random,
      steps: 300,
      batchSize: 256,
      learningRate: 5e-3,
      schedule: cosineSchedule({ learningRate: 5e-3, steps: 300 }),
      objective: (flow, x) => reverseKL(flow, energy, x.shape[0], random),
    });
    const found = logEvidence(learner, energy, { n: 20_000, random });
    expect(found.standardError).toBeLessThan(0.03);
    expectWithin(found.logEvidence, energy.logNormalizer, 4 * found.standardError);
  });
});
