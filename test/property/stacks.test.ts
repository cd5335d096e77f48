import { type Bijection, compose, Flow, jacobian, noGrad, Random, realNVP, standardNormal, Tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LAYERS, perturbParameters, randomizeParameters } from "../support/flows.ts";
import { judgeLogDet, type LogDetClaim } from "../support/logDet.ts";
import { invertMatrix, matrixOf, normInfinity } from "../support/matrix.ts";

const EPSILON = 2 ** -52;
const stacks = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  D: fc.integer({ min: 2, max: 10 }),
  K: fc.integer({ min: 1, max: 8 }),
});

const STACKABLE = LAYERS.filter(({ ownShape, alone }) => ownShape === undefined && alone !== true);

interface Stack {
  readonly bijection: Bijection;
  readonly x: Tensor;
  readonly random: Random;
}

/** K layers of any kind, with random parameters, and a random point. */
function makeStack({ seed, D, K }: { seed: number; D: number; K: number }): Stack {
  const random = new Random(seed);
  const layers = Array.from({ length: K }, () => {
    const row = STACKABLE[random.integers([], STACKABLE.length).item()];
    const layer = row.make({ D, context: 0, random });
    (row.matrix ? perturbParameters : randomizeParameters)(layer, random);
    return layer;
  });
  return { bijection: compose(...layers), x: random.normal([1, D]), random };
}

/** The claim that the stack makes about its log-det at x, with `fault` added to it. */
function claimOf({ bijection, x }: Stack, fault = 0): LogDetClaim {
  const { logDets } = new Flow(standardNormal(bijection.latentShape), bijection).trace(x);
  const sizes = logDets.map((logDet) => Math.abs(logDet.item()));
  const logDet = noGrad(() => bijection.forward(x).logDet.item());
  return {
    map: (points) => noGrad(() => bijection.forward(points).z),
    point: Array.from(x.data),
    logDet: logDet + fault * (1 + Math.abs(logDet)),
    layers: logDets.length,
    sumOfSizes: sizes.reduce((total, size) => total + size, 0),
  };
}

describe("a stack of random layers with random parameters", () => {
  it("has the log-det of its numerical Jacobian: bound ≤ 1e-6(1 + |ld|) always, ≤ 1e-9(1 + |ld|) in the median", () => {
    const bounds: number[] = [];
    let inconclusive = 0;
    fc.assert(
      fc.property(stacks, (choice) => {
        const claim = claimOf(makeStack(choice));
        const { verdict, error, bound } = judgeLogDet(claim);
        expect(verdict, `error ${error}, bound ${bound}`).not.toBe("differs");
        if (verdict === "inconclusive") inconclusive++;
        else bounds.push(bound / (1 + Math.abs(claim.logDet)));
      }),
    );
    bounds.sort((a, b) => a - b);
    expect(inconclusive).toBeLessThanOrEqual(0.01 * (bounds.length + inconclusive));
    expect(bounds[bounds.length - 1]).toBeLessThanOrEqual(1e-6);
    expect(bounds[Math.floor(bounds.length / 2)]).toBeLessThanOrEqual(1e-9);
  });

  it("is caught with a log-det that is wrong by 1e-9·(1 + |ld|), in most stacks, and by 1e-6 in all", () => {
    let caught = 0;
    let runs = 0;
    fc.assert(
      fc.property(stacks, (choice) => {
        const stack = makeStack(choice);
        runs++;
        if (judgeLogDet(claimOf(stack, 1e-9)).verdict === "differs") caught++;
        expect(judgeLogDet(claimOf(stack, 1e-6)).verdict).toBe("differs");
      }),
    );
    // the certificate is promised to be below 1e-9 in the median, so half of the stacks must see it; measured: 81 of 100
    expect(caught / runs, `caught ${caught} of ${runs}`).toBeGreaterThanOrEqual(0.65);
  });

  it("comes back: the round trip errs by 8·eps·Σ_k(‖x‖ + ‖(J_k…J_1)⁻¹‖·‖terms of h_k‖) at most", () => {
    fc.assert(
      fc.property(stacks, (choice) => {
        const { bijection, x } = makeStack(choice);
        const D = x.size;
        const norm = (values: Float64Array): number =>
          values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const layers = "layers" in bijection ? (bijection.layers as Bijection[]) : [bijection];
        const { points } = new Flow(standardNormal(bijection.latentShape), bijection).trace(x);
        let bound = 0;
        for (let k = 1; k <= layers.length; k++) {
          const prefix = compose(...layers.slice(0, k));
          const all = matrixOf(
            jacobian((point) => prefix.forward(point).z, x),
            D,
          );
          const one = matrixOf(
            jacobian((point) => layers[k - 1].forward(point).z, points[k - 1]),
            D,
          );
          // h_k = (h_{k−1} − μ)/σ: the terms of which it is made are at most ‖h_k‖ + 2·‖J_k‖·‖h_{k−1}‖
          const terms = norm(points[k].data) + 2 * normInfinity(one) * norm(points[k - 1].data);
          bound += norm(x.data) + normInfinity(invertMatrix(all).inverse) * terms;
        }
        const back = noGrad(() => bijection.inverse(bijection.forward(x).z).x);
        const error = norm(back.data.map((value, i) => value - x.data[i]));
        expect(error <= 8 * EPSILON * bound, `${error} > ${8 * EPSILON * bound}`).toBe(true);
      }),
    );
  });
});

describe("a realNVP with random parameters", () => {
  /** ∫ p over the box that holds what 4,000 samples reach, and half as much again, by the trapezoidal rule. */
  function integral(flow: Flow, random: Random, cells: number): number {
    const samples = flow.sample(4000, random);
    const ranges = [0, 1].map((column) => {
      const values = Array.from({ length: 4000 }, (_, i) => samples.at(i, column));
      const low = values.reduce((a, b) => Math.min(a, b));
      const high = values.reduce((a, b) => Math.max(a, b));
      return [low - 0.75 * (high - low), high + 0.75 * (high - low)];
    });
    const [h1, h2] = ranges.map(([low, high]) => (high - low) / cells);
    let total = 0;
    for (let i = 0; i < cells; i++) {
      const row = new Float64Array(2 * cells);
      for (let j = 0; j < cells; j++) {
        row[2 * j] = ranges[0][0] + i * h1;
        row[2 * j + 1] = ranges[1][0] + j * h2;
      }
      const logProb = noGrad(() => flow.logProb(new Tensor(row, [cells, 2]))).data;
      total += logProb.reduce((sum, value) => sum + Math.exp(value), 0);
    }
    return total * h1 * h2;
  }

  it("is a density: its integral over the plane is 1 within 1e-6", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (seed) => {
        const random = new Random(seed);
        const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], maximumLogScale: 1, random });
        randomizeParameters(flow, random);
        const mass = integral(flow, random, 400);
        expect(Math.abs(mass - 1) <= 1e-6, `∫p = ${mass}`).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it("agrees with itself: sampleWithLogProb gives the logProb of its samples", () => {
    fc.assert(
      fc.property(stacks, ({ seed, D }) => {
        const random = new Random(seed);
        const flow = realNVP({ dimensions: D, layers: 4, hidden: [6], random });
        randomizeParameters(flow, random);
        const { x, logProb } = flow.sampleWithLogProb(10, random);
        const again = flow.logProb(x);
        logProb.data.forEach((value, i) => {
          expect(Math.abs(value - again.data[i]) <= 1e-9 * (1 + Math.abs(value))).toBe(true);
        });
      }),
      { numRuns: 30 },
    );
  });
});
