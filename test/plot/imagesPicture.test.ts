import { deflateSync } from "node:zlib";
import {
  DomainError,
  type ImagesPictureContent,
  imagesPicture,
  LimitError,
  ShapeError,
  Tensor,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { drawnIn, textsIn } from "../support/drawn.ts";
import { imagesIn } from "../support/pixels.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

const draw = (rows: ImagesPictureContent["rows"], rest: Partial<ImagesPictureContent> = {}): Promise<string> =>
  imagesPicture({ title: "a title", rows, ...rest }, deflateSync);

/** 0, 1, 2, … in a shape. */
const counting = (shape: number[]): Tensor => {
  const size = shape.reduce((product, side) => product * side, 1);
  return new Tensor(Float64Array.from({ length: size }, (_, i) => i), shape); // biome-ignore format: one line
};

describe("imagesPicture", () => {
  it("draws each number of an image as one grey pixel, in its place", async () => {
    const images = tensor([
      [[0, 0.2, 0.4], [0.6, 0.8, 1]],
      [[-1, 2, Number.NaN], [0.5, 1 / 255, Number.POSITIVE_INFINITY]],
    ]); // biome-ignore format: two images
    const svg = await draw([{ label: "two images", images }]);
    expectWellFormed(svg);
    const greys = imagesIn(svg).map(({ rows }) => rows.map((row) => row.map(([red]) => red)));
    expect(greys).toEqual([
      [[0, 51, 102], [153, 204, 255]],
      [[0, 255, 0], [128, 1, 255]],
    ]); // biome-ignore format: two images
    for (const [red, green, blue] of imagesIn(svg).flatMap(({ rows }) => rows.flat()))
      expect([green, blue]).toEqual([red, red]);
    expect(await draw([{ label: "two images", images: new Tensor(images.data, [2, 1, 2, 3]) }])).toBe(svg);
    for (const { attributes } of drawnIn(svg, "image")) expect(attributes.style).toBe("image-rendering:pixelated");
  });

  it("draws three channels as red, green and blue", async () => {
    const images = counting([2, 3, 1, 2]); // channel c of image n, pixel j: 6n + 2c + j
    const [first, second] = imagesIn(await draw([{ label: "", images }], { range: [0, 255] }));
    expect(first.rows).toEqual([[[0, 2, 4], [1, 3, 5]]]); // biome-ignore format: one row
    expect(second.rows).toEqual([[[6, 8, 10], [7, 9, 11]]]); // biome-ignore format: one row
  });

  it("takes black and white from the range, also the other way round", async () => {
    const images = tensor([[[-1, 0, 1]]]);
    const greys = async (range: readonly [number, number]): Promise<number[]> =>
      imagesIn(await draw([{ label: "", images }], { range }))[0].rows[0].map(([red]) => red);
    expect(await greys([-1, 1])).toEqual([0, 128, 255]);
    expect(await greys([1, -1])).toEqual([255, 128, 0]);
  });

  it("stands images of a row side by side and rows below each other, pixels a whole number wide", async () => {
    const rows = [
      { label: "data", images: zeros([3, 8, 8]) },
      { label: "a < b", images: zeros([12, 1, 8, 8]) },
    ];
    const svg = await draw(rows, { caption: "a caption" });
    expectWellFormed(svg);
    expect(textsIn(svg)).toEqual(["a title", "a caption", "data", "a &lt; b"]);
    const boxes = imagesIn(svg).map(({ box }) => box);
    expect(boxes).toHaveLength(15);
    for (const { width, height } of boxes)
      expect([width, height, width % 8]).toEqual([boxes[0].width, boxes[0].width, 0]);
    boxes.forEach(({ x, y }, k) => {
      const [row, n] = k < 3 ? [0, k] : [1, k - 3];
      expect(Math.abs(x - boxes[0].x - n * (boxes[0].width + 6))).toBeLessThan(0.11);
      expect(y - boxes[0].y).toBe(row * (boxes[0].height + 6));
    });
    expect(boxes[14].x + boxes[14].width).toBeLessThanOrEqual(976);
    // more pixels than there is room for
    const [{ box }] = imagesIn(await draw([{ label: "large", images: zeros([2, 200, 100]) }]));
    expect([box.width, box.height]).toEqual([38, 76]);
  });

  it("gives the same text for the same content", async () => {
    const content = { title: "", rows: [{ label: "", images: counting([2, 4, 4]) }], range: [0, 32] } as const;
    expect(await imagesPicture(content)).toBe(await imagesPicture(content));
  });

  it("refuses what are no images", async () => {
    const refused = async (
      made: Promise<string>,
      error: typeof DomainError | typeof ShapeError | typeof LimitError,
      message: string,
    ) => {
      await expect(made).rejects.toThrow(error);
      await expect(made).rejects.toThrow(message);
    };
    const row = { label: "", images: zeros([1, 2, 2]) };
    await refused(draw([]), DomainError, "imagesPicture: at least one row; got none");
    for (const shape of [[4], [2, 2], [1, 2, 2, 2], [1, 0, 2], [1, 1, 1, 2, 2]])
      await refused(
        draw([{ label: "", images: zeros(shape) }]),
        ShapeError,
        "images must be [N,H,W] or [N,C,H,W], C = 1 or 3; got [",
      );
    await refused(
      draw([row, { label: "", images: zeros([1, 2, 3]) }]),
      ShapeError,
      "images must have one size; got [2,2] and [2,3]",
    );
    for (const range of [[1, 1], [0], [0, 1, 2], [0, Number.NaN], [0, Number.POSITIVE_INFINITY]])
      await refused(draw([row], { range: range as never }), DomainError, "range must be two different numbers");
    expect(imagesIn(await draw([{ label: "n".repeat(99), images: zeros([40, 8, 8]) }]))[39].box.width).toBe(8);
    await refused(
      draw([{ label: "", images: zeros([41, 2, 2]) }]),
      LimitError,
      "imagesPicture: images of a row must be at most 40; got 41",
    );
    await refused(draw([{ ...row, name: "" } as never]), DomainError, 'imagesPicture: unknown option "name"');
  });
});
