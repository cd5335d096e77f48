import { conv2d, DomainError, LimitError, Random, ShapeError, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { EPSILON, expectWithin, indicesOf } from "../../support/arbitraries.ts";

const NAN = Number.NaN;

describe("conv2d", () => {
  const image = tensor([
    [
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    ],
  ]);
  const kernel = tensor([
    [
      [
        [1, 10],
        [100, 1000],
      ],
    ],
  ]);

  it("correlates: the kernel is not turned round", () => {
    expect(conv2d(image, kernel).toArray()).toEqual([
      [
        [
          [5421, 6532],
          [8754, 9865],
        ],
      ],
    ]);
    expect(conv2d(image, kernel, tensor([0.5])).at(0, 0, 1, 1)).toBe(9865.5);
  });

  it("moves by its stride, into the padding as well, in each direction as told", () => {
    expect(conv2d(image, kernel, undefined, { stride: 2, padding: 1 }).toArray()).toEqual([
      [
        [
          [1000, 3200],
          [7040, 9865],
        ],
      ],
    ]);
    expect(conv2d(image, kernel, undefined, { stride: [1, 2], padding: [0, 1] }).shape).toEqual([1, 1, 2, 2]);
  });

  it("is a product of matrices at each pixel for kernels of 1×1", () => {
    const [x, w] = [new Random(1).normal([2, 3, 4, 5]), new Random(2).normal([7, 3, 1, 1])];
    const y = conv2d(x, w);
    expect(y.shape).toEqual([2, 7, 4, 5]);
    for (const [n, o, i, j] of indicesOf(y.shape)) {
      let [expected, size] = [0, 0];
      for (let c = 0; c < 3; c++) {
        const term = x.at(n, c, i, j) * w.at(o, c, 0, 0);
        expected += term;
        size += Math.abs(term);
      }
      expectWithin(y.at(n, o, i, j), expected, 4 * EPSILON * size);
    }
  });

  it("has nothing to add up where there are no channels, and nothing to do without images", () => {
    const y = conv2d(tensor([], [2, 0, 2, 2]), tensor([], [1, 0, 2, 2]));
    expect(y.toArray()).toEqual([[[[0]]], [[[0]]]]);
    expect(conv2d(tensor([], [0, 1, 3, 3]), kernel).shape).toEqual([0, 1, 2, 2]);
    expect(conv2d(image, tensor([], [0, 1, 2, 2])).shape).toEqual([1, 0, 2, 2]);
  });

  it("lets NaN through where the window sees it, and nowhere else", () => {
    const data = image.data.slice();
    data[0] = NAN;
    const y = conv2d(new Tensor(data, image.shape), kernel);
    expect(Array.from(y.data)).toEqual([NAN, 6532, 8754, 9865]);
  });

  it("says what does not fit", () => {
    expect(() => conv2d(tensor([[1]]), kernel)).toThrow(
      new ShapeError("conv2d: x must be [N,C,H,W] and w [O,C,kh,kw]; [1,1] * [1,1,2,2]"),
    );
    expect(() => conv2d(image, new Random(1).normal([1, 2, 2, 2]))).toThrow(ShapeError);
    expect(() => conv2d(image, new Random(1).normal([1, 1, 4, 1]))).toThrow(
      "conv2d: the kernel must fit into the padded image; [1,1,3,3] * [1,1,4,1], padding [0,0]",
    );
    expect(() => conv2d(image, tensor([], [1, 1, 0, 1]))).toThrow(ShapeError);
    expect(() => conv2d(image, kernel, tensor([1, 2]))).toThrow("conv2d: the bias must be [1]; got [2]");
    expect(() => conv2d(image, kernel, 1)).toThrow("conv2d: the bias must be [1]; got []");
  });

  it("says what is no stride, padding or options", () => {
    for (const stride of [0, -1, 1.5, NAN, "1", [1], [1, 0]]) {
      expect(() => conv2d(image, kernel, undefined, { stride: stride as never }), String(stride)).toThrow(DomainError);
    }
    expect(() => conv2d(image, kernel, undefined, { padding: -1 })).toThrow(
      new DomainError("conv2d: padding is an integer ≥ 0, or [rows, columns]; got -1"),
    );
    expect(() => conv2d(image, kernel, undefined, 2 as never)).toThrow(DomainError);
    expect(() => conv2d(image, kernel, undefined, { padding: 2 ** 20 })).toThrow(LimitError);
    expect(() => conv2d("x" as never, kernel)).toThrow(DomainError);
  });
});
