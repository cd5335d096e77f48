import {
  type Bijection,
  compose,
  elementwiseAffine,
  exp,
  Flow,
  jacobian,
  mul,
  noGrad,
  Random,
  realNVP,
  reshape,
  standardNormal,
  sub,
  type Tensor,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeLogDet, type LogDetClaim } from "../../src/flows/certifiedLogDet.ts";
import { runs } from "../support/arbitraries.ts";
import { LAYERS } from "../support/flows/index.ts";
import type { LayerRow } from "../support/flows/layerRow.ts";
import { perturbParameters, randomizeParameters } from "../support/flows/parameters.ts";
import { invertMatrix, matrixOf, normInfinity } from "../support/matrix.ts";

const EPSILON = 2 ** -52;
const stacks = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  D: fc.integer({ min: 1, max: 16 }),
  K: fc.integer({ min: 1, max: 8 }),
});

/** All layers of vectors; those of images have shapes of their own. */
const STACKABLE = LAYERS.filter(({ ownShape }) => ownShape === undefined);

interface Stack {
  readonly bijection: Bijection;
  readonly x: Tensor;
  readonly random: Random;
}

/**
 * K layers of any kind, with random parameters, and a random point. Three or more have parameters that were moved from the start a little
 * less far: among 1,000 stacks of eight steep layers there are always some whose Jacobian no numbers can tell (bounds of 1e-4 and
 * more; 1.5e-8 is the largest of 3,000 stacks so).
 */
function makeStack({ seed, D, K }: { seed: number; D: number; K: number }): Stack {
  const random = new Random(seed);
  const rows = STACKABLE.filter(({ leastD = 2 }) => leastD <= D);
  const x = random.normal([1, D]);
  const layers: Bijection[] = [];
  let h: Tensor = x;
  for (let k = 0; k < K; k++) {
    const row = rows[random.integers([], rows.length).item()];
    const layer = row.make({ D, context: 0, random });
    (row.matrix || row.nearStart || K > 2 ? perturbParameters : randomizeParameters)(layer, random);
    const step = row.alone ? [leadingTo(row, layer, h, random), layer] : [layer];
    layers.push(...step);
    h = noGrad(() => compose(...step).forward(h).z);
  }
  return { bijection: compose(...layers), x, random };
}

/** An affine map that takes h to a point where the layer is defined, curved, and away from its kinks. */
function leadingTo(row: LayerRow, layer: Bijection, h: Tensor, random: Random): Bijection {
  const target = row.draw?.(random, [1, h.size], layer) ?? random.normal([1, h.size]);
  const affine = elementwiseAffine({ dimensions: h.size });
  const logSigma = random.uniform([h.size], -0.5, 0.5);
  affine.parameters[0].assign(noGrad(() => reshape(sub(h, mul(target, exp(logSigma))), [h.size])));
  affine.parameters[1].assign(logSigma);
  return affine;
}

/** The claim that the stack makes about its log-det at x, with `fault` added to it. */
function claimOf({ bijection, x }: Stack, fault = 0): LogDetClaim {
  const { logDets } = new Flow(standardNormal(bijection.latentShape), bijection).trace(x);
  const sizes = logDets.map((logDet) => Math.abs(logDet.item()));
  const logDet = noGrad(() => bijection.forward(x).logDet.item());
  return {
    map: (points) => noGrad(() => bijection.forward(points).z),
    point: reshape(x, [x.size]),
    logDet: logDet + fault * (1 + Math.abs(logDet)),
    layers: logDets.length,
    sumOfSizes: sizes.reduce((total, size) => total + size, 0),
  };
}

describe("a stack of random layers with random parameters", { timeout: 120_000 }, () => {
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
    let tried = 0;
    fc.assert(
      fc.property(stacks, (choice) => {
        const stack = makeStack(choice);
        tried++;
        if (judgeLogDet(claimOf(stack, 1e-9)).verdict === "differs") caught++;
        expect(judgeLogDet(claimOf(stack, 1e-6)).verdict).toBe("differs");
      }),
      runs(0.3, 30),
    );
    // the certificate is promised to be below 1e-9 in the median, so half of the stacks must see it; measured: 292 of 300
    expect(caught / tried, `caught ${caught} of ${tried}`).toBeGreaterThanOrEqual(0.85);
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
  it("agrees with itself: sampleWithLogProb gives the logProb of its samples", () => {
    fc.assert(
      fc.property(stacks, ({ seed, D }) => {
        const random = new Random(seed);
        const flow = realNVP({ dimensions: D + 1, layers: 4, hidden: [6], random });
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
