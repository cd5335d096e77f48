import {
  add,
  type Bijection,
  DomainError,
  diagonalNormal,
  elementwiseAffine,
  expFlow,
  Flow,
  grad,
  gradcheck,
  invert,
  leakyReluFlow,
  logitFlow,
  logTails,
  Random,
  ShapeError,
  sigmoidFlow,
  softplusFlow,
  square,
  sum,
  tanhFlow,
  tensor,
  uniform,
  type Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";

const LN2 = Math.LN2;
const one = { dimensions: 1 };

/** Layer, x, z and the log-det at x, in closed form. */
const VALUES: readonly (readonly [name: string, layer: Bijection, x: number, z: number, logDet: number])[] = [
  ["tanh(½ ln 3) = ½", tanhFlow(one), 0.5 * Math.log(3), 0.5, Math.log(0.75)],
  ["tanh of 1e-9, where 1 − tanh² is nearly 1", tanhFlow(one), 1e-9, 1e-9, -1e-18],
  ["sigmoid(ln 3) = ¾", sigmoidFlow(one), Math.log(3), 0.75, Math.log(3 / 16)],
  ["sigmoid(−ln 3) = ¼", sigmoidFlow(one), -Math.log(3), 0.25, Math.log(3 / 16)],
  ["e^ln 5 = 5", expFlow(one), Math.log(5), 5, Math.log(5)],
  ["ln(1 + e^ln 3) = 2 ln 2", softplusFlow(one), Math.log(3), 2 * LN2, Math.log(0.75)],
  ["leaky ReLU above 0", leakyReluFlow({ ...one, slope: 0.25 }), 3, 3, 0],
  ["leaky ReLU below 0", leakyReluFlow({ ...one, slope: 0.25 }), -3, -0.75, -2 * LN2],
  ["leaky ReLU at 0 counts as below", leakyReluFlow({ ...one, slope: 0.25 }), 0, 0, -2 * LN2],
  ["logit(¾) = ln 3", logitFlow(one), 0.75, Math.log(3), Math.log(16 / 3)],
  [
    "logit at α = ¼: y = ¼ + ½·¾ = 5/8",
    logitFlow({ ...one, alpha: 0.25 }),
    0.75,
    Math.log(5 / 3),
    Math.log(0.5 / (15 / 64)),
  ],
  ["log tails inside: nothing moves", logTails(one), -2, -2, 0],
  ["log tails at T, where the slope is 1 from both sides", logTails(one), 3, 3, 0],
  ["log tails one unit outside: 3 + ln 2", logTails(one), 4, 3 + LN2, -LN2],
  ["log tails at −T − 7: −T − ln 8", logTails({ ...one, threshold: 0.5 }), -7.5, -0.5 - 3 * LN2, -3 * LN2],
  ["logit at α = ¼ of 0", logitFlow({ ...one, alpha: 0.25 }), 0, -Math.log(3), Math.log(0.5 / (3 / 16))],
];

describe("elementwise layers", () => {
  it.each(VALUES)("know that %s, with its log-det, and back", (_name, layer, x, z, logDet) => {
    const there = layer.forward(tensor([[x]]));
    expectWithin(there.z.item(), z, 8 * EPSILON * (1 + Math.abs(z)));
    expectWithin(there.logDet.item(), logDet, 8 * EPSILON * Math.max(Math.abs(logDet), logDet === -1e-18 ? 0 : 1));
    const back = layer.inverse(tensor([[z]]));
    expectWithin(back.x.item(), x, 16 * EPSILON * (1 + Math.abs(x)));
    expectWithin(back.logDet.item(), -logDet, 16 * EPSILON * (1 + Math.abs(logDet)));
  });

  it.each(VALUES)("have the gradients of z and log-det that numbers confirm, both ways: %s", (name, layer, x, z) => {
    if (name.includes("at 0") || name.includes("at T,")) return; // where there is none, or it jumps
    const score = ({ logDet, ...point }: { logDet: Variable; z?: Variable; x?: Variable }): Variable =>
      add(sum(square((point.z ?? point.x) as Variable)), sum(logDet));
    expect(gradcheck((at) => score(layer.forward(at)), [tensor([[x]])])).toMatchObject({ failures: [] });
    expect(gradcheck((at) => score(layer.inverse(at)), [tensor([[z]])])).toMatchObject({ failures: [] });
  });

  it("add the log-dets of all coordinates, of images too", () => {
    for (const dimensions of [6, [1, 2, 3] as const]) {
      const layer = expFlow({ dimensions });
      const x = new Random(1).normal(typeof dimensions === "number" ? [2, 6] : [2, 1, 2, 3]);
      const { logDet } = layer.forward(x);
      for (const b of [0, 1]) {
        const expected = x.data.slice(6 * b, 6 * b + 6).reduce((total, value) => total + value, 0);
        expectWithin(logDet.at(b), expected, 64 * EPSILON);
      }
    }
  });

  it("keep the digits of log-dets where z is rounded to the end of its range", () => {
    expectWithin(
      tanhFlow(one)
        .forward(tensor([[30]]))
        .logDet.item(),
      2 * (LN2 - 30),
      64 * EPSILON * 2,
    );
    expectWithin(
      tanhFlow(one)
        .forward(tensor([[-1e6]]))
        .logDet.item(),
      2 * (LN2 - 1e6),
      1e6 * 4 * EPSILON,
    );
    expectWithin(
      sigmoidFlow(one)
        .forward(tensor([[50]]))
        .logDet.item(),
      -50,
      64 * EPSILON,
    );
    expectWithin(
      softplusFlow(one)
        .forward(tensor([[-800]]))
        .logDet.item(),
      -800,
      800 * EPSILON,
    );
    const alpha = 1e-8; // 1 − y is α at x = 1, and not what is left of 1 − (1 − α)
    const end = logitFlow({ ...one, alpha }).forward(tensor([[1]]));
    expectWithin(end.z.item(), Math.log1p(-alpha) - Math.log(alpha), 64 * EPSILON);
    const edge = 2 ** -50;
    expectWithin(
      logitFlow(one)
        .forward(tensor([[1 - edge]]))
        .z.item(),
      -Math.log(edge),
      64 * EPSILON,
    );
    expectWithin(
      logitFlow(one)
        .forward(tensor([[edge]]))
        .logDet.item(),
      -Math.log(edge),
      64 * EPSILON,
    );
    expectWithin(
      invert(tanhFlow(one))
        .forward(tensor([[1 - edge]]))
        .z.item(),
      0.5 * Math.log(2 / edge),
      64 * EPSILON,
    );
    expectWithin(
      invert(sigmoidFlow(one))
        .forward(tensor([[edge]]))
        .z.item(),
      Math.log(edge),
      64 * EPSILON,
    );
  });

  it("give points inside their open range, wherever x lies, so that a base on that range can score them", () => {
    const x = tensor([[36], [37], [40], [-40], [800], [-800]]);
    const unit = new Flow(uniform({ low: tensor([0]), high: tensor([1]) }), sigmoidFlow(one)).logProb(x);
    [-36, -37, -40, -40, -800, -800].forEach((expected, i) => {
      expectWithin(unit.at(i), expected, 4 * EPSILON * 800);
    });
    const between = new Flow(uniform({ low: tensor([-1]), high: tensor([1]) }), tanhFlow(one)).logProb(x);
    x.data.forEach((value, i) => {
      expectWithin(between.at(i), LN2 - 2 * Math.abs(value), 4 * EPSILON * 1600); // 2 ln 2 − 2|x|, and −ln 2 of the base
    });
    expect(
      new Flow(uniform({ low: tensor([0]), high: tensor([1]) }), sigmoidFlow(one)).logProb(tensor([[Infinity]])).item(),
    ).toBe(-Infinity);
  });

  it.each<[string, Bijection]>([
    ["tanhFlow", tanhFlow(one)],
    ["sigmoidFlow", sigmoidFlow(one)],
    ["expFlow", expFlow(one)],
    ["softplusFlow", softplusFlow(one)],
    ...[0, 5e-324, 1e-300, 1e-8, 0.05, 0.4999999999999999].map((alpha): [string, Bijection] => [
      `the inverse of logitFlow, alpha ${alpha}`,
      invert(logitFlow({ ...one, alpha })),
    ]),
  ])("map back whatever they give: %s", (_name, layer) => {
    const sizes = [0, 1e-300, 1, 19, 37, 40, 750, 1e8, 1e308];
    const x = tensor([...sizes, ...sizes.map((size) => -size)].map((value) => [value]));
    const { z } = layer.forward(x);
    const back = layer.inverse(z); // refuses what is outside
    back.x.data.forEach((value, i) => {
      expect(Number.isFinite(value) && Number.isFinite(back.logDet.at(i))).toBe(true);
    });
    expect(layer.forward(tensor([[Number.NaN]])).z.item()).toBeNaN();
  });

  it("have the gradients of their functions also where z is moved inside", () => {
    const x = variable([[700], [-750]]);
    const [g] = grad(sum(expFlow(one).forward(x).z), [x]);
    expectWithin(g.at(0, 0) / Math.exp(700), 1, 1e-12);
    expect(
      expFlow(one)
        .forward(tensor([[-750]]))
        .z.item(),
    ).toBe(5e-324);
    expect(g.at(1, 0)).toBe(0); // e⁻⁷⁵⁰ to the nearest
  });

  it("give samples that can be scored, all of them", () => {
    for (const alpha of [0, 0.05]) {
      const wide = diagonalNormal({ loc: tensor([0]), logScale: 3 }); // some 3 in 100 beyond 2σ = 40
      const flow = new Flow(wide, logitFlow({ ...one, alpha }));
      const samples = flow.sample(2000, new Random(1));
      expect(samples.data.some((x) => x > 0.9999999999999)).toBe(true);
      for (const value of flow.logProb(samples).data) expect(Number.isFinite(value)).toBe(true);
    }
  });

  it.each<[string, () => unknown, string]>([
    ["tanhFlow", () => tanhFlow(one).inverse(tensor([[0.5], [1]])), "tanhFlow: z must lie in (−1, 1); got 1 at [1,0]"],
    ["sigmoidFlow", () => sigmoidFlow(one).inverse(tensor([[0]])), "sigmoidFlow: z must lie in (0, 1); got 0 at [0,0]"],
    ["expFlow", () => expFlow(one).inverse(tensor([[-1]])), "expFlow: z must lie in (0, ∞); got -1 at [0,0]"],
    [
      "softplusFlow",
      () => softplusFlow(one).inverse(tensor([[0]])),
      "softplusFlow: z must lie in (0, ∞); got 0 at [0,0]",
    ],
    ["logitFlow", () => logitFlow(one).forward(tensor([[1]])), "logitFlow: x must lie in (0, 1); got 1 at [0,0]"],
    ["NaN", () => logitFlow(one).forward(tensor([[Number.NaN]])), "got NaN at [0,0]"],
    ["alpha", () => logitFlow({ ...one, alpha: 0.5 }), "logitFlow: alpha must be at least 0 and below 1/2; got 0.5"],
    ["slope", () => leakyReluFlow({ ...one, slope: 0 }), "leakyReluFlow: the slope must be a positive number; got 0"],
    ["threshold", () => logTails({ ...one, threshold: 0 }), "logTails: the threshold must be a positive number; got 0"],
    ["dimensions", () => tanhFlow({ dimensions: 0 }), "tanhFlow: dimensions are D or [C, H, W], integers ≥ 1; got 0"],
  ])("clamp no argument: %s", (_name, run, message) => {
    expect(run).toThrow(DomainError);
    expect(run).toThrow(message);
  });
});

describe("logTails", () => {
  const layer = logTails({ dimensions: 1, threshold: 2 });

  it("keeps the digits right outside of T, and far away", () => {
    const edge = 2 ** -40;
    const near = layer.forward(tensor([[2 + edge], [-2 - edge]]));
    near.logDet.data.forEach((value) => {
      expectWithin(value / -edge, 1, 2 * edge); // −ln(1 + e) = −e + ½e²
    });
    const far = layer.forward(tensor([[1e300], [-1e300]]));
    expectWithin(far.z.at(0, 0), 2 + 300 * Math.LN10, 4 * EPSILON * 700);
    expect(far.z.at(1, 0)).toBe(-far.z.at(0, 0));
    expectWithin(layer.inverse(far.z).x.at(0, 0) / 1e300, 1, 700 * 4 * EPSILON);
  });

  it("is C¹: its slope is 1 on both sides of ±T", () => {
    const x = variable([[2], [2 + 1e-9], [-2], [-2 - 1e-9]]);
    const [slopes] = grad(sum(layer.forward(x).z), [x]);
    for (const slope of slopes.data) expectWithin(slope, 1, 2e-9);
    const [back] = grad(sum(layer.inverse(x).x), [x]);
    for (const slope of back.data) expectWithin(slope, 1, 2e-9);
  });

  it("takes ±∞ to ±∞, both ways, and NaN to NaN", () => {
    const x = tensor([[Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], [Number.NaN]]);
    const there = layer.forward(x);
    expect([...there.z.data]).toEqual([...x.data]);
    expect([...there.logDet.data]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
    const back = layer.inverse(x);
    expect([...back.x.data]).toEqual([...x.data]);
    expect([...back.logDet.data]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it("makes the score of a point a hundred deviations away tens of nats, by hand", () => {
    const flow = new Flow(diagonalNormal({ loc: tensor([0]), logScale: 0 }), logTails({ dimensions: 1 }));
    const z = 3 + Math.log(98);
    expectWithin(flow.score(tensor([[100]])).item(), -0.5 * (z * z + Math.log(2 * Math.PI)) - Math.log(98), 1e-13);
  });
});

describe("elementwiseAffine", () => {
  it("is s·(x − μ)·exp(−log σ), by hand", () => {
    const layer = elementwiseAffine({ dimensions: 2, signs: [1, -1] });
    layer.parameters[0].assign(tensor([1, 2]));
    layer.parameters[1].assign(tensor([LN2, -LN2]));
    const { z, logDet } = layer.forward(tensor([[4, 5]]));
    [1.5, -6].forEach((value, i) => {
      expectWithin(z.at(0, i), value, 8 * EPSILON * 6);
    });
    expectWithin(logDet.item(), 0, 4 * EPSILON);
    expectWithin(layer.inverse(z).x.at(0, 1), 5, 64 * EPSILON);
  });

  it("refuses signs of another number or kind", () => {
    expect(() => elementwiseAffine({ dimensions: 2, signs: [1] })).toThrow(ShapeError);
    expect(() => elementwiseAffine({ dimensions: 2, signs: [1, 0] })).toThrow(
      "elementwiseAffine: signs are 1 or -1; got 0",
    );
  });
});
