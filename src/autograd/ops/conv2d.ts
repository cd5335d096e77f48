import { DomainError, describeValue, LimitError, ShapeError } from "../../tensor/errors.ts";
import { type Geometry, imagesToColumns, isPointwise, setSumOfColumns } from "../../tensor/kernels/convolution.ts";
import {
  apart,
  forEachGroup,
  type Images,
  imagesPerGroup,
  type Part,
  placeOf,
  sideBySide,
} from "../../tensor/kernels/imageGroups.ts";
import { SHARD, sumOfShards } from "../../tensor/kernels/shards.ts";
import { workspace } from "../../tensor/kernels/workspace.ts";
import { formatShape, MAXIMUM_SIZE, type Shape } from "../../tensor/shape.ts";
import { type StrongOperands, strongMatmul } from "../../tensor/simd/strongMatmul.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { add } from "./arithmetic.ts";
import { reshape } from "./broadcast.ts";

// N images, C channels of height H and width W; O channels come out, at P positions; the window covers K = C·kh·kw numbers. G images
// are taken at a time (imageGroups.ts).
//
// s = Σ g·conv(x, w) is linear in each of g, x and w. Its derivatives with respect to them are the three rules below, and
// the derivatives of each rule are the other two. The zeros of cotangents are strong, as in aligned.ts: `strong` names the operands, "gw", say.

/** The same of the matrices that two operands become. */
function strongMatrices(strong: string, a: string, b: string): StrongOperands {
  return (["none", "A", "B", "AB"] as const)[(strong.includes(a) ? 1 : 0) + (strong.includes(b) ? 2 : 0)];
}

/** Pairs of rows and columns. */
type Pair = readonly [rows: number, columns: number];

/** What {@link conv2d} takes. */
export interface Conv2dOptions {
  /** How far the window moves at a time, in both directions or as [rows, columns]; 1 by default. */
  readonly stride?: number | readonly [rows: number, columns: number];
  /** How many zeros surround the images on each side, likewise; 0 by default. */
  readonly padding?: number | readonly [rows: number, columns: number];
}

/** How a kernel [O, C, kh, kw] slides over images [N, C, H, W]. */
export function geometryOf(x: Shape, w: Shape, stride: Pair, padding: Pair): Geometry {
  const [, channels, height, width] = x;
  const [, , kernelHeight, kernelWidth] = w;
  return {
    ...{ channels, height, width, kernelHeight, kernelWidth, stride, padding },
    outputHeight: Math.floor((height + 2 * padding[0] - kernelHeight) / stride[0]) + 1,
    outputWidth: Math.floor((width + 2 * padding[1] - kernelWidth) / stride[1]) + 1,
  };
}

/** The sizes of the matrices: the window covers K numbers at each of P positions. */
function matrixSizes(s: Geometry): { K: number; P: number } {
  return { K: s.channels * s.kernelHeight * s.kernelWidth, P: s.outputHeight * s.outputWidth };
}

/** The images and what comes out of them, [N, C, H, W] and [N, O, oh, ow], with room for groups of `most` images and their columns. */
function inGroups(
  s: Geometry,
  most: number,
  images: Tensor,
  outputs: Tensor,
): { images: Images; outputs: Images; columns: Float64Array } {
  const { K, P } = matrixSizes(s);
  const sizes = [s.channels * s.height * s.width, outputs.shape[1] * P];
  const columnSize = isPointwise(s) ? 0 : K * P;
  const [imageRoom, outputRoom, columns] = workspace(...[...sizes, columnSize].map((size) => size * most));
  return {
    images: { data: images.data, size: sizes[0], room: imageRoom },
    outputs: { data: outputs.data, size: sizes[1], room: outputRoom },
    columns,
  };
}

/** What the window covers at each position in a group of images: columns [K, P·G], in the room for them if they have to be made. */
function columnsOf(images: Images, s: Geometry, room: Float64Array, first: number, G: number): Part {
  const from = sideBySide(images, first, G);
  if (isPointwise(s)) return from;
  imagesToColumns(from.data, from.start, G, s, room);
  return { data: room, start: 0 };
}

/** y = conv(x, w), group by group: W [O, K] · columns [K, P·G]. */
const conv2dRule: Rule<[x: Tensor, w: Tensor], [stride: Pair, padding: Pair, strong: string]> = {
  name: "conv2d",
  shape([x, w], stride, padding) {
    const { outputHeight, outputWidth } = geometryOf(x.shape, w.shape, stride, padding);
    return [x.shape[0], w.shape[0], outputHeight, outputWidth];
  },
  forward([x, w], y, stride, padding, strong) {
    const s = geometryOf(x.shape, w.shape, stride, padding);
    const { K, P } = matrixSizes(s);
    const [[N], [O]] = [x.shape, w.shape];
    const most = Math.min(N, imagesPerGroup(K, P));
    const { images, outputs, columns } = inGroups(s, most, x, y);
    const zeros = strongMatrices(strong, "w", "x");
    forEachGroup(0, N, most, (first, G) => {
      const b = columnsOf(images, s, columns, first, G);
      const c = placeOf(outputs, first, G);
      strongMatmul(zeros, c.data, w.data, b.data, O, P * G, K, "NN", c.start, 0, b.start);
      apart(outputs, first, G);
    });
  },
  lowering: "conv2d",
  vjp: ([x, w], _y, g, stride, padding, strong) => [
    () => apply(conv2dInputRule, [g, w], x.shape, stride, padding, `${strong}g`),
    () => apply(conv2dWeightRule, [x, g], w.shape, stride, padding, `${strong}g`),
  ],
};

/** ∂s/∂x, group by group: Wᵀ [K, O] · g [O, P·G], each column added where the window saw it. */
const conv2dInputRule: Rule<[g: Tensor, w: Tensor], [xShape: Shape, stride: Pair, padding: Pair, strong: string]> = {
  name: "conv2dInput",
  shape: (_inputs, xShape) => xShape,
  forward([g, w], y, xShape, stride, padding, strong) {
    const s = geometryOf(xShape, w.shape, stride, padding);
    const { K, P } = matrixSizes(s);
    const [[N], [O]] = [xShape, w.shape];
    const most = Math.min(N, imagesPerGroup(K, P));
    const { images, outputs: cotangents, columns } = inGroups(s, most, y, g);
    const pointwise = isPointwise(s);
    const zeros = strongMatrices(strong, "w", "g");
    forEachGroup(0, N, most, (first, G) => {
      const b = sideBySide(cotangents, first, G);
      const to = placeOf(images, first, G);
      const c = pointwise ? to : { data: columns, start: 0 };
      strongMatmul(zeros, c.data, w.data, b.data, K, P * G, O, "TN", c.start, 0, b.start);
      if (!pointwise) setSumOfColumns(columns, G, s, to.data, to.start);
      apart(images, first, G);
    });
  },
  lowering: "conv2dInput",
  vjp: ([g, w], _y, u, _xShape, stride, padding, strong) => [
    () => apply(conv2dRule, [u, w], stride, padding, `${strong}x`),
    () => apply(conv2dWeightRule, [u, g], w.shape, stride, padding, `${strong}x`),
  ],
};

/** ∂s/∂w: the sum of shards of 64 images (shards.ts); in each, group by group, g [O, P·G] · columnsᵀ [P·G, K]. */
const conv2dWeightRule: Rule<[x: Tensor, g: Tensor], [wShape: Shape, stride: Pair, padding: Pair, strong: string]> = {
  name: "conv2dWeight",
  shape: (_inputs, wShape) => wShape,
  forward([x, g], y, wShape, stride, padding, strong) {
    const s = geometryOf(x.shape, wShape, stride, padding);
    const { K, P } = matrixSizes(s);
    const [[N], [O]] = [x.shape, wShape];
    const most = Math.min(N, SHARD, imagesPerGroup(K, P));
    const { images, outputs: cotangents, columns } = inGroups(s, most, x, g);
    const zeros = strongMatrices(strong, "g", "x");
    const term = new Float64Array(O * K);
    sumOfShards(N, y.data, (start, end, total) => {
      total.fill(0);
      forEachGroup(start, end, most, (first, G) => {
        const a = sideBySide(cotangents, first, G);
        const b = columnsOf(images, s, columns, first, G);
        strongMatmul(zeros, term, a.data, b.data, O, K, P * G, "NT", 0, a.start, b.start);
        for (let i = 0; i < term.length; i++) total[i] += term[i];
      });
    });
  },
  lowering: "conv2dWeight",
  vjp: ([x, g], _y, v, _wShape, stride, padding, strong) => [
    () => apply(conv2dInputRule, [g, v], x.shape, stride, padding, `${strong}w`),
    () => apply(conv2dRule, [x, v], stride, padding, `${strong}w`),
  ],
};

/**
 * y[n, o, i, j] = bias[o] + Σ_{c, a, b} w[o, c, a, b]·x[n, c, i·stride + a − padding, j·stride + b − padding], x being 0
 * outside: the cross-correlation that nets call a convolution.
 *
 * Gradient: to x the transposed convolution of g with w, to w the correlation of x with g, to the bias Σ g over all but o.
 * Shape: x [N, C, H, W], w [O, C, kh, kw], bias [O] → [N, O, ⌊(H + 2·padding − kh)/stride⌋ + 1, likewise].
 * Special cases: the zeros of the padding are multiplied, so that an infinite weight gives NaN there.
 * Cost: 2·N·O·C·kh·kw operations for each pixel of y. What the window covers is copied into a matrix first (im2col; C·kh·kw numbers
 * for each pixel of y, of the images of one group; 1×1 kernels read x as it is, its images side by side), since the product of
 * matrices is faster than loops over windows, and one for many images faster than many: [256, 32, 4, 4] * [4, 32, 3, 3] padded by 1
 * takes 3.2 ms, 37 image by image, [64, 16, 14, 14] * [16, 16, 3, 3] 17 ms and 39 (Node 20, x64, a busy machine).
 * Numerics: sums over C·kh·kw and over O as in `matmul`. The gradient to w is the sum of shards of 64 images, which are added pairwise;
 * in a shard the products for groups of ⌊512/positions⌋ images (at least one; fewer if C·kh·kw > 2,048) are added in order, each a sum
 * over the positions and, at each of them, over the images.
 * Throws ShapeError for shapes that do not fit and a kernel larger than the padded image; DomainError for a stride or
 * padding that is no integer ≥ 1, ≥ 0; LimitError when the matrix would be too large.
 *
 * @example
 * const x = reshape(arange(9), [1, 1, 3, 3]); // [[[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]]
 * conv2d(x, ones([1, 1, 2, 2])); // [[[[8, 12], [20, 24]]]], sums of four
 * conv2d(x, ones([5, 1, 3, 3]), zeros([5]), { padding: 1, stride: 2 }).shape; // [1, 5, 2, 2]
 */
export function conv2d(x: Operand, w: Operand, bias?: Operand, options: Conv2dOptions = {}): Variable {
  const [images, kernels] = [asTensor("conv2d", x), asTensor("conv2d", w)];
  if (typeof options !== "object" || options === null) {
    throw new DomainError(`conv2d: the options are { stride?, padding? }; got ${describeValue(options)}`);
  }
  const stride = pairOf("stride", options.stride ?? 1, 1);
  const padding = pairOf("padding", options.padding ?? 0, 0);
  const operands = `${formatShape(images.shape)} * ${formatShape(kernels.shape)}`;
  if (images.rank !== 4 || kernels.rank !== 4 || images.shape[1] !== kernels.shape[1]) {
    throw new ShapeError(`conv2d: x must be [N,C,H,W] and w [O,C,kh,kw]; ${operands}`);
  }
  const s = geometryOf(images.shape, kernels.shape, stride, padding);
  if (s.kernelHeight < 1 || s.kernelWidth < 1 || s.outputHeight < 1 || s.outputWidth < 1) {
    throw new ShapeError(
      `conv2d: the kernel must fit into the padded image; ${operands}, padding ${formatShape(padding)}`,
    );
  }
  const { K, P } = matrixSizes(s);
  if (K * P > MAXIMUM_SIZE) {
    throw new LimitError(`conv2d: at most ${MAXIMUM_SIZE} elements; ${operands} takes a matrix of [${K},${P}]`);
  }
  const y = apply(conv2dRule, [images, kernels], stride, padding, "");
  if (bias === undefined) return y;
  const shift = asTensor("conv2d", bias);
  const O = kernels.shape[0];
  if (shift.rank !== 1 || shift.size !== O) {
    throw new ShapeError(`conv2d: the bias must be [${O}]; got ${formatShape(shift.shape)}`);
  }
  return add(y, reshape(shift, [O, 1, 1]));
}

/** Rows and columns, from one number for both or a pair of them. */
function pairOf(name: string, value: number | readonly number[], least: number): Pair {
  const pair = typeof value === "number" ? [value, value] : value;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && n >= least)) {
    throw new DomainError(`conv2d: ${name} is an integer ≥ ${least}, or [rows, columns]; got ${describeValue(value)}`);
  }
  return [pair[0], pair[1]];
}
