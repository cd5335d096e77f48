import { DomainError, invert, Random, ShapeError, squeezeImage, tensor } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, seeds } from "../../support/arbitraries.ts";

describe("squeezeImage", () => {
  it("makes four channels of every 2 × 2 block, row after row: [1, 2; 3, 4] becomes 1, 2, 3, 4, by hand", () => {
    const layer = squeezeImage({ channels: 1, height: 2, width: 4 });
    const { z, logDet } = layer.forward(
      tensor([
        [
          [
            [1, 2, 5, 6],
            [3, 4, 7, 8],
          ],
        ],
      ]),
    );
    expect(z.toArray()).toEqual([[[[1, 5]], [[2, 6]], [[3, 7]], [[4, 8]]]]);
    expect(logDet.toArray()).toEqual([0]);
  });

  it("is z[c·f² + a·f + b, i, j] = x[c, i·f + a, j·f + b] for any factor, and comes back to the bit", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, f) => {
        const random = new Random(seed);
        const [C, h, w] = Array.from(random.integers([3], 3).data, (value) => value + 1);
        const layer = squeezeImage({ channels: C, height: h * f, width: w * f, factor: f });
        expect(layer.latentShape).toEqual([C * f * f, h, w]);
        const x = random.normal([2, C, h * f, w * f]);
        const { z } = layer.forward(x);
        for (let c = 0; c < C * f * f; c++) {
          const [channel, a, b] = [Math.floor(c / (f * f)), Math.floor(c / f) % f, c % f];
          for (let i = 0; i < h; i++) {
            for (let j = 0; j < w; j++) expect(z.at(1, c, i, j)).toBe(x.at(1, channel, i * f + a, j * f + b));
          }
        }
        expect(bitsOf(layer.inverse(z).x)).toEqual(bitsOf(x));
        const back = invert(layer);
        expect(bitsOf(back.forward(z).z)).toEqual(bitsOf(x));
        expect(back.dataShape).toEqual(layer.latentShape);
      }),
    );
  });

  it("refuses factors that do not divide, and images of other sizes", () => {
    for (const factor of [0, 3, 1.5, -2, Number.NaN]) {
      expect(() => squeezeImage({ channels: 1, height: 4, width: 4, factor })).toThrow(
        new DomainError(`squeezeImage: the factor must divide height and width; got ${factor} for [1,4,4]`),
      );
    }
    const layer = squeezeImage({ channels: 1, height: 2, width: 2 });
    expect(() => layer.forward(new Random(1).normal([1, 4, 1, 1]))).toThrow(ShapeError);
    expect(() => layer.inverse(new Random(1).normal([1, 1, 2, 2]))).toThrow(ShapeError);
  });
});
