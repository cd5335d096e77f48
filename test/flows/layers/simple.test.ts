import { actNorm, permutation, Random, realNVP, reverse, standardization, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWithin } from "../../support/arbitraries.ts";

describe("permutation", () => {
  it("takes z_i from x_{p(i)}, and puts it back", () => {
    const layer = permutation({ permutation: [2, 0, 1] });
    const x = tensor([
      [10, 20, 30],
      [1, 2, 3],
    ]);
    const { z, logDet } = layer.forward(x);
    expect(z.toArray()).toEqual([
      [30, 10, 20],
      [3, 1, 2],
    ]);
    expect(logDet.toArray()).toEqual([0, 0]);
    expect(layer.inverse(z).x.toArray()).toEqual(x.toArray());
  });

  it("refuses what is not a permutation", () => {
    for (const order of [
      [0, 0],
      [1, 2],
      [0, 1.5],
      [-1, 0],
    ]) {
      expect(() => permutation({ permutation: order })).toThrow(
        `every index 0 … 1 must occur once; got [${order.join(",")}]`,
      );
    }
  });

  it("draws a random one, which its definition holds", () => {
    const layer = permutation({ dimensions: 6, random: new Random(4) });
    const order = layer.definition.permutation as number[];
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(order).toEqual(new Random(4).permutation(6));
  });
});

describe("reverse", () => {
  it("turns the coordinates around, and is its own inverse", () => {
    const layer = reverse({ dimensions: 3 });
    expect(layer.forward(tensor([[1, 2, 3]])).z.toArray()).toEqual([[3, 2, 1]]);
    expect(layer.inverse(tensor([[1, 2, 3]])).x.toArray()).toEqual([[3, 2, 1]]);
  });
});

describe("standardization", () => {
  it("gives its data mean 0 and population deviation 1, even at a mean of 1e9", () => {
    const layer = standardization(
      tensor([
        [1e9, 0],
        [1e9 + 1, 5],
        [1e9, 0],
        [1e9 + 1, 5],
      ]),
    );
    const { z, logDet } = layer.forward(tensor([[1e9, 5]]));
    expect(z.toArray()).toEqual([[-1, 1]]);
    expect(Math.abs(logDet.item() + Math.log(0.5 * 2.5)) <= 1e-15).toBe(true);
  });

  it("refuses constant columns, no rows, and what is not a matrix", () => {
    expect(() =>
      standardization(
        tensor([
          [1, 0.1],
          [2, 0.1],
          [3, 0.1],
        ]),
      ),
    ).toThrow("standardization: every column must vary; column 1 is constant over 3 rows");
    expect(() => standardization(tensor([], [0, 2]))).toThrow("standardization: needs at least one row; got none");
    expect(() => standardization(tensor([1, 2]))).toThrow("standardization: data must be [N,D]; got [2]");
  });
});

describe("actNorm", () => {
  it("is the identity until it sees data, then standardises it, and only the first time", () => {
    const layer = actNorm({ dimensions: 2 });
    const data = tensor([
      [1, 10],
      [3, 30],
    ]);
    expect(layer.forward(data).z.toArray()).toEqual(data.toArray());
    layer.initialize?.(data);
    const z = layer.forward(data).z;
    [-1, -1, 1, 1].forEach((expected, i) => {
      expect(Math.abs(z.data[i] - expected) <= 1e-14).toBe(true);
    });
    expect(layer.parameters.map(({ data }) => [...data])).toEqual(Array(2).fill([0, 0])); // statistics are no parameters
    layer.initialize?.(
      tensor([
        [0, 0],
        [100, 1],
      ]),
    );
    expect(layer.forward(data).z.toArray()).toEqual(z.toArray());
  });
});

describe("actNorm of images", () => {
  it("has one μ and one σ per channel, and a log-det of −H·W·Σ log σ, by hand", () => {
    const layer = actNorm({ channels: 2, height: 1, width: 2 });
    layer.parameters[0].assign(tensor([1, -1]));
    layer.parameters[1].assign(tensor([Math.LN2, 0]));
    const x = tensor([[[[3, 5]], [[3, 5]]]]);
    const { z, logDet } = layer.forward(x);
    [1, 2, 4, 6].forEach((value, i) => {
      expectWithin(z.data[i], value, 1e-15 * value);
    });
    expectWithin(logDet.item(), -2 * Math.LN2, 1e-15);
    const back = layer.inverse(z);
    x.data.forEach((value, i) => {
      expectWithin(back.x.data[i], value, 1e-15 * value);
    });
    expectWithin(back.logDet.item(), 2 * Math.LN2, 1e-15);
  });

  it("takes the statistics of a channel over all pixels of all images", () => {
    const layer = actNorm({ channels: 2, height: 1, width: 2 });
    layer.initialize?.(
      tensor([
        [[[1, 3]], [[0, 0]]],
        [[[1, 3]], [[8, 8]]],
      ]),
    );
    expect(layer.buffers.get("mean")?.toArray()).toEqual([2, 4]);
    expect(layer.buffers.get("deviation")?.toArray()).toEqual([1, 4]);
  });
});

describe("realNVP", () => {
  it("starts at the identity, with an actNorm before each coupling", () => {
    const flow = realNVP({ dimensions: 3, layers: 3, random: new Random(1) });
    const x = tensor([[1, -2, 0.5]]);
    expect(flow.toLatent(x).toArray()).toEqual(x.toArray());
    const { layers } = flow.bijection.definition as unknown as { layers: { type: string }[] };
    expect(layers.map(({ type }) => type)).toEqual([
      "actNorm",
      "coupling",
      "actNorm",
      "coupling",
      "actNorm",
      "coupling",
      "invert", // of a standardization: for when the whole is turned around
    ]);
  });

  it("lets every coordinate move within two couplings, odd D too", () => {
    const flow = realNVP({ dimensions: 3, layers: 2, hidden: [2], random: new Random(1) });
    const { layers } = flow.bijection.definition as unknown as { layers: { mask?: number[] }[] };
    expect(layers.map(({ mask }) => mask)).toEqual([undefined, [0, 1, 0], undefined, [1, 0, 1], undefined]);
  });

  it("refuses one dimension and no layers", () => {
    expect(() => realNVP({ dimensions: 1, random: new Random(1) })).toThrow("realNVP: D must be an integer ≥ 2; got 1");
    expect(() => realNVP({ dimensions: 2, layers: 0, random: new Random(1) })).toThrow(
      "realNVP: layers must be an integer ≥ 1; got 0",
    );
  });
});
