import {
  actNorm,
  affineCoupling,
  type Bijection,
  DomainError,
  Flow,
  multiScale,
  namedParameters,
  Random,
  ShapeError,
  squeezeImage,
  standardNormal,
  tanhFlow,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, expectWithin } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";

const random = new Random(1);

/** Adds to what comes a number that says where it has been. */
function marked(D: number, mark: number): Bijection {
  const layer = actNorm({ dimensions: D });
  layer.parameters[0].assign(tensor(new Array(D).fill(-mark)));
  return layer;
}

describe("multiScale", () => {
  it("emits the first half after every scale but the last, rounded up, and the rest goes on", () => {
    const layer = multiScale({ scales: [marked(5, 10), marked(2, 100), marked(1, 1000)] });
    const { z } = layer.forward(tensor([[1, 2, 3, 4, 5]]));
    expect(z.toArray()).toEqual([[11, 12, 13, 114, 1115]]);
    expect(layer.inverse(z).x.toArray()).toEqual([[1, 2, 3, 4, 5]]);
  });

  it("emits channels of images, parts in order of emission, flattened", () => {
    const layer = multiScale({
      scales: [squeezeImage({ channels: 1, height: 2, width: 2 }), actNorm({ channels: 2, height: 1, width: 1 })],
    });
    expect(layer.dataShape).toEqual([1, 2, 2]);
    expect(layer.latentShape).toEqual([4]);
    expect(
      layer
        .forward(
          tensor([
            [
              [
                [1, 2],
                [3, 4],
              ],
            ],
          ]),
        )
        .z.toArray(),
    ).toEqual([[1, 2, 3, 4]]);
  });

  it("adds the log-dets of its scales, loses nothing, and is a flow that comes back", () => {
    const layer = multiScale({
      scales: [
        affineCoupling({ dimensions: 4, hidden: [5], random }),
        affineCoupling({ dimensions: 2, hidden: [5], random }),
      ],
    });
    randomizeParameters(layer, random);
    const flow = new Flow(standardNormal([4]), layer);
    const x = random.normal([6, 4]);
    const z = flow.toLatent(x);
    flow.toData(z).data.forEach((value, i) => {
      expectWithin(value, x.data[i], 1e-13 * (1 + Math.abs(x.data[i])));
    });
    const { logDet } = layer.forward(x);
    layer.inverse(z).logDet.data.forEach((value, i) => {
      expectWithin(value, -logDet.at(i), 1e-13);
    });
  });

  it("names parameters and buffers by scale, and initializes each scale with what the ones before leave", () => {
    const layer = multiScale({ scales: [actNorm({ dimensions: 4 }), actNorm({ dimensions: 2 })] });
    expect([...namedParameters(layer).keys()]).toEqual(["0.shift", "0.logScale", "1.shift", "1.logScale"]);
    layer.initialize?.(random.normal([50, 4]));
    for (const name of ["0.initialized", "1.initialized"]) expect(layer.buffers.get(name)?.item()).toBe(1);
    // the first scale leaves standardised columns, so the second has nothing to do
    for (const value of layer.buffers.get("1.mean")?.data ?? [NaN]) expectWithin(value, 0, 1e-14);
    for (const value of layer.buffers.get("1.deviation")?.data ?? [NaN]) expectWithin(value, 1, 1e-14);
  });

  it("with one scale is that scale, flattened", () => {
    const x = random.normal([2, 3]);
    const [one, all] = [tanhFlow({ dimensions: 3 }), multiScale({ scales: [tanhFlow({ dimensions: 3 })] })];
    expect(bitsOf(all.forward(x).z)).toEqual(bitsOf(one.forward(x).z));
  });

  it("refuses scales that do not fit, or leave nothing, and none at all", () => {
    const two = actNorm({ dimensions: 2 });
    expect(() => multiScale({ scales: [two, two] })).toThrow(
      new ShapeError("multiScale: scales must fit; scale 0 leaves [1], scale 1 takes [2]"),
    );
    expect(() => multiScale({ scales: [actNorm({ dimensions: 1 }), two] })).toThrow(
      "multiScale: a scale must leave something to the next; scale 0 gives [1]",
    );
    expect(() => multiScale({ scales: [] })).toThrow(DomainError);
  });
});
