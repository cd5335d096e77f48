import { reshape } from "../../autograd/ops/broadcast.ts";
import { take } from "../../autograd/ops/indexing.ts";
import { where } from "../../autograd/ops/selection.ts";
import { concat } from "../../autograd/ops/shape.ts";
import type { Variable } from "../../autograd/variable.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { inversePermutation } from "./permutation.ts";

// B batch, D numbers in one point, Da of them passing and Db moved, P raw numbers per moved one; C channels, H height, W width

/** How a coupling divides its points into what passes and what is moved. */
export interface Partition {
  /** What the net sees: coordinates of vectors, channels of images. */
  readonly inputs: number;
  /** For how many coordinates, or channels, the net speaks: it gives P numbers for each. */
  readonly outputs: number;
  /** What passes and what is moved, and the net's view of what passes. */
  divide(x: Tensor): { readonly passing: Variable; readonly moved: Variable; readonly seen: Variable };
  /** The raw numbers of what is moved, out of all that the net gives. */
  rawOfMoved(output: Variable): Variable;
  /** The point again. */
  join(passing: Variable, moved: Variable): Variable;
}

/**
 * The partition that a mask, flat in the order of the point, stands for.
 *
 * A mask of a vector, or one that is constant over each channel of an image, divides along axis 1, and the net sees only what
 * passes. Any other mask divides pixel by pixel: the net sees the whole image with zeros where it is moved, speaks for every
 * pixel, and only what it says about moved ones is used.
 *
 * Throws DomainError unless the mask is made of zeros and ones, some of each; ShapeError for another length.
 */
export function partitionOf(operation: string, shape: Shape, mask: ArrayLike<number>): Partition {
  const D = sizeOf(shape);
  if (D < 2) throw new DomainError(`${operation}: D must be at least 2; got ${D}`);
  if (mask.length !== D) {
    throw new ShapeError(`${operation}: the mask needs one entry per coordinate; got ${mask.length} for D = ${D}`);
  }
  const entries = Array.from(mask);
  const [passing, moved] = [1, 0].map((role) => entries.flatMap((entry, i) => (entry === role ? [i] : [])));
  if (passing.length + moved.length !== D || passing.length === 0 || moved.length === 0) {
    throw new DomainError(`${operation}: a mask has zeros and ones, and some of each; got ${describeValue(entries)}`);
  }
  const places = D / shape[0]; // H·W, 1 for vectors
  const constant = entries.every((entry, i) => entry === entries[i - (i % places)]);
  if (!constant) return byPixels(shape, entries, passing, moved);
  const channels = (indices: readonly number[]): number[] =>
    indices.filter((i) => i % places === 0).map((i) => i / places);
  return byChannels(channels(passing), channels(moved));
}

/** Along axis 1: coordinates of vectors, channels of images. */
function byChannels(passing: readonly number[], moved: readonly number[]): Partition {
  const restore = inversePermutation([...passing, ...moved]);
  return {
    inputs: passing.length,
    outputs: moved.length,
    divide(x) {
      const xa = take(x, passing, 1); // [B, Da] or [B, Ca, H, W]
      return { passing: xa, moved: take(x, moved, 1), seen: xa };
    },
    rawOfMoved: (output) => output,
    join: (a, b) => take(concat([a, b], 1), restore, 1),
  };
}

/** Pixel by pixel: what passes and what is moved are vectors of entries. */
function byPixels(
  shape: Shape,
  entries: readonly number[],
  passing: readonly number[],
  moved: readonly number[],
): Partition {
  const C = shape[0];
  const D = sizeOf(shape);
  const restore = inversePermutation([...passing, ...moved]);
  const passes = new Tensor(Float64Array.from(entries), shape);
  return {
    inputs: C,
    outputs: C,
    divide(x) {
      const flat = reshape(x, [x.shape[0], D]);
      return { passing: take(flat, passing, 1), moved: take(flat, moved, 1), seen: where(passes, x, 0) };
    },
    rawOfMoved(output) {
      const P = output.shape[1] / C; // parameter after parameter: number p of entry i stands at p·D + i
      const places = Array.from({ length: P }, (_, p) => moved.map((i) => p * D + i)).flat();
      return take(reshape(output, [output.shape[0], P * D]), places, 1); // [B, P·Db]
    },
    join: (a, b) => reshape(take(concat([a, b], 1), restore, 1), [a.shape[0], ...shape]),
  };
}
