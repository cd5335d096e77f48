// Which channels or pixels of an image pass a coupling, and which are moved.
import { reshape } from "../../autograd/ops/broadcast.ts";
import { take } from "../../autograd/ops/indexing.ts";
import { where } from "../../autograd/ops/selection.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Split } from "./coupling.ts";

// B batch, D numbers in one point, Db of them moved, P raw numbers per moved one; C channels, H height, W width

/** A flat mask as one of channels, if it is constant over each channel, as that of a vector always is; else null. */
export function maskOfChannels(mask: readonly number[], [C]: Shape): number[] | null {
  const pixels = mask.length / C; // H·W, 1 for vectors
  const constant = mask.every((entry, i) => entry === mask[i - (i % pixels)]);
  return constant ? Array.from({ length: C }, (_, c) => mask[c * pixels]) : null;
}

/**
 * Any other mask of an image [C, H, W] splits pixel by pixel: x_a and x_b are vectors of entries, split as `flat`. The net sees the image with
 * zeros where it is moved and speaks for every pixel, and only what it says about moved ones is used.
 *
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §3.4, https://arxiv.org/abs/1605.08803.
 */
export function pixelSplit(mask: readonly number[], shape: Shape, flat: Split): Split {
  const [C] = shape;
  const D = sizeOf(shape);
  const moved = mask.flatMap((entry, i) => (entry === 0 ? [i] : []));
  const passes = new Tensor(Float64Array.from(mask), shape);
  return {
    inputs: C,
    outputs: C,
    divide: (x) => ({ ...flat.divide(reshape(x, [x.shape[0], D])), seen: where(passes, x, 0) }),
    rawOfMoved(output) {
      const P = output.shape[1] / C; // parameter after parameter: number p of entry i stands at p·D + i
      const places = Array.from({ length: P }, (_, p) => moved.map((i) => p * D + i)).flat();
      return take(reshape(output, [output.shape[0], P * D]), places, 1); // [B, P·Db]
    },
    join: (xa, xb) => reshape(flat.join(xa, xb), [xa.shape[0], ...shape]),
  };
}
