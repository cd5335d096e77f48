import { DomainError, type Flow, glow, iaf, maf, nice, Random, realNVP, ShapeError, splineFlow, Tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../../support/arbitraries.ts";
import { perturbParameters } from "../../support/flows/parameters.ts";

type Layers = { type: string; mask?: number[]; conditioner?: { order?: number[] }; layers?: Layers; scales?: Layers }[];
const layersOf = (flow: Flow): Layers => (flow.bijection.definition as unknown as { layers: Layers }).layers;
const typesOf = (flow: Flow): string[] => layersOf(flow).map(({ type }) => type);

const net = { hidden: [4], random: new Random(1) };
const RECIPES: readonly (readonly [name: string, make: (context: number) => Flow, shape: readonly number[]])[] = [
  ["realNVP", (context) => realNVP({ dimensions: 3, layers: 2, ...net, context }), [3]],
  ["realNVP of images", (context) => realNVP({ dimensions: [1, 4, 4], layers: 2, ...net, context }), [1, 4, 4]],
  ["nice", (context) => nice({ dimensions: 3, layers: 2, ...net, context }), [3]],
  ["maf", (context) => maf({ dimensions: 3, layers: 2, ...net, context }), [3]],
  ["iaf", (context) => iaf({ dimensions: 3, layers: 2, ...net, context }), [3]],
  ["splineFlow", (context) => splineFlow({ dimensions: 3, layers: 2, ...net, context }), [3]],
  [
    "splineFlow, autoregressive",
    (context) => splineFlow({ dimensions: 3, layers: 2, autoregressive: true, ...net, context }),
    [3],
  ],
  ["glow", (context) => glow({ channels: 1, height: 4, width: 4, levels: 2, steps: 1, ...net, context }), [1, 4, 4]],
];

describe.each(RECIPES)("%s", (_name, make, shape) => {
  const draw = new Random(2);
  const distance = (a: Tensor, b: Tensor): number =>
    a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i])), 0);

  it("conditions on a context: each row has its own, [1, C] stands for all, and densities and samples change with it", () => {
    const flow = make(2);
    perturbParameters(flow, draw);
    const x = draw.uniform([4, ...shape], -1, 1);
    const [one, other] = [draw.normal([1, 2]), draw.normal([1, 2])];
    const logProb = flow.logProb(x, one);
    expect(distance(logProb, flow.logProb(x, other))).toBeGreaterThan(1e-6);
    const contexts = draw.normal([4, 2]);
    const together = flow.logProb(x, contexts);
    const size = x.size / 4;
    for (let i = 0; i < 4; i++) {
      const row = new Tensor(x.data.slice(i * size, (i + 1) * size), [1, ...shape]);
      const own = new Tensor(contexts.data.slice(2 * i, 2 * i + 2), [1, 2]);
      expect(flow.logProb(row, own).item()).toBe(together.at(i));
    }
    const samples = [one, other].map((context) => flow.sample(3, new Random(3), context));
    expect(distance(samples[0], samples[1])).toBeGreaterThan(1e-6);
    const { x: drawn, logProb: claimed } = flow.sampleWithLogProb(3, new Random(3), one);
    expectWithin(distance(flow.logProb(drawn, one), claimed), 0, 1e-9);
    expect(() => flow.logProb(x)).toThrow(ShapeError);
    expect(() => make(0).logProb(x, one)).toThrow(ShapeError);
  });

  it("comes back, and starts without a change of volume", () => {
    const flow = make(0);
    const x = draw.uniform([4, ...shape], -1, 1);
    for (const { data } of flow.trace(x).logDets) for (const value of data) expectWithin(value, 0, 1e-13);
    perturbParameters(flow, draw);
    expectWithin(distance(flow.toData(flow.toLatent(x)), x), 0, 1e-12);
  });
});

describe("nice", () => {
  it("is additive couplings in turn, and one scaling", () => {
    const flow = nice({ dimensions: 3, layers: 3, ...net });
    expect(typesOf(flow)).toEqual(["standardization", "coupling", "coupling", "coupling", "actNorm"]);
    expect(layersOf(flow).map(({ mask }) => mask)).toEqual([undefined, [0, 1, 0], [1, 0, 1], [0, 1, 0], undefined]);
    expect(() => nice({ dimensions: 1, ...net })).toThrow(new DomainError("nice: D must be an integer ≥ 2; got 1"));
    expect(() => nice({ dimensions: 2, layers: 0, ...net })).toThrow("nice: layers must be an integer ≥ 1; got 0");
  });
});

describe("splineFlow", () => {
  it("takes turns with masks, or with orders", () => {
    const masks = layersOf(splineFlow({ dimensions: 3, layers: 2, ...net })).map(({ mask, type }) => mask ?? type);
    expect(masks).toEqual(["actNorm", [0, 1, 0], "actNorm", [1, 0, 1], "invert"]);
    const orders = layersOf(splineFlow({ dimensions: 3, layers: 2, autoregressive: true, ...net }));
    expect(orders.map(({ conditioner, type }) => conditioner?.order ?? type)).toEqual([
      ...["actNorm", [0, 1, 2], "actNorm", [2, 1, 0], "invert"],
    ]);
    expect(() => splineFlow({ dimensions: 1, ...net })).toThrow(
      "splineFlow: D must be at least 2 for couplings; got 1: say autoregressive: true",
    );
    expect(splineFlow({ dimensions: 1, autoregressive: true, ...net }).bijection.dataShape).toEqual([1]);
  });
});

describe("realNVP of images and glow", () => {
  const scalesOf = (flow: Flow): string[][] =>
    (flow.bijection.definition as unknown as { scales: { layers: Layers }[] }).scales.map(({ layers }) =>
      layers.map(({ type }) => type),
    );

  it("have the scales of their papers", () => {
    const block = ["actNorm", "coupling"];
    const flow = realNVP({ dimensions: [1, 4, 4], layers: 3, levels: 1, ...net });
    expect(scalesOf(flow)).toEqual([
      [...block, ...block, "squeezeImage", ...block],
      [...block, ...block, ...block],
    ]);
    expect(flow.bijection.latentShape).toEqual([16]);
    const step = ["actNorm", "conv1x1", "coupling"];
    expect(scalesOf(glow({ channels: 1, height: 4, width: 4, levels: 2, steps: 2, ...net }))).toEqual([
      ["standardization", "squeezeImage", ...step, ...step],
      ["squeezeImage", ...step, ...step],
    ]);
  });

  it("refuse sides that cannot be halved so often", () => {
    expect(() => realNVP({ dimensions: [1, 4, 6], levels: 2, ...net })).toThrow(
      "realNVP: levels are as often as both sides can be halved, at most; got 2 for [4,6]",
    );
    expect(() => realNVP({ dimensions: 3, levels: 1, ...net })).toThrow(
      "realNVP: levels are for images; got 1 for D = 3",
    );
    expect(() => glow({ channels: 1, height: 4, width: 6, levels: 2, steps: 1, ...net })).toThrow(
      "glow: 2^levels must divide height and width; got 2 levels for [1,4,6]",
    );
    expect(() => glow({ channels: 1, height: 4, width: 4, levels: 0, steps: 1, ...net })).toThrow(
      "glow: levels must be an integer ≥ 1; got 0",
    );
  });
});
