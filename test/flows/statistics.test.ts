import {
  actNorm,
  affineCoupling,
  type Bijection,
  compose,
  DomainError,
  expFlow,
  Flow,
  fit,
  fitNormal,
  invert,
  layer,
  leakyReluFlow,
  logitFlow,
  maf,
  maskedAutoregressive,
  multiScale,
  noGrad,
  Random,
  realNVP,
  reverse,
  standardization,
  standardNormal,
  Tensor,
  tensor,
  twoMoons,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, EPSILON, expectWithin } from "../support/arbitraries.ts";

const random = new Random(1);
const data = new Tensor(
  random.normal([500, 2]).data.map((value, i) => (i % 2 === 0 ? 5e-7 * value : 2000 + 5 * value)),
  [500, 2],
);

/** Mean and deviation of each column, by plain sums. */
function columnsOf(x: Tensor): { mean: number; deviation: number }[] {
  const [N, D] = x.shape;
  return Array.from({ length: D }, (_, j) => {
    const values = Array.from({ length: N }, (_, i) => x.at(i, j));
    const mean = values.reduce((sum, value) => sum + value, 0) / N;
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N) };
  });
}

/**
 * Of N numbers of size 1: the sums above round N times by eps/2, the statistics and z a few times; the mean that was taken off is
 * rounded by eps/2 of its own size, which is κ deviations.
 */
const roundings = (N: number, kappa = 0): number => (N + kappa) * EPSILON;

/** Fails unless z, of `data`, is standardised. */
function expectStandard(z: Tensor): void {
  const kappa = Math.max(...columnsOf(data).map(({ mean, deviation }) => Math.abs(mean) / deviation));
  for (const { mean, deviation } of columnsOf(z)) {
    expectWithin(mean, 0, roundings(500, kappa), "the mean");
    expectWithin(deviation, 1, roundings(500), "the deviation");
  }
}

describe("initialize", () => {
  const coupling = (): Bijection => affineCoupling({ dimensions: 2, hidden: [3], random });
  const wrapper = (inner: Bijection): Bijection =>
    layer({ shape: [2], parts: { inner }, forward: (x) => inner.forward(x), inverse: (z) => inner.inverse(z) });
  const byHand = (inner: Bijection): Bijection => ({
    ...{ dataShape: [2], latentShape: [2], parameters: inner.parameters, buffers: inner.buffers, parts: { inner } },
    ...{ cost: inner.cost, definition: { type: "byHand" } },
    initialize: (x) => inner.initialize?.(x),
    forward: (x) => inner.forward(x),
    inverse: (z) => inner.inverse(z),
  });
  it.each<[string, Bijection]>([
    ["an actNorm", actNorm({ dimensions: 2 })],
    ["a standardization", standardization({ dimensions: 2 })],
    ["a composition", compose(reverse({ dimensions: 2 }), actNorm({ dimensions: 2 }), coupling())],
    ["an actNorm turned around", invert(actNorm({ dimensions: 2 }))],
    ["a composition turned around", invert(compose(coupling(), actNorm({ dimensions: 2 })))],
    ["what is turned around twice", invert(invert(actNorm({ dimensions: 2 })))],
    ["a recipe turned around", invert(maf({ dimensions: 2, hidden: [3], random }).bijection)],
    ["scales", multiScale({ scales: [actNorm({ dimensions: 2 })] })],
    ["a layer of one's own", wrapper(actNorm({ dimensions: 2 }))],
    ["a layer of one's own in a composition", compose(wrapper(wrapper(actNorm({ dimensions: 2 }))), coupling())],
    ["a layer written by hand, in a composition", compose(byHand(actNorm({ dimensions: 2 })), coupling())],
  ])("passes data on to whatever takes statistics of them: %s", (_name, bijection) => {
    bijection.initialize?.(data);
    expectStandard(bijection.forward(data).z);
    const before = [...bijection.buffers].map(([name, value]) => [name, bitsOf(value)]);
    bijection.initialize?.(twoMoons().sample(100, random));
    expect([...bijection.buffers].map(([name, value]) => [name, bitsOf(value)])).toEqual(before); // once
  });

  it("uses all rows for what the data come to first, however many, and however seldom a column varies", () => {
    const many = new Float64Array(40_000).map((_, i) => (i % 2 === 0 ? i : i === 20_001 ? 1 : 0));
    const norm = actNorm({ dimensions: 2 });
    norm.initialize?.(new Tensor(many, [20_000, 2]));
    // pairwise sums err by (68 + log₂(N/128))/2 eps of Σ|terms|, here of Σ|x − mean| < 2
    expectWithin(norm.buffers.get("mean")?.at(1) ?? NaN, 1 / 20_000, (38 * EPSILON * 2) / 20_000);
  });

  it("initialises all layers or none", () => {
    const [first, second] = [actNorm({ dimensions: 2 }), actNorm({ dimensions: 2 })];
    const failing = compose(first, logitFlow({ dimensions: 2 }), second); // standardised data are not all in (0, 1)
    const before = [...failing.buffers.values()].map(bitsOf);
    expect(() => failing.initialize?.(data)).toThrow(DomainError);
    expect([...failing.buffers.values()].map(bitsOf)).toEqual(before);
    first.initialize?.(data); // and may be initialised still
    expectStandard(first.forward(data).z);
  });

  it("takes back what a layer of one's own has assigned when a later one fails", () => {
    const norm = actNorm({ dimensions: 2 });
    const own = layer({
      shape: [2],
      parts: { norm },
      initialize: () => norm.parameters[0].assign(tensor([7, 7])),
      forward: (x) => norm.forward(x),
      inverse: (z) => norm.inverse(z),
    });
    const failing = compose(
      own,
      expFlow({ dimensions: 2 }),
      invert(expFlow({ dimensions: 2 })),
      logitFlow({ dimensions: 2 }),
    );
    expect(() => failing.initialize?.(data)).toThrow("logitFlow");
    expect(norm.parameters[0].toArray()).toEqual([0, 0]);
  });

  it("after a table in a unit of 1e160, training goes on; after a constant one, as if nothing had been", async () => {
    const x = twoMoons().sample(300, new Random(3));
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
    const constant = new Tensor(new Float64Array(600).fill(0.1), [300, 2]);
    await expect(fit(flow, constant, { random: new Random(2), steps: 1 })).rejects.toThrow(DomainError);
    const huge = new Tensor(
      x.data.map((value) => value * 1e160),
      x.shape,
    );
    const fresh = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
    for (const each of [flow, fresh]) await fit(each, huge, { random: new Random(2), steps: 3 });
    expect(bitsOf(flow.score(huge))).toEqual(bitsOf(fresh.score(huge)));
    expect(flow.score(huge).data.every(Number.isFinite)).toBe(true);
  });

  it.each([1e-310, 1e-200, 1e-160, 1e160, 1e200, 1e300])("and fitNormal bear a unit of %s", (unit) => {
    const z = random.normal([200, 2]);
    const x = new Tensor(
      z.data.map((value) => value * unit),
      z.shape,
    );
    const norm = actNorm({ dimensions: 2 });
    norm.initialize?.(x);
    const { mean, deviation } = columnsOf(norm.forward(x).z)[1];
    const spacing = 5e-324 / unit; // of subnormal numbers: mean and deviation are rounded to it
    expectWithin(mean, 0, roundings(200) + spacing);
    expectWithin(deviation, 1, roundings(200) + spacing);
    if (unit < 1e-300) return; // the covariance of subnormal numbers has no digits left
    const more = 2 * Math.log(unit);
    const [own, other] = [fitNormal(z).logProb(z), fitNormal(x).logProb(x)];
    own.data.forEach((value, i) => {
      // 4 eps for each logarithm, 4 for the sums; of the exponent, at most 2·|value|, 40 for a covariance on each side, twice
      expectWithin(other.at(i) + more, value, (8 * Math.abs(more) + 320 * Math.abs(value)) * EPSILON);
    });
  });

  it("refuses standardization's constants, 0.1 a thousand times among them", () => {
    for (const value of [0.1, 0.3, 1e5 / 3]) {
      expect(() => standardization(new Tensor(new Float64Array(1000).fill(value), [1000, 1]))).toThrow(
        "standardization: every column must vary; column 0 is constant over 1000 rows",
      );
    }
  });
});

describe("contexts", () => {
  it("are standardised from the first rows, by whatever layer uses them, and saved with it", () => {
    const contexts = new Tensor(
      random.normal([500, 1]).data.map((c) => 1000 + 40 * c),
      [500, 1],
    );
    for (const used of [
      affineCoupling({ dimensions: 2, hidden: [3], context: 1, random }),
      maskedAutoregressive({ dimensions: 2, hidden: [3], context: 1, random }),
      invert(maskedAutoregressive({ dimensions: 2, hidden: [3], context: 1, random })),
    ]) {
      used.initialize?.(data, contexts);
      const [{ mean, deviation }] = columnsOf(contexts);
      expectWithin(used.buffers.get("context.mean")?.item() ?? NaN, mean, roundings(500) * mean);
      expectWithin(used.buffers.get("context.deviation")?.item() ?? NaN, deviation, roundings(500) * deviation);
    }
  });

  it("come to the methods of a layer standardised: their unit does not matter", () => {
    const given: Tensor[] = [];
    const spying = layer({
      shape: [2],
      context: 1,
      forward: (x, context) => {
        given.push(context as Tensor);
        return { z: x, logDet: zeros([x.shape[0]]) };
      },
      inverse: (z, context) => {
        given.push(context as Tensor);
        return { x: z, logDet: zeros([z.shape[0]]) };
      },
    });
    const contexts = tensor([[1000], [1040], [1080], [1040]]); // mean 1040, deviation √800
    const x = random.normal([4, 2]);
    spying.forward(x, contexts);
    expect(given.at(-1)?.toArray()).toEqual(contexts.toArray()); // of no data yet
    spying.initialize?.(x, contexts);
    spying.forward(x, contexts);
    spying.inverse(x, contexts);
    for (const context of given.slice(-2)) {
      [-Math.SQRT2, 0, Math.SQRT2, 0].forEach((value, i) => {
        expectWithin(context.at(i, 0), value, 1e-15);
      });
    }
  });

  it("that are the same for all rows are centred, and no more", () => {
    const used = affineCoupling({ dimensions: 2, hidden: [3], context: 2, random });
    used.initialize?.(data, tensor([[5, -3e9]]));
    expect(used.buffers.get("context.mean")?.toArray()).toEqual([5, -3e9]);
    expect(used.buffers.get("context.deviation")?.toArray()).toEqual([1, 1]);
  });

  it("do not reach layers that take none, and are refused where nobody takes one", () => {
    const plain = affineCoupling({ dimensions: 2, hidden: [3], random });
    const conditional = affineCoupling({ dimensions: 2, hidden: [3], context: 5, random });
    const both = compose(plain, conditional, leakyReluFlow({ dimensions: 2 }));
    expect(both.context).toBe(5);
    const [x, c] = [random.normal([4, 2]), random.normal([4, 5])];
    expect(both.forward(x, c).z.shape).toEqual([4, 2]);
    expect(both.inverse(x, c).x.shape).toEqual([4, 2]);
    expect(() => plain.forward(x, c)).toThrow("coupling: takes no context; got [4,5]");
    expect(() => compose(conditional, affineCoupling({ dimensions: 2, context: 1, random }))).toThrow(
      "compose: parts take one context or none; got widths 5 and 1",
    );
    const flow = new Flow(standardNormal([2]), reverse({ dimensions: 2 }));
    const wrong = random.normal([3, 1]);
    expect(() => flow.logProb(x, wrong)).toThrow("logProb: takes no context; got [3,1]");
    expect(() => flow.sample(4, random, wrong)).toThrow("sample: takes no context; got [3,1]");
    expect(() => new Flow(standardNormal([2]), both).score(x)).toThrow("logProb: needs a context of width 5; got none");
  });

  it("may be one vector for all points, or one row, or one for each", () => {
    const flow = maf({ dimensions: 2, hidden: [3], context: 2, random });
    noGrad(() => {
      const x = random.normal([3, 2]);
      const all = tensor([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
      const expected = bitsOf(flow.logProb(x, all));
      for (const context of [tensor([1, 2]), tensor([[1, 2]])])
        expect(bitsOf(flow.logProb(x, context))).toEqual(expected);
    });
  });
});
