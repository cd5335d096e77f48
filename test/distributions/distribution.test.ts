import {
  bijectionFrom,
  type Distribution,
  diagonalNormal,
  Flow,
  full,
  laplace,
  layer,
  logistic,
  mixture,
  mul,
  Random,
  readDistribution,
  standardNormal,
  studentT,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { eventAxes } from "../../src/distributions/distribution.ts";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";

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

/** Every family, over events of a shape. */
const OF_SHAPE: readonly (readonly [name: string, make: (shape: readonly number[]) => Distribution])[] = [
  ["standardNormal", (shape) => standardNormal(shape)],
  ["diagonalNormal", (shape) => diagonalNormal({ loc: full(shape, 1), logScale: 0.5 })],
  ["uniform", (shape) => uniform({ low: full(shape, -9), high: 9 })],
  ["logistic", (shape) => logistic({ loc: 0, scale: full(shape, 2) })],
  ["laplace", (shape) => laplace({ loc: zeros(shape), scale: 1 })],
  ["studentT", (shape) => studentT({ df: full(shape, 5), loc: 0, scale: 1 })],
  [
    "mixture",
    (shape) =>
      mixture({ logits: zeros([2]), components: [standardNormal(shape), laplace({ loc: full(shape, 1), scale: 1 })] }),
  ],
];

describe.each(OF_SHAPE)("%s", (_name, make) => {
  it.each([[[]], [[1]], [[2, 3]], [[2, 1, 2]]])(
    "is over events of shape %o, alone and as the base of a flow",
    (shape) => {
      const p = make(shape);
      const size = shape.reduce((product, length) => product * length, 1);
      expect(p.eventShape).toEqual(shape);
      const x = p.sample(4, new Random(1));
      expect(x.shape).toEqual([4, ...shape]);
      expect(p.logProb(x).shape).toEqual([4]);
      expect([p.mean?.().shape, p.variance?.().shape]).toEqual([shape, shape]);
      if (p.cdf !== undefined) expect(p.cdf(x).shape).toEqual([4, ...shape]);
      const half = layer({
        shape,
        definition: { type: "half" },
        forward: (points) => ({ z: mul(points, 2), logDet: full([points.shape[0]], size * Math.LN2) }),
        inverse: (points: Tensor) => ({ x: mul(points, 0.5), logDet: full([points.shape[0]], -size * Math.LN2) }),
      });
      const flow = new Flow(p, half);
      const samples = flow.sample(3, new Random(2));
      expect(samples.shape).toEqual([3, ...shape]);
      flow.logProb(samples).data.forEach((value, i) => {
        const expected = p.logProb(mul(samples, 2)).at(i) + size * Math.LN2;
        expectWithin(value, expected, 16 * EPSILON * (1 + Math.abs(expected)));
      });
      expect(flow.trace(samples).points.map((points) => points.shape)).toEqual([
        [3, ...shape],
        [3, ...shape],
      ]);
    },
  );
});
