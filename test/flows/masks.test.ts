import {
  affineCoupling,
  alternatingMask,
  channelMask,
  checkerboardMask,
  complement,
  DomainError,
  halvesMask,
  Random,
  reshape,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { randomizeParameters } from "../support/flows/parameters.ts";

describe("masks of vectors", () => {
  it("say with 1 which coordinates pass: the first half, or every other one", () => {
    expect(Array.from(halvesMask(5))).toEqual([1, 1, 0, 0, 0]);
    expect(Array.from(alternatingMask(5))).toEqual([0, 1, 0, 1, 0]);
  });
});

describe("checkerboardMask", () => {
  it("is (i + j) mod 2 at [c, i, j], the same in every channel, odd sides too", () => {
    const first = [
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 1],
    ];
    expect(Array.from(checkerboardMask(2, 4, 3))).toEqual([first, first].flat(2));
    for (const [C, H, W] of [
      [1, 1, 1],
      [3, 2, 2],
      [2, 3, 5],
    ]) {
      const mask = checkerboardMask(C, H, W);
      expect(mask).toHaveLength(C * H * W);
      for (let c = 0; c < C; c++)
        for (let i = 0; i < H; i++)
          for (let j = 0; j < W; j++) expect(mask[(c * H + i) * W + j], `${c}, ${i}, ${j}`).toBe((i + j) % 2);
    }
  });
});

describe("channelMask", () => {
  it("passes the first ⌊C/2⌋ channels, whole", () => {
    const [passes, moves] = [new Array(6).fill(1), new Array(6).fill(0)];
    expect(Array.from(channelMask(4, 2, 3))).toEqual([passes, passes, moves, moves].flat());
    expect(Array.from(channelMask(3, 3, 2))).toEqual([passes, moves, moves].flat());
    expect(Array.from(channelMask(1, 2, 3))).toEqual(moves);
  });
});

describe("complement", () => {
  it("exchanges the roles, and is its own inverse", () => {
    expect(Array.from(complement(halvesMask(3)))).toEqual([0, 1, 1]);
    expect(Array.from(complement(checkerboardMask(1, 2, 3)))).toEqual([1, 0, 1, 0, 1, 0]);
    for (const mask of [halvesMask(7), channelMask(3, 2, 2)]) expect(complement(complement(mask))).toEqual(mask);
    expect(() => complement([0, 2])).toThrow(DomainError);
  });
});

describe.each([
  ["a checkerboard", checkerboardMask(3, 2, 3)],
  ["channels", channelMask(3, 2, 3)],
  ["the complement of a checkerboard", complement(checkerboardMask(3, 2, 3))],
  ["the complement of channels", complement(channelMask(3, 2, 3))],
] as const)("a coupling of images by %s", (_name, mask) => {
  const random = new Random(1);
  const layer = affineCoupling({ dimensions: 18, mask, hidden: [8], random });
  randomizeParameters(layer, random);
  const image = random.normal([4, 3, 2, 3]);
  const x = reshape(image, [4, 18]);

  it("leaves the pixels whose entry is 1 as they are, both ways, and moves all others", () => {
    for (const moved of [layer.forward(x).z, layer.inverse(x).x]) {
      for (let b = 0; b < 4; b++) {
        const unchanged = Array.from(mask.keys(), (k) => (moved.at(b, k) === x.at(b, k) ? 1 : 0));
        expect(unchanged).toEqual(Array.from(mask));
      }
    }
  });
});
