import {
  actNorm,
  type Bijection,
  compose,
  DomainError,
  diagonalNormal,
  expFlow,
  Flow,
  forwardKL,
  glow,
  iaf,
  invert,
  layer,
  maf,
  mul,
  nice,
  noGrad,
  parameter,
  Random,
  realNVP,
  splineFlow,
  standardNormal,
  Tensor,
  uniform,
  useKernels,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { pure } from "../../src/autograd/pure.ts";
import { isLayer } from "../../src/flows/layer.ts";
import { type Outcome, outcomesOf, withoutPlans, withPlansAtOnce } from "../../src/plan/planning.ts";
import { record } from "../../src/plan/recording.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { bitsOf } from "../support/arbitraries.ts";
import { LAYERS } from "../support/flows/index.ts";
import { drawPoints } from "../support/flows/layerCase.ts";
import type { LayerRow } from "../support/flows/layerRow.ts";
import { perturbParameters } from "../support/flows/parameters.ts";

type Outcomes = Partial<Record<Outcome, number>>;

/** Two pieces and a part of one: what is recorded, what is compared, and what is used. */
const N = 700;
const ONCE: Outcomes = { made: 1, proven: 1, used: 1 };

/** Fails unless f gives the same bits with plans and without; returns what became of the plans. */
function compare(f: () => Tensor): Outcomes {
  const { result, outcomes } = outcomesOf(() => withPlansAtOnce(f));
  const eager = withoutPlans(f);
  expect(result.shape).toEqual(eager.shape);
  const differs = result.data.findIndex((value, i) => !Object.is(value, eager.data[i]));
  if (differs >= 0) expect(result.data[differs], `number ${differs}`).toBe(eager.data[differs]);
  return outcomes;
}

/** So many rows, the given ones over and over again: pieces of them differ. */
function repeated(rows: readonly Tensor[], count = N): Tensor {
  const [{ shape, size }] = rows;
  const x = new Float64Array(count * size);
  for (let i = 0; i < count; i++) x.set(rows[i % rows.length].data, i * size);
  return new Tensor(x, [count, ...shape.slice(1)]);
}

/** A layer that is moved away from its start, as a flow, and rows for it. */
function flowOf(row: LayerRow): { flow: Flow; x: Tensor; context: Tensor | undefined } {
  const random = new Random(5);
  const C = row.conditional ? 2 : 0;
  const made = row.make({ D: 5, context: C, random });
  perturbParameters(made, random);
  // images seen as vectors are layers that nobody has declared
  const bijection: Bijection = isLayer(made) ? made : pure({ ...made, buffers: made.buffers });
  const [loc, logScale] = ["loc", "logScale"].map((name) => parameter(zeros(made.latentShape), name));
  const drawn = Array.from({ length: 61 }, () => {
    const context = C === 0 ? undefined : random.normal([1, C]);
    return { context, x: drawPoints(row, random, [1, made.dataShape[0]], made, context) };
  });
  return {
    flow: new Flow(diagonalNormal({ loc, logScale }), bijection),
    x: repeated(drawn.map(({ x }) => x)),
    context: C === 0 ? undefined : repeated(drawn.map(({ context }) => context as Tensor)),
  };
}

const isOwn = ({ name }: LayerRow): boolean => /maps of its own|knots of its own|splineFlow, autoregressive/.test(name);

describe("with a plan and without, to the bit", () => {
  for (const row of LAYERS) {
    it(row.name, () => {
      const { flow, x, context } = flowOf(row);
      const { forward, inverse } = flow.bijection.cost;
      const planned = (way: string): Outcomes => (isOwn(row) || way === "sequential" ? {} : ONCE);
      expect(compare(() => flow.score(x, context))).toEqual(planned(forward));
      expect(compare(() => flow.toLatent(x, context))).toEqual(planned(forward));
      const z = withoutPlans(() => flow.toLatent(x, context));
      expect(compare(() => flow.toData(z, context))).toEqual(planned(inverse));
    });
  }

  const random = new Random(1);
  const net = { hidden: [6], random };
  const masked = (context: number) => ({ dimensions: 3, layers: 2, context, ...net });
  const MODELS: readonly (readonly [name: string, make: (context: number) => Flow])[] = [
    ["realNVP", (context) => realNVP({ dimensions: 3, layers: 2, context, ...net })],
    ["realNVP of images", (context) => realNVP({ dimensions: [1, 4, 4], layers: 2, context, ...net })],
    ["nice", (context) => nice({ dimensions: 3, layers: 2, context, ...net })],
    ["maf", (context) => maf(masked(context))],
    ["maf with relu", (context) => maf({ ...masked(context), activation: "relu" })],
    ["iaf", (context) => iaf(masked(context))],
    ["splineFlow", (context) => splineFlow({ dimensions: 3, layers: 2, context, ...net })],
    ["splineFlow, autoregressive", (context) => splineFlow({ ...masked(context), autoregressive: true })],
    ["glow", (context) => glow({ channels: 1, height: 4, width: 4, levels: 2, steps: 1, context, ...net })],
  ];
  for (const [name, make] of MODELS) {
    for (const C of [0, 2]) {
      it(`${name}, context ${C}, its parameters changed, and first data seen`, () => {
        const flow = make(C);
        const draw = new Random(3);
        perturbParameters(flow, draw);
        const x = draw.normal([N, ...flow.bijection.dataShape]);
        const context = C === 0 ? undefined : draw.normal([N, C]);
        const score = (): Outcomes => compare(() => flow.score(x, context));
        const forward = flow.bijection.cost.forward === "sequential" ? {} : ONCE;
        const again = forward === ONCE ? { used: 3 } : {};
        expect(score()).toEqual(forward);
        expect(score()).toEqual(again);
        perturbParameters(flow, draw);
        expect(score()).toEqual(again);
        const z = withoutPlans(() => flow.toLatent(x, context));
        compare(() => flow.toData(z, context));
        const one = C === 0 ? undefined : draw.normal([C]);
        compare(() => flow.sample(N, new Random(4), one));
        const buffers = [...flow.buffers.values()];
        flow.bijection.initialize?.(mul(x, 3), context);
        const changed = [...flow.buffers.values()].some((buffer, k) => buffer !== buffers[k]);
        if (changed && forward === ONCE) expect(score()).toEqual({}); // it begins to count anew
        expect(score()).toEqual(changed ? forward : again);
      });

      it(`${name}, context ${C}, rows that are not finite or huge`, () => {
        const flow = make(C);
        const draw = new Random(3);
        perturbParameters(flow, draw);
        const x = draw.normal([4 * N, ...flow.bijection.dataShape]);
        const context = C === 0 ? undefined : draw.normal([4 * N, C]);
        const data = x.data.slice();
        const given = context?.data.slice();
        [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, -1e308, 1e200].forEach((value, k) => {
          data[(280 + 397 * k) * (x.size / (4 * N)) + (k % 3)] = value;
          if (given) given[2 * (600 + 397 * k)] = value;
        });
        const points = new Tensor(data, x.shape);
        const contexts = given && new Tensor(given, [4 * N, C]);
        compare(() => flow.score(points, contexts));
        const latent = new Tensor(data, [4 * N, ...flow.bijection.latentShape]);
        compare(() => flow.toData(latent, contexts));
        compare(() => flow.score(x, context));
      });
    }
  }
});

describe("a plan for scoring", () => {
  const random = new Random(2);
  const make = (): Flow => {
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [5], random });
    perturbParameters(flow, random);
    return flow;
  };
  const scored = (flow: Flow, rows: number): Outcomes =>
    outcomesOf(() => flow.score(random.normal([rows, flow.bijection.dataShape[0]]))).outcomes;

  it("is made for many rows, or when many have been asked about, and used for few", () => {
    const [one, other] = [make(), make()];
    expect(scored(one, 9000)).toEqual({ made: 1, proven: 1, used: 33 });
    for (let i = 0; i < 8; i++) expect(scored(other, 1000)).toEqual({});
    expect(scored(other, 1000)).toEqual({ made: 1, proven: 1, used: 2 });
    expect(scored(other, 100)).toEqual({ used: 1 });
    expect(scored(other, 3)).toEqual({});
  });

  it("leaves any number of rows as it is", () => {
    const flow = make();
    for (const rows of [700, 1, 2, 63, 64, 65, 255, 256, 257, 319, 320, 513, 1025]) {
      const x = random.normal([rows, 2]);
      compare(() => flow.score(x));
    }
    const x = random.normal([2]);
    expect(withPlansAtOnce(() => flow.score(x)).item()).toBe(flow.logProb(x).item());
  });

  it("gives what logProb gives, in noGrad and where gradients are recorded", () => {
    const flow = make();
    const x = random.normal([N, 2]);
    const score = withPlansAtOnce(() => flow.score(x));
    expect(bitsOf(flow.logProb(x))).toEqual(bitsOf(score));
    expect(bitsOf(withPlansAtOnce(() => noGrad(() => flow.logProb(x))))).toEqual(bitsOf(score));
    expect(withPlansAtOnce(() => flow.logProb(x)).source).not.toBeNull();
  });

  it("is used by evaluations while training", () => {
    const flow = make();
    const x = random.normal([N, 2]);
    const { outcomes } = outcomesOf(() => withPlansAtOnce(() => evaluate(flow, { x }, forwardKL)));
    expect(outcomes).toEqual(ONCE);
  });

  it("does not take rows for constants because they were the same at first", () => {
    const double = pure(
      layer({
        shape: [1],
        // a tensor made of numbers, which no op has made of x
        forward: (x) => ({
          z: new Tensor(
            x.data.map((value) => 2 * value),
            x.shape,
          ),
          logDet: zeros([x.shape[0]]),
        }),
        inverse: (z) => ({ x: mul(z, 0.5), logDet: zeros([z.shape[0]]) }),
      }),
    );
    const flow = new Flow(standardNormal([1]), double);
    expect(compare(() => flow.score(zeros([2000, 1])))).not.toHaveProperty("proven");
    const x = random.normal([2000, 1]);
    expect(compare(() => flow.score(x))).toMatchObject({ refused: 1 });
    expect(compare(() => flow.score(x))).toEqual({});
  });

  it("is none where parts may do as they like, or have been changed", () => {
    let calls = 0;
    const moody = layer({
      shape: [1],
      forward: (x) => ({ z: mul(x, calls++ < 2 ? 1 : 2), logDet: zeros([x.shape[0]]) }),
      inverse: (z) => ({ x: z, logDet: zeros([z.shape[0]]) }),
    });
    const flow = new Flow(standardNormal([1]), moody);
    expect(outcomesOf(() => withPlansAtOnce(() => flow.score(random.normal([N, 1])))).outcomes).toEqual({});
    const changed = actNorm({ dimensions: 1 });
    const ofChanged = new Flow(standardNormal([1]), changed);
    const x = random.normal([N, 1]);
    expect(compare(() => ofChanged.score(x))).toEqual(ONCE);
    const { forward } = changed;
    Object.assign(changed, { forward: (y: Tensor) => forward(mul(y, 2)) });
    expect(compare(() => ofChanged.score(x))).toEqual({});
  });

  it("is none with parameters that the flow does not name", () => {
    const hidden = parameter([2], "hidden");
    const scaled = pure(
      layer({
        shape: [1],
        forward: (x) => ({ z: mul(x, hidden), logDet: zeros([x.shape[0]]) }),
        inverse: (z) => ({ x: z, logDet: zeros([z.shape[0]]) }),
      }),
    );
    const flow = new Flow(standardNormal([1]), scaled);
    const x = random.normal([N, 1]);
    expect(compare(() => flow.score(x))).toEqual({ impossible: 1 });
    hidden.assign(new Tensor(Float64Array.of(3), [1]));
    expect(compare(() => flow.score(x))).toEqual({});
  });

  it("leaves what checks throw as it is, and rows without density", () => {
    const logarithm = new Flow(
      standardNormal([2]),
      compose(invert(expFlow({ dimensions: 2 })), actNorm({ dimensions: 2 })),
    );
    const x = random.uniform([N, 2], 0.5, 1.5);
    expect(compare(() => logarithm.score(x))).toEqual(ONCE);
    const bad = x.data.slice();
    bad[1000] = -1;
    const thrown = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (error) {
        return error;
      }
    };
    const score = (): Tensor => logarithm.score(new Tensor(bad, [N, 2]));
    const [planned, eager] = [thrown(() => withPlansAtOnce(score)), thrown(() => withoutPlans(score))];
    expect(planned).toBeInstanceOf(DomainError);
    expect(planned).toEqual(eager);
    const box = new Flow(uniform({ low: zeros([2]), high: 1 }), actNorm({ dimensions: 2 }));
    const anywhere = random.normal([N, 2]);
    expect(compare(() => box.score(anywhere))).toEqual(ONCE);
  });

  it("gives way after a few pieces that it cannot do", () => {
    const net = { hidden: [5], random };
    const flow = maf({ dimensions: 3, layers: 2, ...net });
    perturbParameters(flow, random);
    const fine = random.normal([N, 3]);
    compare(() => flow.score(fine));
    const x = random.normal([5000, 3]).data.slice();
    for (let i = 0; i < x.length; i += 60) x[i] = Number.POSITIVE_INFINITY;
    expect(compare(() => flow.score(new Tensor(x, [5000, 3])))).toEqual({ stopped: 4 });
    expect(compare(() => flow.score(fine))).toEqual({ used: 3 });
  });

  it("is forgotten when there are many others, and made again", () => {
    const flows = Array.from({ length: 15 }, make);
    const x = random.normal([N, 2]);
    for (const flow of flows) expect(compare(() => flow.score(x))).toEqual(ONCE);
    expect(compare(() => flows[14].score(x))).toEqual({ used: 3 });
    expect(compare(() => flows[0].score(x))).toEqual(ONCE);
  });

  it("hides nothing from a recording, and is none on plain loops", () => {
    const flow = make();
    const x = random.normal([N, 2]);
    withPlansAtOnce(() => flow.score(x));
    const { events } = record(() => withPlansAtOnce(() => flow.score(x)));
    expect(events.length).toBeGreaterThan(10);
    const score = withPlansAtOnce(() => flow.score(x));
    useKernels("plain");
    try {
      const { result, outcomes } = outcomesOf(() => withPlansAtOnce(() => flow.score(x)));
      expect(outcomes).toEqual({});
      expect(bitsOf(result)).toEqual(bitsOf(score));
    } finally {
      useKernels(process.env.KERNELS === "plain" ? "plain" : "simd");
    }
  });
});
