import {
  actNorm,
  affineCoupling,
  compose,
  invert,
  namedParameters,
  permutation,
  Random,
  reverse,
  standardization,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";

const random = new Random(1);

describe("compose", () => {
  it("applies the layers in the order in which they stand, data first", () => {
    const cycle = permutation({ permutation: [1, 2, 0] });
    const turn = reverse({ dimensions: 3 });
    const x = tensor([[10, 20, 30]]);
    expect(compose(cycle, turn).forward(x).z.toArray()).toEqual([[10, 30, 20]]);
    expect(compose(turn, cycle).forward(x).z.toArray()).toEqual([[20, 10, 30]]);
  });

  it("adds the log-dets of its layers", () => {
    const a = standardization(
      tensor([
        [0, 0],
        [2, 4],
      ]),
    ); // deviations 1, 2
    const b = standardization(
      tensor([
        [0, 0],
        [6, 2],
      ]),
    ); // deviations 3, 1
    const { logDet } = compose(a, b).forward(tensor([[1, 1]]));
    expect(Math.abs(logDet.item() + Math.log(2) + Math.log(3)) <= 1e-15).toBe(true);
  });

  it("lays compositions out flat, and names parameters by position", () => {
    const layers = [1, 2, 3].map(() => actNorm({ dimensions: 2 }));
    const flat = compose(layers[0], compose(layers[1], layers[2]));
    expect(flat.layers).toEqual(layers);
    expect([...namedParameters(flat).keys()]).toEqual([
      "0.shift",
      "0.logScale",
      "1.shift",
      "1.logScale",
      "2.shift",
      "2.logScale",
    ]);
    expect(flat.definition).toEqual({ type: "compose", layers: layers.map(({ definition }) => definition) });
    const names = ["mean", "deviation", "initialized", "latent.mean", "latent.deviation", "latent.initialized"];
    expect([...flat.buffers.keys()]).toEqual([0, 1, 2].flatMap((k) => names.map((name) => `${k}.${name}`)));
  });

  it("names nothing anew, and counts a shared layer once", () => {
    const norm = actNorm({ dimensions: 2 });
    compose(reverse({ dimensions: 2 }), norm);
    expect(norm.parameters.map(({ name }) => name)).toEqual(["shift", "logScale"]);
    const twice = compose(norm, reverse({ dimensions: 2 }), norm);
    expect([...namedParameters(twice).keys()]).toEqual(["0.shift", "0.logScale"]);
    const coupled = compose(norm, affineCoupling({ dimensions: 2, hidden: [3], random }));
    expect([...namedParameters(coupled).keys()].slice(2)).toEqual([
      "1.conditioner.0.weight",
      "1.conditioner.0.bias",
      "1.conditioner.1.weight",
      "1.conditioner.1.bias",
    ]);
  });

  it("initializes each layer with what the layers before it make of the data", () => {
    const second = actNorm({ dimensions: 2 });
    compose(reverse({ dimensions: 2 }), actNorm({ dimensions: 2 }), second).initialize?.(
      tensor([
        [1, 10],
        [3, 30],
      ]),
    );
    // the first actNorm already standardises, so the second has nothing to do
    expect(Math.max(...second.parameters.flatMap(({ data }) => Array.from(data, Math.abs))) <= 1e-15).toBe(true);
  });

  it("refuses layers that do not fit, and none at all", () => {
    expect(() => compose(actNorm({ dimensions: 2 }), actNorm({ dimensions: 3 }))).toThrow(
      "compose: layers must fit; layer 0 gives [2], layer 1 takes [3]",
    );
    expect(() => compose()).toThrow("compose: needs at least one layer; got none");
  });
});

describe("invert", () => {
  it("exchanges data and latent", () => {
    const layer = standardization(
      tensor([
        [0, 0],
        [2, 4],
      ]),
    );
    const x = tensor([[3, 5]]);
    const there = invert(layer).forward(x);
    const back = layer.inverse(x);
    expect(there.z.toArray()).toEqual(back.x.toArray());
    expect(there.logDet.item()).toBe(back.logDet.item());
    expect(invert(layer).definition).toEqual({ type: "invert", of: layer.definition });
  });
});
