import {
  DomainError,
  diagonalNormal,
  elementwiseAffine,
  energyU1,
  Flow,
  fit,
  forwardKL,
  grad,
  klDivergence,
  noGrad,
  Random,
  reverseKL,
  splineFlow,
  standardNormal,
  type Tensor,
  tensor,
  type Variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";

/** x = 2z + 1, so that p = N(1, 4). */
function wideFlow(): Flow {
  const layer = elementwiseAffine({ dimensions: 1 });
  const [shift, logScale] = layer.parameters;
  shift.assign(tensor([1]));
  logScale.assign(tensor([Math.LN2]));
  return new Flow(standardNormal([1]), layer);
}

describe("forwardKL", () => {
  it("is −mean log p", () => {
    const x = tensor([[0], [3]]);
    const flow = wideFlow();
    expectWithin(forwardKL(flow, x).item(), -(flow.logProb(x).at(0) + flow.logProb(x).at(1)) / 2, 1e-15);
  });
});

describe("reverseKL", () => {
  it("estimates KL(p ‖ π), within five standard errors, from a function or a distribution", () => {
    const target = diagonalNormal({ loc: zeros([1]), logScale: zeros([1]) });
    const exact = klDivergence(diagonalNormal({ loc: tensor([1]), logScale: tensor([Math.LN2]) }), target).item();
    const n = 20_000;
    const estimate = reverseKL(wideFlow(), target, n, new Random(1)).item();
    // log p − log π = −½z² − ln 2 + ½(2z + 1)², whose variance is 4 + 4.5·… < 9
    expectWithin(estimate, exact, (5 * 3) / Math.sqrt(n));
    expect(reverseKL(wideFlow(), (x) => target.logProb(x), n, new Random(1)).item()).toBe(estimate);
  });

  it("has gradients that flow through the points", () => {
    const flow = wideFlow();
    const target = standardNormal([1]);
    const value = (): number => noGrad(() => reverseKL(flow, target, 50, new Random(7)).item());
    const [analytic] = grad(reverseKL(flow, target, 50, new Random(7)), [flow.parameters[0]]);
    const [shift] = flow.parameters;
    const at = (moved: number): number => {
      shift.assign(tensor([moved]));
      return value();
    };
    // quadratic in the shift: a central difference with step 1 is exact
    expectWithin(analytic.item(), (at(2) - at(0)) / 2, 1e-12);
  });

  it("refuses no points", () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      expect(() => reverseKL(wideFlow(), standardNormal([1]), n, new Random(1))).toThrow(DomainError);
    }
  });

  it("fits a flow to U1 without data: most of the divergence is gone after 300 steps, and it is never negative", async () => {
    const energy = energyU1();
    const random = new Random(1);
    const flow = splineFlow({ dimensions: 2, layers: 4, hidden: [16], bins: 8, bound: 4, random });
    const divergence = (): number =>
      noGrad(() => reverseKL(flow, energy, 20_000, new Random(2)).item()) + energy.logNormalizer;
    const before = divergence();
    const objective = (fitted: Flow, x: Tensor): Variable => reverseKL(fitted, energy, x.shape[0], random);
    const points = random.normal([128, 2]); // what the actNorms start from; afterwards only their number matters
    await fit(flow, points, { random, steps: 300, batchSize: 128, learningRate: 5e-3, clipNorm: 5, objective });
    const after = divergence();
    // 20,000 points of log p − log π, whose deviation is below 2 by then: five standard errors are 0.07
    expect(after > -0.07 && after < 0.2 * before, `KL = ${after}, at first ${before}`).toBe(true);
  }, 60_000);
});
