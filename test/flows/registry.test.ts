import {
  actNorm,
  add,
  affineCoupling,
  affineElement,
  type Bijection,
  type BijectionDefinition,
  bijectionFrom,
  type Composition,
  type Conditioner,
  compose,
  convNet,
  coupling,
  type Distribution,
  DomainError,
  detach,
  diagonalNormal,
  Flow,
  flowFrom,
  glow,
  invert,
  LimitError,
  laplace,
  layer,
  linear,
  logistic,
  luLinear,
  maskedAutoregressive,
  mixture,
  mlp,
  mul,
  multiScale,
  multivariateNormal,
  namedParameters,
  orthogonalLinear,
  parameter,
  Random,
  readConditioner,
  readLayer,
  realNVP,
  residualMlp,
  reverse,
  splineFlow,
  standardNormal,
  studentT,
  sub,
  Tensor,
  tanhFlow,
  tensor,
  uniform,
  variable,
  zeros,
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

  const D = 2;
  const trained = (value: Tensor, name: string) => parameter(value, name);
  const tied = trained(tensor([0.3, -0.2]), "tied");
  it.each<[string, () => Distribution]>([
    ["a diagonalNormal of constants", () => diagonalNormal({ loc: tensor([1, -0.1]), logScale: 0.25 })],
    [
      "a diagonalNormal that is trained",
      () => diagonalNormal({ loc: tied, logScale: trained(zeros([D]), "logScale") }),
    ],
    [
      "a multivariateNormal by its factor",
      () =>
        multivariateNormal({
          loc: 0,
          scaleTril: trained(
            tensor([
              [2, 0],
              [1, 0.5],
            ]),
            "L",
          ),
        }),
    ],
    [
      "a multivariateNormal by logarithms",
      () =>
        multivariateNormal({
          loc: tied,
          lower: trained(
            tensor([
              [9, 9],
              [1, 9],
            ]),
            "lower",
          ),
          logDiagonal: trained(tensor([0.1, 0.2]), "logDiagonal"),
        }),
    ],
    ["a logistic", () => logistic({ loc: tensor([0, 1]), scale: trained(tensor([1, 2]), "scale") })],
    ["a laplace", () => laplace({ loc: trained(tensor([0, 1]), "loc"), scale: 2 })],
    ["a studentT", () => studentT({ df: trained(tensor([3, 4]), "df"), loc: 0, scale: 1 })],
    ["a uniform", () => uniform({ low: tensor([-20, -20]), high: trained(tensor([20, 30]), "high") })],
    [
      "a mixture whose components share a Parameter, one of them twice",
      () => {
        const component = diagonalNormal({ loc: tensor([1, 1]), logScale: tied });
        const other = diagonalNormal({ loc: trained(tensor([-1, 0]), "loc"), logScale: tied });
        return mixture({
          logits: trained(tensor([0.1, 0.2, 0.3]), "logits"),
          components: [component, other, component],
        });
      },
    ],
  ])("rebuilds a flow over %s", (_name, makeBase) => {
    const base = makeBase();
    const flow = new Flow(base, actNorm({ dimensions: D }));
    randomizeParameters({ parameters: flow.bijection.parameters }, new Random(4));
    const rebuilt = flowFrom(fromFile(flow.definition), { buffers: flow.bijection.buffers });
    expect([...rebuilt.named().keys()]).toEqual([...flow.named().keys()]);
    expect(rebuilt.parameters).toHaveLength(flow.parameters.length);
    for (const [name, value] of flow.named()) rebuilt.named().get(name)?.assign(value);
    const x = tensor([
      [0.3, -0.7],
      [1, 2],
    ]);
    expect(bitsOf(detach(rebuilt.logProb(x)))).toEqual(bitsOf(detach(flow.logProb(x))));
    expect(bitsOf(rebuilt.sample(5, new Random(9)))).toEqual(bitsOf(flow.sample(5, new Random(9))));
    expect(rebuilt.definition).toEqual(flow.definition);
  });
});

describe("what stands in several places", () => {
  const random = new Random(8);
  const net = mlp({ inputs: 1, outputs: 2, hidden: [3], random });
  const of = (mask: readonly number[]) =>
    coupling({ dimensions: 2, mask, element: affineElement(), conditioner: net, random });
  const norm = actNorm({ dimensions: 2 });

  it.each<[string, () => Bijection, string[]]>([
    ["a net in two couplings", () => compose(of([1, 0]), of([0, 1])), ["0.conditioner.0.weight"]],
    ["a layer and its inverse", () => compose(norm, of([1, 0]), invert(norm)), ["0.shift"]],
    [
      "a layer twice in one scale",
      () => multiScale({ scales: [compose(norm, reverse({ dimensions: 2 }), norm)] }),
      ["0.0.shift"],
    ],
    ["a layer deep inside", () => compose(invert(compose(reverse({ dimensions: 2 }), norm)), norm), ["0.1.shift"]],
  ])("is one thing when it is rebuilt: %s", (_name, make, names) => {
    const bijection = make();
    randomizeParameters(bijection, random);
    const rebuilt = bijectionFrom(fromFile(bijection.definition), { buffers: bijection.buffers });
    expect([...namedParameters(rebuilt).keys()]).toEqual([...namedParameters(bijection).keys()]);
    expect([...namedParameters(rebuilt).keys()]).toEqual(expect.arrayContaining(names));
    for (const [k, parameter] of rebuilt.parameters.entries()) parameter.assign(bijection.parameters[k]);
    expectSame(rebuilt, bijection, random.normal([3, 2]));
    randomizeParameters(rebuilt, random);
    for (const [k, parameter] of bijection.parameters.entries()) parameter.assign(rebuilt.parameters[k]);
    expectSame(rebuilt, bijection, random.normal([3, 2]));
  });

  it("keeps the names that its makers gave, wherever it is used", () => {
    const weight = net.parameters[0];
    compose(of([1, 0]), of([0, 1]));
    invert(of([1, 0]));
    new Flow(standardNormal([2]), of([1, 0]));
    expect(weight.name).toBe("weight");
  });
});

describe("a layer of one's own", () => {
  const stretch = ({ factor }: { readonly factor: number }): Bijection =>
    layer({
      shape: [2],
      definition: { type: "stretch", factor },
      forward: (x) => ({
        z: mul(x, factor),
        logDet: variable(tensor(new Array(x.shape[0]).fill(2 * Math.log(factor)))),
      }),
      inverse: (z) => ({
        x: mul(z, 1 / factor),
        logDet: variable(tensor(new Array(z.shape[0]).fill(-2 * Math.log(factor)))),
      }),
    });

  it("is rebuilt by the function that is handed in, also twice the same and inside of others", () => {
    const own = stretch({ factor: 4 });
    const flow = new Flow(standardNormal([2]), compose(own, invert(stretch({ factor: 2 })), own));
    const rebuilt = flowFrom(fromFile(flow.definition), { layers: { stretch } });
    expect(rebuilt.definition).toEqual(flow.definition);
    const x = tensor([[1, 2]]);
    expect(rebuilt.toLatent(x).toArray()).toEqual([[8, 16]]);
    const { layers } = rebuilt.bijection as Composition;
    expect(layers[2]).toBe(layers[0]);
  });

  it("is refused without that function, under a name of ours, and if what comes is no layer", () => {
    const { definition } = stretch({ factor: 4 });
    expect(() => bijectionFrom(definition)).toThrow('must be a layer of a known type; its type is "stretch"');
    expect(() => bijectionFrom(definition, { layers: { actNorm: stretch } })).toThrow(
      "bijectionFrom: a layer of your own needs a type of its own; actNorm is one of diffeo's",
    );
    expect(() => bijectionFrom(definition, { layers: { stretch: () => 3 as never } })).toThrow(
      "bijectionFrom: the definition must become a layer; its maker gave 3",
    );
    expect(() => bijectionFrom(definition, { layers: { stretch: 3 as never } })).toThrow(
      "bijectionFrom: layers are functions by type; got 3 for stretch",
    );
  });

  it("gets its buffers, and the layers inside of it, from the place", () => {
    const around = (inner: Bijection, seen: Tensor): Bijection =>
      layer({
        shape: inner.dataShape,
        parts: { inner },
        buffers: new Map([["seen", seen]]),
        definition: { type: "around", inner: inner.definition },
        forward: (x) => inner.forward(x),
        inverse: (z) => inner.inverse(z),
      });
    const norm = actNorm({ dimensions: 2 });
    norm.initialize?.(new Random(1).normal([9, 2]));
    const made = compose(reverse({ dimensions: 2 }), around(norm, tensor([7])));
    expect([...made.buffers.keys()]).toEqual(["1.seen", "1.inner.initialized"]);
    const rebuilt = bijectionFrom(fromFile(made.definition), {
      buffers: made.buffers,
      layers: {
        around: (definition: { inner: unknown }, at) =>
          around(readLayer(definition.inner, at.part("inner")), at.buffer("seen", [1])),
      },
    });
    expect(rebuilt.buffers).toEqual(made.buffers);
    expect([...namedParameters(rebuilt).keys()]).toEqual(["1.inner.shift", "1.inner.logScale"]);
  });

  it("is one of two, even if both have the same constant for a definition", () => {
    const definition = { type: "scaling", dimensions: 2 };
    const scaling = (): Bijection => {
      const logScale = parameter(zeros([2]), "logScale");
      return layer({
        shape: [2],
        parameters: [logScale],
        definition,
        forward: (x) => ({ z: mul(x, 2), logDet: zeros([x.shape[0]]) }),
        inverse: (z) => ({ x: mul(z, 0.5), logDet: zeros([z.shape[0]]) }),
      });
    };
    const byHand = (): Bijection => ({ ...scaling(), definition });
    for (const make of [scaling, byHand]) {
      const both = compose(make(), make());
      expect(both.definition).toEqual({ type: "compose", layers: [definition, definition] });
      const rebuilt = bijectionFrom(fromFile(both.definition), { layers: { scaling: () => scaling() } });
      expect(rebuilt.parameters).toHaveLength(2);
      const one = make();
      expect(compose(one, one).definition).toEqual({
        type: "compose",
        layers: [definition, { type: "same", as: "layers[0]" }],
      });
    }
  });

  it("may have no definition, as long as nobody asks for it", () => {
    const { definition: _, ...unsaved } = stretch({ factor: 2 });
    const both = compose(unsaved as Bijection, invert(unsaved as Bijection));
    expect(both.forward(tensor([[1, 2]])).z.toArray()).toEqual([[1, 2]]);
    expect(() => bijectionFrom(fromFile(both.definition))).toThrow("layers[0] must be an object; got null");
  });

  it("may share its net with a layer of ours", () => {
    const random = new Random(3);
    const net = mlp({ inputs: 1, outputs: 2, hidden: [3], random });
    const withNet = ({ net: inner }: { readonly net: Conditioner }): Bijection =>
      layer({
        shape: [2],
        parts: { net: inner },
        definition: { type: "withNet", net: inner.definition },
        forward: (x) => ({ z: add(x, inner.apply(zeros([1, 1]))), logDet: zeros([x.shape[0]]) }),
        inverse: (z) => ({ x: sub(z, inner.apply(zeros([1, 1]))), logDet: zeros([z.shape[0]]) }),
      });
    const ours = () => coupling({ dimensions: 2, element: affineElement(), conditioner: net, random });
    for (const both of [compose(withNet({ net }), ours()), compose(ours(), withNet({ net }))]) {
      const rebuilt = bijectionFrom(fromFile(both.definition), {
        layers: {
          withNet: (definition: { net: unknown }, at) =>
            withNet({ net: readConditioner(definition.net, at.part("net")) }),
        },
      });
      expect(rebuilt.parameters).toHaveLength(net.parameters.length);
      expect(rebuilt.definition).toEqual(both.definition);
    }
  });

  it("is refused if it is half a layer, and if layers come as a Map", () => {
    const { definition } = stretch({ factor: 4 });
    const half = () => ({ forward() {}, inverse() {} }) as never;
    expect(() => bijectionFrom(definition, { layers: { stretch: half } })).toThrow("must become a layer");
    expect(() => bijectionFrom(definition, { layers: new Map() as never })).toThrow(
      "bijectionFrom: layers are an object, functions by type; got Map",
    );
  });
});

describe("flowFrom with a limit", () => {
  const over = (base: object) => ({
    type: "flow" as const,
    base: base as never,
    bijection: { type: "permutation", permutation: [0, 1] },
  });
  it("makes room for no base that is larger, however small its definition", () => {
    const long = { type: "parameter", name: "L", shape: [12_000] };
    expect(() => flowFrom(over({ type: "multivariateNormal", loc: 0, scaleTril: long }), { limit: 1e5 })).toThrow(
      "multivariateNormal: scaleTril must be [D,D]; got [12000]",
    );
    const edge = (shape: number[], name: string) => ({ type: "parameter", name, shape });
    const box = { type: "uniform", low: edge([6000, 1], "low"), high: edge([1, 6000], "high") };
    expect(() => flowFrom(over(box), { limit: 1e5 })).toThrow(LimitError);
  });
});
