import {
  DomainError,
  diagonalNormal,
  elementwiseAffine,
  ensemble,
  expFlow,
  Flow,
  fit,
  forwardKL,
  grad,
  loadFlow,
  maf,
  Random,
  realNVP,
  ShapeError,
  saveFlow,
  splineFlow,
  standardNormal,
  Tensor,
  tensor,
  train,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

const random = () => new Random(4);

/** A flow with parameters of its own, that knows the unit of its data. */
function trained(flow: Flow, x: Tensor, context?: Tensor): Flow {
  const options = { steps: 3, batchSize: 16, random: random(), ...(context && { context }) };
  for (const _ of train(flow, x, options)) {
    // three steps
  }
  return flow;
}

const x = new Tensor(
  random()
    .normal([64, 2])
    .data.map((value, i) => 5 + (i % 2 === 0 ? 3 : 0.1) * value),
  [64, 2],
);
const context = new Random(6).normal([64, 3]);
const [first, second, third] = [
  trained(realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) }), x),
  trained(maf({ dimensions: 2, layers: 1, hidden: [4], random: new Random(2) }), x),
  trained(splineFlow({ dimensions: 2, layers: 2, hidden: [4], bins: 3, random: new Random(3) }), x),
];
const given = [1, 2].map((seed) =>
  trained(realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 3, random: new Random(seed) }), x, context),
);

/** ln Σ w p, as it stands. */
const byHand = (flows: readonly Flow[], weights: readonly number[], points: Tensor, rows?: Tensor): number[] => {
  const scores = flows.map((flow) => flow.score(points, flow.context > 0 ? rows : undefined).data);
  return Array.from(scores[0], (_, i) => {
    return Math.log(scores.reduce((total, score, k) => total + weights[k] * Math.exp(score[i]), 0));
  });
};

describe("ensemble", () => {
  it("has the mean of the densities, by hand", () => {
    const flow = ensemble([first, second, third]);
    byHand([first, second, third], [1 / 3, 1 / 3, 1 / 3], x).forEach((expected, i) => {
      expectWithin(flow.score(x).at(i), expected, 64 * EPSILON * (1 + Math.abs(expected)));
    });
    const weighted = ensemble([first, second], { weights: [0.9, 0.1] });
    byHand([first, second], [0.9, 0.1], x).forEach((expected, i) => {
      expectWithin(weighted.score(x).at(i), expected, 64 * EPSILON * (1 + Math.abs(expected)));
    });
  });

  it("of one flow has that flow's scores, to the bit", () => {
    expect([...ensemble([first]).score(x).data]).toEqual([...first.score(x).data]);
    expect([...ensemble([given[0]]).score(x, context).data]).toEqual([...given[0].score(x, context).data]);
  });

  it("integrates to 1, on a line", () => {
    const normal = () => diagonalNormal({ loc: tensor([0]), logScale: 0 });
    const moved = elementwiseAffine({ dimensions: 1 });
    moved.parameters[0].assign(tensor([1.5]));
    moved.parameters[1].assign(tensor([-0.7]));
    const flow = ensemble([new Flow(normal(), moved), new Flow(normal(), elementwiseAffine({ dimensions: 1 }))], {
      weights: [0.25, 0.75],
    });
    const step = 1 / 64; // the trapezoidal rule on analytic functions converges like exp(−2π²σ²/step²)
    const points = Array.from({ length: 40 * 64 + 1 }, (_, i) => [-20 + i * step]);
    const total = flow.score(tensor(points)).data.reduce((sum, value) => sum + Math.exp(value), 0) * step;
    expectWithin(total, 1, 1e-12);
  });

  it("is at least as likely as the mean of its flows", () => {
    const mean = (flow: Flow): number => flow.score(x).data.reduce((total, value) => total + value, 0) / 64;
    expect(mean(ensemble([first, second])) >= (mean(first) + mean(second)) / 2).toBe(true);
  });

  it("passes the context on to flows that take one, and draws from each with its own rows", () => {
    const flow = ensemble([given[0], first, given[1]], { weights: [0.2, 0.3, 0.5] });
    expect(flow.context).toBe(3);
    byHand([given[0], first, given[1]], [0.2, 0.3, 0.5], x, context).forEach((expected, i) => {
      expectWithin(flow.score(x, context).at(i), expected, 64 * EPSILON * (1 + Math.abs(expected)));
    });
    expect(() => flow.score(x)).toThrow(ShapeError);
    // a flow whose points are its context, so that the row that each point came from can be told
    const echo = new Flow(
      { ...standardNormal([1]), sample: (n) => new Tensor(new Float64Array(n), [n, 1]) },
      maf({ dimensions: 1, layers: 1, hidden: [], context: 1, random: new Random(1) }).bijection,
    );
    const rows = tensor(Array.from({ length: 40 }, (_, i) => [i / 10]));
    for (const parameter of echo.parameters) parameter.assign(new Random(9).normal(parameter.shape));
    const alone = echo.sample(40, new Random(1), rows);
    expect(new Set(alone.data).size).toBe(40);
    expect([...ensemble([echo, echo]).sample(40, new Random(1), rows).data]).toEqual([...alone.data]);
  });

  it("draws from its flows as often as their weights say", () => {
    const at = (loc: number): Flow =>
      new Flow(diagonalNormal({ loc: tensor([loc]), logScale: 0 }), elementwiseAffine({ dimensions: 1 }));
    const points = ensemble([at(-50), at(50)], { weights: [0.2, 0.8] }).sample(10_000, random());
    const share = points.data.filter((value) => value < 0).length / 10_000;
    expectWithin(share, 0.2, 4 * Math.sqrt((0.2 * 0.8) / 10_000));
  });

  it("is saved and loaded, to the byte: parameters, contexts, and what each flow knows of its data", () => {
    for (const flows of [[first, second, third], given, [ensemble([first, third]), second], [first, first]]) {
      const flow = ensemble(flows);
      const bytes = saveFlow(flow);
      const loaded = loadFlow(bytes);
      expect(saveFlow(loaded)).toEqual(bytes);
      const rows = flow.context > 0 ? context : undefined;
      expect([...loaded.score(x, rows).data]).toEqual([...flow.score(x, rows).data]);
      expect([...loaded.sample(9, random(), rows && tensor([1, 2, 3])).data]).toEqual([
        ...flow.sample(9, random(), rows && tensor([1, 2, 3])).data,
      ]);
    }
  });

  it("names parameters and buffers by the flow that they belong to", () => {
    const flow = ensemble([first, second]);
    expect(flow.parameters.length).toBe(first.parameters.length + second.parameters.length);
    for (const [k, member] of [first, second].entries()) {
      for (const [name, parameter] of member.named()) {
        expect(flow.named().get(`base.components.${k}.${name}`)).toBe(parameter);
      }
      for (const [name, buffer] of member.buffers) {
        expect(flow.buffers.get(`base.components.${k}.${name}`)).toBe(buffer);
      }
    }
    expect(first.buffers.size > 0).toBe(true);
  });

  it("saves what a flow learned of its data after it was saved first", () => {
    const late = realNVP({ dimensions: 2, layers: 1, hidden: [2], random: random() });
    const flow = ensemble([late, first]);
    saveFlow(flow);
    trained(late, x);
    expect([...loadFlow(saveFlow(flow)).score(x).data]).toEqual([...flow.score(x).data]);
  });

  it("trains its flows by the likelihood of the whole", async () => {
    const flow = ensemble(
      [1, 2].map((seed) => trained(realNVP({ dimensions: 2, layers: 1, hidden: [2], random: new Random(seed) }), x)),
    );
    const gradients = grad(forwardKL(flow, x), [...flow.parameters]);
    expect(gradients.some((gradient) => gradient.data.some((value) => value !== 0))).toBe(true);
    const before = forwardKL(flow, x).item();
    await fit(flow, x, { steps: 20, learningRate: 0.01, random: random() });
    expect(forwardKL(flow, x).item() < before).toBe(true);
  });

  it("takes images", () => {
    const image = (seed: number): Flow =>
      new Flow(
        diagonalNormal({ loc: new Random(seed).normal([1, 2, 2]), logScale: 0 }),
        expFlow({ dimensions: [1, 2, 2] }),
      );
    const points = new Random(1).normal([3, 1, 2, 2]);
    byHand([image(1), image(2)], [0.5, 0.5], points).forEach((expected, i) => {
      expectWithin(
        ensemble([image(1), image(2)])
          .score(points)
          .at(i),
        expected,
        64 * EPSILON * (1 + Math.abs(expected)),
      );
    });
  });

  it("refuses what does not fit", () => {
    expect(() => ensemble([])).toThrow("ensemble: flows must be a list of flows, at least one; got []");
    expect(() => ensemble([first, standardNormal([2]) as unknown as Flow])).toThrow(DomainError);
    const other = maf({ dimensions: 3, layers: 1, random: random() });
    expect(() => ensemble([first, other])).toThrow(
      new ShapeError("ensemble: the flows' points must have one shape; got [2] and [3]"),
    );
    const narrow = realNVP({ dimensions: 2, layers: 1, context: 1, random: random() });
    expect(() => ensemble([given[0], narrow])).toThrow("ensemble: parts take one context or none; got widths 3 and 1");
    for (const weights of [[1], [0.5, 0.6], [0, 1], [1.5, -0.5], [Number.NaN, 1]]) {
      expect(() => ensemble([first, second], { weights })).toThrow(
        "ensemble: weights must be 2 positive numbers with a sum of 1; got",
      );
    }
    const own = new Flow({ ...standardNormal([2]), definition: undefined } as never, first.bijection);
    expect(() => saveFlow(ensemble([own, first]))).toThrow("Flow: the base must have a definition; got one without");
  });
});
