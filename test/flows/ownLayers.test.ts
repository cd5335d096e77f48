import {
  actNorm,
  add,
  affineElement,
  type Bijection,
  bijectionFrom,
  type Composition,
  type Conditioner,
  compose,
  coupling,
  Flow,
  flowFrom,
  invert,
  layer,
  mlp,
  mul,
  namedParameters,
  parameter,
  Random,
  readConditioner,
  readLayer,
  reverse,
  standardNormal,
  sub,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { fromFile } from "../support/flows/rebuilding.ts";

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
    expect([...made.buffers.keys()]).toEqual(["1.seen", ...[...norm.buffers.keys()].map((name) => `1.inner.${name}`)]);
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
