import {
  DomainError,
  Flow,
  maf,
  multivariateNormal,
  permutation,
  Random,
  ShapeError,
  sampleGiven,
  squeezeImage,
  standardNormal,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";

/** N(μ, Σ) of three coordinates, as a flow. */
const L = [
  [1, 0, 0],
  [0.8, 0.6, 0],
  [-0.5, 0.3, 0.9],
];
const mean = [1, -2, 0.5];
const flow = new Flow(
  multivariateNormal({ loc: tensor(mean), scaleTril: tensor(L) }),
  permutation({ permutation: [0, 1, 2] }),
);
const covariance = (i: number, j: number): number => L[i].reduce((sum, value, k) => sum + value * L[j][k], 0);

describe("sampleGiven", () => {
  it.each([
    [0, 2.2],
    [1, -1],
    [2, 0],
  ])(
    "has the conditional mean and deviation of a Gaussian, given coordinate %i = %d, within four standard errors",
    (j, value) => {
      const n = 4000;
      const { x, effectiveSampleSize } = sampleGiven(flow, n, new Random(7), { given: new Map([[j, value]]) });
      expect(effectiveSampleSize).toBeGreaterThan(1000);
      const rows = x.toArray() as number[][];
      const error = Math.sqrt(1 / effectiveSampleSize + 1 / n);
      for (const i of [0, 1, 2].filter((other) => other !== j)) {
        const slope = covariance(i, j) / covariance(j, j);
        const expected = mean[i] + slope * (value - mean[j]);
        const deviation = Math.sqrt(covariance(i, i) - slope * covariance(i, j));
        const found = rows.reduce((sum, row) => sum + row[i], 0) / n;
        const spread = Math.sqrt(rows.reduce((sum, row) => sum + (row[i] - found) ** 2, 0) / n);
        expect(Math.abs(found - expected)).toBeLessThan(4 * deviation * error);
        expect(Math.abs(spread - deviation)).toBeLessThan(4 * deviation * error);
      }
      expect(rows.every((row) => row[j] === value)).toBe(true);
    },
  );

  it("says by its effective sample size that a value is too rare", () => {
    const { effectiveSampleSize } = sampleGiven(flow, 10, new Random(1), {
      given: new Map([[0, 40]]),
      proposals: 2000,
    });
    expect(effectiveSampleSize).toBeLessThan(20);
  });

  it("takes a context, gives one sample for one seed, and refuses what makes no sense", () => {
    const conditional = maf({ dimensions: 2, layers: 1, context: 1, random: new Random(1) });
    const options = { given: new Map([[1, 0.5]]), proposals: 500, context: tensor([[2]]) };
    const draw = (): number[] => [...sampleGiven(conditional, 6, new Random(3), options).x.data];
    expect(draw()).toEqual(draw());
    const given = (j: number, value: number) => () =>
      sampleGiven(flow, 3, new Random(1), { given: new Map([[j, value]]) });
    for (const wrong of [
      given(3, 0),
      given(-1, 0),
      given(0.5, 0),
      given(0, Number.NaN),
      given(0, Number.POSITIVE_INFINITY),
    ]) {
      expect(wrong).toThrow(DomainError);
    }
    const image = squeezeImage({ channels: 1, height: 2, width: 2 });
    const images = new Flow(standardNormal(image.latentShape), image);
    expect(() => sampleGiven(images, 3, new Random(1), { given: new Map([[0, 1]]) })).toThrow(ShapeError);
    expect(() => sampleGiven(flow, -1, new Random(1), { given: new Map() })).toThrow(DomainError);
    expect(() => sampleGiven(flow, 3, new Random(1), { given: new Map(), proposals: 0 })).toThrow(DomainError);
    for (const wrong of [undefined, null, {}, { given: { 0: 1 } }, { given: [[0, 1]] }]) {
      expect(() => sampleGiven(flow, 3, new Random(1), wrong as never)).toThrow(DomainError);
    }
  });
});
