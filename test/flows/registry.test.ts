import {
  actNorm,
  affineCoupling,
  affineElement,
  type Bijection,
  type BijectionDefinition,
  bijectionFrom,
  compose,
  convNet,
  coupling,
  DomainError,
  detach,
  diagonalNormal,
  Flow,
  flowFrom,
  glow,
  invert,
  LimitError,
  linear,
  luLinear,
  maskedAutoregressive,
  mul,
  multiScale,
  orthogonalLinear,
  Random,
  realNVP,
  residualMlp,
  reverse,
  splineFlow,
  standardNormal,
  Tensor,
  tanhFlow,
  tensor,
  variable,
} from "diffeo";
import * as flows from "diffeo/flows";
import * as nets from "diffeo/nets";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../support/arbitraries.ts";
import { layerNames } from "../support/exports.ts";
import { LAYERS } from "../support/flows/index.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { choicesOf, expectSame, fromFile, makeRow, rebuild, SAVED } from "../support/flows/rebuilding.ts";

describe("bijectionFrom", () => {
  it.each(SAVED)("rebuilds from JSON, to the bit: $name", (row) => {
    fc.assert(
      fc.property(choicesOf(row), (choice) => {
        const { layer, x, context } = makeRow(row, choice);
        expectSame(rebuild(layer), layer, x, context);
      }),
      { numRuns: 10 },
    );
  });

  const random = new Random(1);
  const initialized = (): Bijection => {
    const layer = actNorm({ dimensions: 3 });
    layer.initialize?.(random.normal([9, 3]));
    return layer;
  };
  const shared = affineCoupling({ dimensions: 3, hidden: [4], random });
  const image = [2, 2, 2] as const;
  it.each<[string, Bijection]>([
    ["an actNorm that has seen data", compose(reverse({ dimensions: 3 }), initialized())],
    ["a layer that stands in two places, as one", compose(initialized(), shared, reverse({ dimensions: 3 }), shared)],
    [
      "a composition inside of an inverse",
      compose(reverse({ dimensions: 3 }), invert(compose(initialized(), reverse({ dimensions: 3 })))),
    ],
    [
      "a coupling of a residual net",
      coupling({
        dimensions: 3,
        mask: [1, 0, 1],
        element: affineElement(),
        conditioner: (sizes) => residualMlp({ ...sizes, hidden: [4, 4], activation: "silu" }),
        random,
      }),
    ],
    [
      "a coupling of a linear net",
      coupling({
        dimensions: 3,
        mask: [0, 0, 1],
        element: affineElement({ maximumLogScale: 1 }),
        conditioner: linear,
        random,
      }),
    ],
    [
      "a coupling of images of a convolutional net",
      coupling({
        dimensions: image,
        element: affineElement(),
        conditioner: (sizes) => convNet({ ...sizes, hidden: [3], kernels: [1, 3] }),
        random,
      }),
    ],
    [
      "an autoregressive layer with masks",
      maskedAutoregressive({
        dimensions: 2,
        hidden: [2],
        masks: [
          [1, 0, 1, 0],
          [0, 0, 1, 1, 0, 0, 1, 1],
        ],
        random,
      }),
    ],
    ["a spline flow", splineFlow({ dimensions: 3, layers: 2, hidden: [4], bins: 3, random }).bijection],
    [
      "an autoregressive spline flow",
      splineFlow({ dimensions: 3, layers: 2, hidden: [4], tails: "linear", bound: 2, autoregressive: true, random })
        .bijection,
    ],
    ["scales", multiScale({ scales: [initialized(), tanhFlow({ dimensions: 1 })] })],
    [
      "a reflection",
      orthogonalLinear({
        weight: tensor([
          [0, 1, 0],
          [1, 0, 0],
          [0, 0, 1],
        ]),
      }),
    ],
    ["a base that turns", orthogonalLinear({ dimensions: 3, random, parametrization: "cayley" })],
    [
      "a negative determinant and swapped rows",
      luLinear({
        weight: tensor([
          [0, -2, 0],
          [1, 1, 0],
          [3, 0, -1],
        ]),
      }),
    ],
  ])("rebuilds %s", (_name, layer) => {
    randomizeParameters(layer, random);
    const D = layer.dataShape.reduce((product, length) => product * length, 1);
    const rebuilt = rebuild(layer);
    expectSame(rebuilt, layer, new Tensor(random.normal([2, D]).data, [2, ...layer.dataShape]));
    const before = rebuilt.parameters.map(bitsOf);
    rebuilt.initialize?.(new Tensor(random.normal([5 * D]).data, [5, ...rebuilt.dataShape]));
    if (
      layer.buffers.size > 0 &&
      [...layer.buffers].every(([name, { data }]) => name.includes("initialized") && data[0] === 1)
    ) {
      expect(rebuilt.parameters.map(bitsOf)).toEqual(before);
    }
  });

  it("trains a layer that stands in two places as one", () => {
    const twice = rebuild(compose(shared, reverse({ dimensions: 3 }), shared));
    expect(twice.parameters).toHaveLength(shared.parameters.length);
    const x = random.normal([1, 3]);
    const before = twice.forward(x).z;
    randomizeParameters(twice, random);
    const alone = rebuild(compose(shared));
    for (const [k, parameter] of alone.parameters.entries()) parameter.assign(twice.parameters[k]);
    expect(bitsOf(twice.forward(x).z)).not.toEqual(bitsOf(before));
    const byHand = alone.forward(reverse({ dimensions: 3 }).forward(alone.forward(x).z).z).z;
    expect(bitsOf(twice.forward(x).z)).toEqual(bitsOf(byHand));
  });

  /** The `type` in the definition of what a function of that name makes: its own name, but for these. */
  const typeOf: Readonly<Record<string, string>> = Object.fromEntries(
    ["affineCoupling", "additiveCoupling", "splineCoupling"].map((name) => [name, "coupling"]),
  );

  it("has an entry for everything that is exported to make layers, elements and nets from", () => {
    const known = (definition: BijectionDefinition): boolean => {
      try {
        bijectionFrom(definition);
      } catch (error) {
        if (error instanceof DomainError) return !error.message.includes("of a known type");
        throw error;
      }
      return true;
    };
    const names = layerNames();
    expect(names.length).toBeGreaterThanOrEqual(27);
    expect(layerNames("src/flows/index.ts")).toEqual([]); // all of them are in the registry
    expect(names.filter((name) => !known({ type: typeOf[name] ?? name }))).toEqual([]);
    const layer = { type: "coupling", dimensions: 2, mask: [1, 0], context: 0 };
    const masked = { type: "maskedAutoregressive", dimensions: 2, element: { type: "additive" } };
    const elements = Object.keys(flows).flatMap((name) => name.match(/^(\w+)Element$/)?.[1] ?? []);
    expect(elements.length).toBeGreaterThanOrEqual(3);
    for (const name of elements) expect([name, known({ ...layer, element: { type: name } })]).toEqual([name, true]);
    for (const name of Object.keys(nets).filter((each) => each !== "readConditioner")) {
      const within = name === "maskedMlp" ? masked : { ...layer, element: { type: "additive" } };
      expect([name, known({ ...within, conditioner: { type: name } })]).toEqual([name, true]);
    }
    expect(known({ type: "nothing" })).toBe(false);
  });

  it("has, for every layer that is exported, a row in the table of tests, which begins with its name or makes it", () => {
    const types = LAYERS.flatMap((row) =>
      Array.from(
        JSON.stringify(row.make({ D: 4, context: 0, random }).definition).matchAll(/"type":"(\w+)"/g),
        ([, type]) => type,
      ),
    );
    const begins = (name: string): boolean => LAYERS.some((row) => row.name.split(/\W/)[0] === name);
    const tested = (name: string): boolean => begins(name) || (typeOf[name] === undefined && types.includes(name));
    expect(layerNames().filter((name) => !tested(name))).toEqual([]);
    expect(tested("nothing")).toBe(false);
  });
});

describe("flowFrom", () => {
  it("rebuilds the recipes, base and all: the same log-densities and samples, to the bit", () => {
    for (const flow of [
      realNVP({ dimensions: 3, layers: 2, hidden: [4], context: 1, random: new Random(3) }),
      glow({ channels: 1, height: 4, width: 4, levels: 2, steps: 1, hidden: [2], context: 1, random: new Random(3) }),
    ]) {
      const { bijection } = flow;
      randomizeParameters(flow, new Random(4));
      const rebuilt = flowFrom(fromFile(flow.definition), { buffers: bijection.buffers });
      for (const [k, parameter] of rebuilt.parameters.entries()) parameter.assign(flow.parameters[k]);
      const context = tensor([[0.3]]);
      const x = flow.sample(4, new Random(5), context);
      expect(bitsOf(rebuilt.sample(4, new Random(5), context))).toEqual(bitsOf(x));
      expect(bitsOf(detach(rebuilt.logProb(x, context)))).toEqual(bitsOf(detach(flow.logProb(x, context))));
      expect(rebuilt.definition).toEqual(flow.definition);
    }
  });

  it("says where a definition is wrong, and refuses bases without one", () => {
    const flow = new Flow(standardNormal([2]), tanhFlow({ dimensions: 2 }));
    const base = { type: "standardNormal", shape: [3] };
    expect(() => flowFrom({ ...flow.definition, base })).toThrow(
      "flowFrom: the definition: Flow: the base must be over latent points; its events are [3], latent points [2]",
    );
    expect(() => flowFrom({ ...flow.definition, base: { type: "normal" } })).toThrow(
      'flowFrom: base must be a distribution of a known type; its type is "normal"',
    );
    expect(() => flowFrom({ ...flow.definition, bijection: { type: "tanhFlow" } })).toThrow(
      "flowFrom: bijection.dimensions is missing",
    );
    expect(() =>
      flowFrom({ ...flow.definition, base: { type: "standardNormal", shape: [2 ** 20] } }, { limit: 1e6 }),
    ).toThrow(LimitError);
    const computed = diagonalNormal({ loc: mul(variable([1, 2]), 2), logScale: 0 });
    expect(() => new Flow(computed, tanhFlow({ dimensions: 2 })).definition).toThrow(
      "Flow: the base must have a definition; got one without",
    );
  });
});
