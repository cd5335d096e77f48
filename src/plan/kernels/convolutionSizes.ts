import { geometryOf } from "../../autograd/ops/conv2d.ts";
import type { Geometry } from "../../tensor/kernels/convolution.ts";
import { imagesPerGroup } from "../../tensor/kernels/imageGroups.ts";
import { SHARD } from "../../tensor/kernels/shards.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Emitter } from "../emitter.ts";
import { groupsOf, type ImageRows, rowBytesOf } from "../imageRows.ts";
import type { Operand } from "../program.ts";

// N images, C channels of H·W pixels; O channels come out, at P positions; T taps, K = C·T; G images in a group. Images are rows of channels here
// (imageRows.ts), so that what a window covers lies in rows, and nothing has to be copied. Zeros of the padding are left out of sums: a sum that
// begins at 0 is never −0, and adding ±0 does not change it.

/** Of larger windows, code would be long. */
const MOST_TAPS = 25;

/** Rows and columns. */
export type Pair = readonly [number, number];

/** What the three ops are about: images, kernels, and what comes out. */
export interface Sizes {
  readonly s: Geometry;
  readonly O: number;
  readonly T: number;
  readonly images: ImageRows;
  readonly outputs: ImageRows;
}

/** The sizes of a convolution of images x with kernels w. */
export function sizesOf(x: Shape, w: Shape, stride: Pair, padding: Pair): Sizes {
  const s = geometryOf(x, w, stride, padding);
  const [[N], [O]] = [x, w];
  const T = s.kernelHeight * s.kernelWidth;
  const P = s.outputHeight * s.outputWidth;
  const group = Math.max(1, Math.min(N, SHARD, imagesPerGroup(s.channels * T, P)));
  return {
    ...{ s, O, T },
    images: { images: N, channels: s.channels, pixels: s.height * s.width, group },
    outputs: { images: N, channels: O, pixels: P, group },
  };
}

/** Whether the kernels here can do it. */
export function isSupported({ s, O, T, images }: Sizes): boolean {
  return T <= MOST_TAPS && images.images * O * s.channels > 0;
}

/** Images [N, C, H, W] from their place to rows, or back. */
function move(emit: Emitter, images: number, at: number, rows: ImageRows, back: boolean): void {
  const { channels, pixels } = rows;
  const rowBytes = rowBytesOf(rows);
  for (const { first, count } of groupsOf(rows.images, rows.group)) {
    const axes = [
      { length: count, image: 8 * channels * pixels, row: rowBytes },
      { length: pixels, image: 8, row: count * rowBytes },
      { length: channels, image: 8 * pixels, row: 8 },
    ];
    const [from, to] = [images + 8 * first * channels * pixels, at + first * pixels * rowBytes];
    if (back) {
      const backwards = axes.map(({ length, image, row }) => ({ length, from: row, to: image }));
      emit.copy(backwards, from, to);
    } else {
      const forwards = axes.map(({ length, image, row }) => ({ length, from: image, to: row }));
      emit.copy(forwards, to, from);
    }
  }
}

/** Where an input lies as rows: where it is, or else in the workspace. */
export function rowsOf(emit: Emitter, { storage }: Operand, rows: ImageRows, room: number): number {
  const { at } = emit.place(storage);
  if (emit.imageRows(storage)) return at;
  move(emit, at, room, rows, false);
  return room;
}

/** Where an output is to be written as rows, and what has to be done then. */
export function rowsFor(
  emit: Emitter,
  { storage }: Operand,
  rows: ImageRows,
  room: number,
): { at: number; done: () => void } {
  const { at } = emit.place(storage);
  if (emit.imageRows(storage)) return { at, done: () => {} };
  return { at: room, done: () => move(emit, at, room, rows, true) };
}
