import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyStrided } from "../../../src/tensor/kernels/layout.ts";
import { mergeAxes, stretchedStrides, stridesOf } from "../../../src/tensor/kernels/strides.ts";
import { indicesOf } from "../../support/arbitraries.ts";

describe("copyStrided", () => {
  /** Strides of a tensor in which the axes lie in a random order, some of them backwards; where its first element lies. */
  function scatteredView(
    lengths: readonly number[],
    random: Random,
  ): { start: number; strides: number[]; size: number } {
    const order = random.permutation(lengths.length);
    const backwards = random.integers([lengths.length], 2).data;
    const strides: number[] = new Array(lengths.length);
    let start = 3;
    let stride = 1;
    for (const axis of order) {
      strides[axis] = backwards[axis] === 1 ? -stride : stride;
      if (backwards[axis] === 1) start += stride * (lengths[axis] - 1);
      stride *= lengths[axis];
    }
    return { start, strides, size: stride + 3 };
  }

  it("moves every element to its place between any two views, past the edges of tiles, and touches nothing else", () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(31, 32, 33, 70));
    const lengths = fc.array(length, { maxLength: 5 }).filter((list) => list.reduce((size, n) => size * n, 1) <= 5000);
    fc.assert(
      fc.property(lengths, fc.nat(1000), (given, seed) => {
        const random = new Random(seed);
        const [source, target] = [scatteredView(given, random), scatteredView(given, random)];
        const from = Float64Array.from({ length: source.size }, (_, i) => i + 1);
        const [to, expected] = [0, 1].map(() => new Float64Array(target.size));
        copyStrided(given, from, source, to, target);
        const at = (view: { start: number; strides: number[] }, index: number[]): number =>
          index.reduce((offset, i, axis) => offset + i * view.strides[axis], view.start);
        for (const index of indicesOf(given)) expected[at(target, index)] = from[at(source, index)];
        expect(to).toEqual(expected);
      }),
    );
  });

  it("does nothing where there is nothing", () => {
    const to = Float64Array.of(7);
    copyStrided([2, 0], new Float64Array(0), { start: 5, strides: [1, 1] }, to, { start: 0, strides: [1, 1] });
    expect(Array.from(to)).toEqual([7]);
  });
});

describe("strides", () => {
  it("are products of the axes to the right, and 0 where an operand is stretched", () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    expect(stridesOf([])).toEqual([]);
    expect(stretchedStrides([5, 2, 3], [2, 1])).toEqual([0, 1, 0]);
  });

  it("merge axes along which both arrays go on evenly, and drop those of length 1", () => {
    expect(mergeAxes({ lengths: [2, 3, 1, 4], stridesA: [12, 4, 9, 1], stridesB: [24, 8, 9, 2] })).toEqual({
      ...{ lengths: [24], stridesA: [1], stridesB: [2] },
    });
    expect(mergeAxes({ lengths: [2, 3], stridesA: [3, 1], stridesB: [0, 1] })).toEqual({
      ...{ lengths: [2, 3], stridesA: [3, 1], stridesB: [0, 1] },
    });
    expect(mergeAxes({ lengths: [1], stridesA: [5], stridesB: [5] }).lengths).toEqual([1]);
  });
});
