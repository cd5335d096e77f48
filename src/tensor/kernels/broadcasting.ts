import type { Tensor } from "../tensor.ts";
import { forEachPlace, mergeAxes, stretchedStrides, type Walk } from "./strides.ts";

/**
 * The inner loop of a binary operation: y[iy + k] = a[ia + k·stepA] ⊕ b[ib + k·stepB] for k < count.
 * A step is 1 along an operand's own elements, 0 where the operand is stretched.
 */
export type BinaryLoop = (
  y: Float64Array,
  iy: number,
  a: Float64Array,
  ia: number,
  stepA: number,
  b: Float64Array,
  ib: number,
  stepB: number,
  count: number,
) => void;

/** The walk through y, and through a and b stretched to its shape. */
export function walkOf(y: Tensor, a: Tensor, b: Tensor): Walk {
  return mergeAxes({
    lengths: y.shape,
    stridesA: stretchedStrides(y.shape, a.shape),
    stridesB: stretchedStrides(y.shape, b.shape),
  });
}

/**
 * y = a ⊕ b under broadcasting: cuts y into runs along which each operand either moves by one or stands still, as long
 * as they get, and gives every run to the loop. Operands of equal shape, and scalars, are one single run.
 */
export function broadcast(loop: BinaryLoop, a: Tensor, b: Tensor, y: Tensor, walk: Walk = walkOf(y, a, b)): void {
  const last = walk.lengths.length - 1;
  const [count, stepA, stepB] = [walk.lengths[last], walk.stridesA[last], walk.stridesB[last]];
  let iy = 0;
  forEachPlace(walk, last, (ia, ib) => {
    loop(y.data, iy, a.data, ia, stepA, b.data, ib, stepB, count);
    iy += count;
  });
}
