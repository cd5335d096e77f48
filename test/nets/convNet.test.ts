import { convNet, DomainError, Random, ShapeError, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";

const random = new Random(1);

describe("convNet", () => {
  it("is W ∗ x + b with zeros around the image, by hand", () => {
    const net = convNet({ inputs: 1, outputs: 1, hidden: [], kernels: [3], random });
    net.parameters[0].assign(
      tensor([
        [
          [
            [1, 2, 3],
            [4, 5, 6],
            [7, 8, 9],
          ],
        ],
      ]),
    );
    net.parameters[1].assign(tensor([100]));
    const y = net.apply(
      tensor([
        [
          [
            [1, 0],
            [0, 10],
          ],
        ],
      ]),
    );
    // the pixel in the corner sees itself under 5 and the other under 9
    expect(y.at(0, 0, 0, 0)).toBe(100 + 5 * 1 + 9 * 10);
    expect(y.at(0, 0, 0, 1)).toBe(100 + 4 * 1 + 8 * 10);
    expect(y.at(0, 0, 1, 0)).toBe(100 + 2 * 1 + 6 * 10);
    expect(y.at(0, 0, 1, 1)).toBe(100 + 1 * 1 + 5 * 10);
  });

  it("starts at zero, has kernels 3, 1, 3 by default, and takes images of any size", () => {
    const net = convNet({ inputs: 2, outputs: 3, hidden: [4, 5], random });
    expect(net.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["0.weight", [4, 2, 3, 3]],
      ["0.bias", [4]],
      ["1.weight", [5, 4, 1, 1]],
      ["1.bias", [5]],
      ["2.weight", [3, 5, 3, 3]],
      ["2.bias", [3]],
    ]);
    for (const [H, W] of [
      [1, 1],
      [5, 2],
    ]) {
      const y = net.apply(random.normal([2, 2, H, W]));
      expect(y.shape).toEqual([2, 3, H, W]);
      expect(y.data.every((value) => value === 0)).toBe(true);
    }
  });

  it("sees a context as channels that are constant over the image: far from the edges, the same everywhere", () => {
    const net = convNet({ inputs: 1, outputs: 1, hidden: [3], context: 2, random });
    randomizeParameters(net, random);
    const blank = tensor([[new Array(7).fill(new Array(7).fill(0))]]);
    const [one, other] = [tensor([[1, 2]]), tensor([[1, 3]])].map((context) => net.apply(blank, context));
    expectWithin(one.at(0, 0, 3, 3), one.at(0, 0, 3, 2), 16 * EPSILON);
    expect(Math.abs(one.at(0, 0, 3, 3) - other.at(0, 0, 3, 3))).toBeGreaterThan(1e-3);
    expect(() => net.apply(blank)).toThrow("convNet: needs a context of width 2; got none");
  });

  it("refuses kernels, channels and images that are none", () => {
    const sizes = { inputs: 1, outputs: 1, hidden: [2], random };
    for (const kernels of [[3], [2, 3], [3, 1.5], "33" as never]) {
      expect(() => convNet({ ...sizes, kernels })).toThrow(
        "convNet: kernels are odd integers, one for each of the 2 layers",
      );
    }
    expect(() => convNet({ ...sizes, hidden: [-1] })).toThrow(
      new DomainError("convNet: hidden is a list of widths ≥ 1, as [64, 64]; got [-1]"),
    );
    expect(() => convNet(sizes).apply(random.normal([1, 2, 3, 3]))).toThrow(
      new ShapeError("convNet: the images must be [B,1,H,W]; got [1,2,3,3]"),
    );
  });
});
