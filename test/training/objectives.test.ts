import {
  add,
  compose,
  DomainError,
  detach,
  diagonalNormal,
  type Energy,
  elementwiseAffine,
  energyU1,
  energyU2,
  energyU3,
  energyU4,
  Flow,
  fit,
  forwardKL,
  grad,
  invert,
  klDivergence,
  logitFlow,
  mean,
  mixture,
  mul,
  multivariateNormal,
  noGrad,
  type Objective,
  parameter,
  Random,
  reverseKL,
  reverseKLByScore,
  splineFlow,
  standardization,
  standardNormal,
  type Tensor,
  tensor,
  triangularLinear,
  type Variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

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

describe("maximum likelihood", () => {
  const tril = (a: number, b: number, c: number) =>
    tensor([
      [a, 0],
      [b, c],
    ]);
  const p = multivariateNormal({ loc: tensor([0.5, -1]), scaleTril: tril(1.2, 0.6, 0.5) });
  const n = 20_000;
  const x = p.sample(n, new Random(4));
  /** ½ ln det(2πe·Σ), nats */
  const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(1.2 * 0.5);

  describe.each<readonly [string, readonly number[], Tensor]>([
    ["the standard normal", [0, 0], tril(1, 0, 1)],
    ["the data's mean and scales, but no correlation", [0.5, -1], tril(1.2, 0, Math.hypot(0.6, 0.5))],
    ["narrow, and elsewhere", [1, 0], tril(0.7, -0.3, 0.8)],
    ["the distribution of the data", [0.5, -1], tril(1.2, 0.6, 0.5)],
  ])("by a model that is %s", (_name, loc, L) => {
    it("is forward KL up to the entropy of the data, within five standard errors", () => {
      const q = multivariateNormal({ loc: tensor(loc), scaleTril: L });
      const shift = elementwiseAffine({ dimensions: 2 });
      shift.parameters[0].assign(tensor(loc));
      const flow = new Flow(standardNormal([2]), compose(shift, invert(triangularLinear({ weight: L })))); // z = L⁻¹(x − μ)
      const exact = klDivergence(p, q).item();
      const estimate = forwardKL(flow, x).item();
      const squares = flow.score(x).data.reduce((total, logQ) => total + (logQ + estimate) ** 2, 0);
      expectWithin(estimate - entropy, exact, 5 * Math.sqrt(squares / n / n), "−mean log q − H(p)");
      expectWithin(-mean(q.logProb(x)).item(), estimate, 1e-13 * (1 + exact)); // the flow is q
    });
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

  it("refuses flows, targets and generators that are none, as reverseKLByScore and forwardKL do", () => {
    const target = standardNormal([1]);
    for (const divergence of [reverseKL, reverseKLByScore]) {
      const { name } = divergence;
      const refuses = (...args: unknown[]) => expect(() => (divergence as (...all: unknown[]) => unknown)(...args));
      refuses(3, target, 5, new Random(1)).toThrow(`${name}: flow must be a Flow, as new Flow(base, bijection); got 3`);
      refuses(wideFlow(), {}, 5, new Random(1)).toThrow(
        `${name}: target must be a function, or have logProb, as distributions do`,
      );
      refuses(wideFlow(), target, 5).toThrow(
        `${name}: random must be a Random, for instance new Random(1); got undefined`,
      );
    }
    expect(() => forwardKL(target as never, tensor([[1]]))).toThrow("forwardKL: flow must be a Flow");
  });

  it("refuses no points", () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      expect(() => reverseKL(wideFlow(), standardNormal([1]), n, new Random(1))).toThrow(DomainError);
    }
  });

  it("refuses a base that is trained but cannot say how its points move", () => {
    const layer = elementwiseAffine({ dimensions: 1 });
    const components = [standardNormal([1]), diagonalNormal({ loc: tensor([2]), logScale: zeros([1]) })];
    const fixed = new Flow(mixture({ logits: zeros([2]), components }), layer);
    const trained = new Flow(mixture({ logits: parameter(zeros([2])), components }), layer);
    expect(reverseKL(fixed, standardNormal([1]), 10, new Random(1)).shape).toEqual([]);
    expect(() => reverseKL(trained, standardNormal([1]), 10, new Random(1))).toThrow(/sampleWithLogProb/);
    expect(reverseKLByScore(trained, standardNormal([1]), 10, new Random(1)).shape).toEqual([]);
  });
});

describe("reverseKLByScore", () => {
  const target = standardNormal([1]);

  it("has the value of reverseKL at the same points", () => {
    const [pathwise, score] = [reverseKL, reverseKLByScore].map((kl) =>
      kl(wideFlow(), target, 50, new Random(3)).item(),
    );
    // log p is −½z² − ln 2 − ½ln 2π, of at most 10 nats, where x and z were rounded once each
    expectWithin(score, pathwise, 64 * EPSILON * 10);
  });

  it("has the gradient Σ (r_i − r̄)·∇log p(x_i)/(n − 1), by hand", () => {
    const flow = wideFlow();
    const n = 6;
    const x = flow.sample(n, new Random(5)).data;
    const z = x.map((value) => (value - 1) / 2);
    const r = x.map((value, i) => -0.5 * z[i] ** 2 - Math.LN2 + 0.5 * value ** 2);
    const average = r.reduce((total, value) => total + value / n, 0);
    // log p = −½z² − log σ, z = (x − μ)/σ: its derivatives are z/σ and z² − 1
    const [byMu, byLogSigma] = [z.map((value) => value / 2), z.map((value) => value ** 2 - 1)].map((score) =>
      score.reduce((total, value, i) => total + ((r[i] - average) * value) / (n - 1), 0),
    );
    const grads = grad(reverseKLByScore(flow, target, n, new Random(5)), flow.parameters);
    expectWithin(grads[0].item(), byMu, 1e-13);
    expectWithin(grads[1].item(), byLogSigma, 1e-13);
  });

  it("has, on average, the gradient of the divergence: μ by the shift, σ² − 1 by log σ", () => {
    const flow = wideFlow();
    const [byMu, byLogSigma] = grad(reverseKLByScore(flow, target, 100_000, new Random(1)), flow.parameters);
    // r = ½(2z + 1)² − ½z² + const = 1.5z² + 2z + const; (r − r̄)·z/2 and (r − r̄)(z² − 1) have deviations below 4 and 13
    expectWithin(byMu.item(), 1, (5 * 4) / Math.sqrt(100_000));
    expectWithin(byLogSigma.item(), 3, (5 * 13) / Math.sqrt(100_000));
  });

  it("has no gradient, noise and all, where the flow is the target up to a factor", () => {
    const flow = wideFlow();
    const itself = (x: Variable): Variable => add(detach(flow.logProb(x)), 7);
    const loss = reverseKLByScore(flow, itself, 20, new Random(1));
    expectWithin(loss.item(), -7, 1e-14);
    for (const g of grad(loss, flow.parameters)) expectWithin(g.item(), 0, 1e-12);
  });

  it("refuses fewer than two points", () => {
    for (const n of [1, 0, 2.5, Number.NaN]) {
      expect(() => reverseKLByScore(wideFlow(), target, n, new Random(1))).toThrow(DomainError);
    }
  });
});

describe("reverse KL without data", () => {
  /** KL(p ‖ π), nats, from 20,000 fresh points; the deviation of r is below 1 by the end of a fit: five standard errors are 0.035. */
  const divergence = (flow: Flow, energy: Energy): number =>
    noGrad(() => reverseKL(flow, energy, 20_000, new Random(1000)).item()) + energy.logNormalizer;

  const options = { batchSize: 128, clipNorm: 5, schedule: "cosine" } as const;

  it.each([1, 2, 3])(
    "brings a spline flow within 0.05 nats of U1, with both modes (seed %i)",
    async (seed) => {
      const random = new Random(seed);
      const energy = energyU1();
      const flow = splineFlow({ dimensions: 2, layers: 4, hidden: [16], bins: 8, bound: 4, random });
      const objective: Objective = (fitted, x) => reverseKLByScore(fitted, energy, x.shape[0], random);
      const start = mul(random.normal([128, 2]), 2); // wider than the target: the flow begins on both modes
      await fit(flow, start, { ...options, random, steps: 400, learningRate: 1e-2, objective });
      // seeds 1 – 8 gave 0.010 – 0.020
      const after = divergence(flow, energy);
      expect(after > -0.035 && after < 0.05, `KL = ${after}`).toBe(true);
    },
    60_000,
  );

  it.each([
    ["U2", energyU2()],
    ["U3", energyU3()],
    ["U4", energyU4()],
  ])(
    "fits %s on its box by a flow that ends in a sigmoid",
    async (_name, energy) => {
      const { reach } = energy;
      const random = new Random(1);
      const flow = onBox(reach, random);
      const before = divergence(flow, energy);
      const objective: Objective = (fitted, x) => reverseKLByScore(fitted, energy, x.shape[0], random);
      const start = random.uniform([128, 2], -reach, reach);
      await fit(flow, start, { ...options, random, steps: 400, learningRate: 5e-3, objective });
      // seeds 1 – 4 gave at most 0.34; bench/results/reverse-kl.json has what more steps give
      const after = divergence(flow, energy);
      expect(after > -0.035 && after < 0.5 && before > 1, `KL = ${after}, at first ${before}`).toBe(true);
      expect(flow.sample(1000, random).data.every((value) => Math.abs(value) < reach)).toBe(true);
    },
    60_000,
  );

  /** x = −reach + 2·reach·sigmoid(…): all of its points lie in the box. */
  function onBox(reach: number, random: Random): Flow {
    const { base, bijection } = splineFlow({ dimensions: 2, layers: 4, hidden: [32, 32], bins: 8, bound: 4, random });
    const corners = tensor([-3 * reach, -3 * reach, reach, reach], [2, 2]); // of mean −reach and deviation 2·reach
    return new Flow(base, compose(standardization(corners), logitFlow({ dimensions: 2 }), bijection));
  }

  it("loses most of the divergence to U1 in 150 steps by gradients that flow through the points, too", async () => {
    const energy = energyU1();
    const random = new Random(1);
    const flow = splineFlow({ dimensions: 2, layers: 4, hidden: [16], bins: 8, bound: 4, random });
    const before = divergence(flow, energy);
    const objective: Objective = (fitted, x) => reverseKL(fitted, energy, x.shape[0], random);
    await fit(flow, mul(random.normal([128, 2]), 2), { ...options, random, steps: 150, learningRate: 1e-2, objective });
    const after = divergence(flow, energy);
    expect(after > -0.035 && after < 0.2 * before, `KL = ${after}, at first ${before}`).toBe(true);
  }, 60_000);
});
