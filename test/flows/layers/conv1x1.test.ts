import {
  conv1x1,
  DomainError,
  jacobian,
  Random,
  ShapeError,
  SingularMatrixError,
  slogdet,
  Tensor,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin } from "../../support/arbitraries.ts";

const random = new Random(1);
const weight = tensor([
  [0, 2],
  [1, 1],
]);
/** Two channels of 1 × 3 pixels. */
const image = tensor([[[[1, 2, 3]], [[10, 20, 30]]]]);

describe.each(["lu", "qr", "full"] as const)("conv1x1 as %s", (parametrization) => {
  it("multiplies every pixel by the same matrix: z₀ = 2·x₁, z₁ = x₀ + x₁, by hand", () => {
    const layer = conv1x1({ channels: 2, height: 1, width: 3, parametrization, weight });
    const { z, logDet } = layer.forward(image);
    [20, 40, 60, 11, 22, 33].forEach((value, i) => {
      expectWithin(z.data[i], value, 32 * EPSILON * value);
    });
    expectWithin(logDet.item(), 3 * Math.log(2), 64 * EPSILON); // H·W·ln|det W|
    const { x, logDet: back } = layer.inverse(z);
    image.data.forEach((value, i) => {
      expectWithin(x.data[i], value, 256 * EPSILON * value);
    });
    expectWithin(back.item(), -3 * Math.log(2), 64 * EPSILON);
  });

  it("has a block of its Jacobian per pixel, and starts at a rotation", () => {
    const layer = conv1x1({ channels: 3, height: 2, width: 1, parametrization, random });
    const J = jacobian((x) => layer.forward(x).z, random.normal([1, 3, 2, 1]));
    const at = (c: number, i: number, d: number, j: number): number => J.at(0, c, i, 0, 0, d, j, 0);
    const W = Array.from({ length: 9 }, (_, k) => at(Math.floor(k / 3), 0, k % 3, 0));
    for (let c = 0; c < 3; c++) {
      for (let d = 0; d < 3; d++) {
        expect(at(c, 1, d, 1)).toBe(at(c, 0, d, 0));
        expect([at(c, 0, d, 1), at(c, 1, d, 0)].map(Math.abs)).toEqual([0, 0]);
        const product = [0, 1, 2].reduce((total, k) => total + W[3 * c + k] * W[3 * d + k], 0);
        expectWithin(product, c === d ? 1 : 0, 64 * EPSILON);
      }
    }
    expectWithin(slogdet(new Tensor(Float64Array.from(W), [3, 3])).sign.item(), 1, 0);
  });

  it("refuses weights of another shape or without an inverse, and images of another size", () => {
    const sizes = { channels: 2, height: 1, width: 3, parametrization };
    expect(() => conv1x1({ ...sizes, channels: 3, weight })).toThrow(
      new ShapeError("conv1x1: the weight must be [3,3]; got [2,2]"),
    );
    expect(() =>
      conv1x1({
        ...sizes,
        weight: tensor([
          [1, 2],
          [2, 4],
        ]),
      }),
    ).toThrow(SingularMatrixError);
    expect(() => conv1x1({ ...sizes, weight }).forward(random.normal([1, 2, 3, 1]))).toThrow(ShapeError);
    expect(() => conv1x1({ ...sizes } as never)).toThrow("conv1x1: random must be a Random");
  });
});

describe("conv1x1", () => {
  it("knows three parametrizations, lu if none is asked for", () => {
    expect(conv1x1({ channels: 2, height: 1, width: 1, random }).definition.parametrization).toBe("lu");
    expect(() => conv1x1({ channels: 2, height: 1, width: 1, random, parametrization: "svd" as never })).toThrow(
      new DomainError('conv1x1: the parametrization is one of lu, qr, full; got "svd"'),
    );
  });
});
