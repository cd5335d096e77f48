import { bijectionFrom, layer, readDistribution, standardNormal, tensor, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { eventAxes } from "../../src/distributions/distribution.ts";

describe("eventAxes", () => {
  it("are all but the first", () => {
    expect(eventAxes(zeros([5]))).toEqual([]);
    expect(eventAxes(zeros([5, 1, 2, 2]))).toEqual([1, 2, 3]);
  });
});

describe("readDistribution", () => {
  it("rebuilds a distribution within a layer of one's own", () => {
    const normal = standardNormal([2]);
    const shifted = (by: typeof normal) =>
      layer({
        shape: [2],
        definition: { type: "shifted", by: by.definition as never },
        forward: (x) => ({ z: x, logDet: by.logProb(x) }),
        inverse: (z) => ({ x: z, logDet: by.logProb(z) }),
      });
    const rebuilt = bijectionFrom(shifted(normal).definition, {
      layers: {
        shifted: ({ by }: { by: unknown }, at) => shifted(readDistribution(by, at.part("by")) as typeof normal),
      },
    });
    expect(rebuilt.forward(tensor([[0, 0]])).logDet.item()).toBe(normal.logProb(tensor([[0, 0]])).item());
    expect(() =>
      bijectionFrom(
        { type: "shifted", by: 3 },
        {
          layers: {
            shifted: ({ by }: { by: unknown }, at) => shifted(readDistribution(by, at.part("by")) as typeof normal),
          },
        },
      ),
    ).toThrow("bijectionFrom: by must be an object; got 3");
  });
});
