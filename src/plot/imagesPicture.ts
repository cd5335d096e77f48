import { checkFunction, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue, LimitError, ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkList, checkText } from "./checkContent.ts";
import { shortened, textWidth } from "./drawing/lettering.ts";
import { heading, INNER, LEFT, page } from "./drawing/page.ts";
import { frame, label } from "./drawing/style.ts";
import { type Box, element } from "./drawing/svg.ts";
import { deflate as ownDeflate } from "./image/deflate.ts";
import { type Deflate, encodePng, toDataUri } from "./image/png.ts";

// N images of C channels, H × W pixels

/** A row of images, and what they are. */
export interface ImagesRow {
  /** Left of the row. */
  readonly label: string;
  /** [N, C, H, W], C = 1 (grey) or 3 (red, green, blue), or [N, H, W]. */
  readonly images: Tensor;
}

/** Everything that {@link imagesPicture} shows. */
export interface ImagesPictureContent {
  /** What the picture is of: one line. */
  readonly title: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** From top to bottom; images of one size. */
  readonly rows: readonly ImagesRow[];
  /** The numbers that are black and white, [0, 1] by default; [1, 0] draws dark digits on a light ground. */
  readonly range?: readonly [black: number, white: number];
}

/** Between two images; the largest side of one; the widest label. */
const GAP = 6;
const LARGEST = 76;
const WIDEST_LABEL = 170;
/** In a row. */
const MOST_IMAGES = 40;
/** The size of labels, and a tenth for bold letters. */
const SIZE = 13;
const BOLD = 1.1 * SIZE;

/**
 * Rows of images, each with a label: data, samples, reconstructions, ways from one image to another. One self-contained SVG.
 *
 * Pixels are crisp squares; of a number v it is the share (v − black)/(white − black), from 0 to 1, that is drawn, and what lies beyond is cut. NaN is
 * black. The same content gives the same text on every host, unless `deflate`, which packs the images, is that of a host.
 * Throws ShapeError for what is no batch of images, and for images of several sizes; LimitError for more than 40 in a row; DomainError for what cannot be drawn.
 *
 * @example
 * const random = new Random(1);
 * const flow = realNVP({ dimensions: [1, 8, 8], layers: 2, hidden: [8], random });
 * const svg = await imagesPicture({ title: "Before training", rows: [{ label: "samples", images: flow.sample(4, random) }] });
 */
export async function imagesPicture(content: ImagesPictureContent, deflate: Deflate = ownDeflate): Promise<string> {
  const [H, W] = check(content);
  checkFunction("imagesPicture", "deflate", deflate);
  const { title, caption = "", rows, range = [0, 1] } = content;
  const { shownTitle, lines, top: below } = heading(title, [caption]);
  const top = below - 26;
  const names = Math.min(WIDEST_LABEL, Math.max(...rows.map(({ label: name }) => textWidth(name, BOLD)))) + 16;
  const most = Math.max(1, ...rows.map(({ images }) => images.shape[0]));
  const pixel = pixelSize((INNER - names - GAP * (most - 1)) / most, H, W);
  const [width, height] = [W * pixel, H * pixel];
  const parts: string[] = [];
  for (const [i, { label: name, images }] of rows.entries()) {
    const y = top + i * (height + GAP);
    parts.push(label(shortened(name, BOLD, names - 12), LEFT, y + height / 2 + 4, { size: SIZE, weight: 600 }));
    for (let n = 0; n < images.shape[0]; n++) {
      const box = { x: LEFT + names + n * (width + GAP), y, width, height };
      parts.push(await drawImage(pixelsOf(images, n, range), [H, W], box, deflate), frame(box));
    }
  }
  return page({ title, shownTitle, lines, height: top + rows.length * (height + GAP) - GAP + 30 }, ...parts);
}

/** The side of a pixel: a whole number, unless there are more pixels than room. */
function pixelSize(room: number, H: number, W: number): number {
  const side = Math.min(room, LARGEST) / Math.max(H, W);
  return side >= 1 ? Math.floor(side) : side;
}

/** Red, green and blue of image n, pixel after pixel. */
function pixelsOf({ data, shape }: Tensor, n: number, [black, white]: readonly [number, number]): Uint8Array {
  const [H, W] = shape.slice(-2);
  const C = shape.length === 4 ? shape[1] : 1;
  const rgb = new Uint8Array(3 * H * W);
  for (let k = 0; k < 3; k++) {
    const channel = (n * C + (C === 3 ? k : 0)) * H * W;
    for (let i = 0; i < H * W; i++) {
      const share = (data[channel + i] - black) / (white - black);
      rgb[3 * i + k] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  }
  return rgb;
}

async function drawImage(rgb: Uint8Array, [H, W]: Shape, box: Box, deflate: Deflate): Promise<string> {
  const href = toDataUri(await encodePng(W, H, rgb, deflate));
  return element("image", { ...box, preserveAspectRatio: "none", style: "image-rendering:pixelated", href });
}

/** [H, W], the size of all images. Throws for what cannot be drawn. */
function check(content: ImagesPictureContent): Shape {
  checkOptions("imagesPicture", content, { title: true, caption: true, rows: true, range: true });
  const { title, caption = "", rows, range = [0, 1] } = content;
  checkText("imagesPicture", "title", title);
  checkText("imagesPicture", "caption", caption);
  const ends = checkList<unknown>("imagesPicture", "range", range);
  const [black, white] = ends;
  if (
    ends.length !== 2 ||
    typeof black !== "number" ||
    typeof white !== "number" ||
    !Number.isFinite(white - black) ||
    white === black
  )
    throw new DomainError(`imagesPicture: range must be two different numbers; got ${describeValue(range)}`);
  const sizes = checkList("imagesPicture", "rows", rows).map((row) => {
    checkOptions("imagesPicture", row, { label: true, images: true });
    checkText("imagesPicture", "the label of a row", row.label);
    const { shape } = checkTensor("imagesPicture", "images of a row", row.images);
    const size = sizeOfImages(shape);
    if (shape[0] <= MOST_IMAGES) return size;
    throw new LimitError(`imagesPicture: images of a row must be at most ${MOST_IMAGES}; got ${shape[0]}`);
  });
  if (sizes.length === 0) throw new DomainError("imagesPicture: at least one row; got none");
  const other = sizes.find((size) => !sameShape(size, sizes[0]));
  if (other === undefined) return sizes[0];
  throw new ShapeError(
    `imagesPicture: images must have one size; got ${formatShape(sizes[0])} and ${formatShape(other)}`,
  );
}

/** [H, W] of a batch of images. */
function sizeOfImages(shape: Shape): Shape {
  const [C, H, W] = shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1);
  if ((shape.length === 3 || shape.length === 4) && (C === 1 || C === 3) && H > 0 && W > 0) return [H, W];
  throw new ShapeError(`imagesPicture: images must be [N,H,W] or [N,C,H,W], C = 1 or 3; got ${formatShape(shape)}`);
}
