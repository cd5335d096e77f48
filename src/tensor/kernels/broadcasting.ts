import type { Tensor } from "../tensor.ts";
import { forEachOffset, type Iteration, mergeAxes, stretchedStrides } from "./strides.ts";

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

/** y, and a and b stretched to its shape, read together. */
export function iterationOf(y: Tensor, a: Tensor, b: Tensor): Iteration {
  return mergeAxes({
    lengths: y.shape,
    stridesA: stretchedStrides(y.shape, a.shape),
    stridesB: stretchedStrides(y.shape, b.shape),
  });
}

/**
 * y = a ⊕ b under broadcasting: cuts y into the longest runs along which each operand has stride 1, or 0, and calls the loop for
 * every run. Operands of equal shape, and scalars, are one single run.
 */
export function broadcast(
  loop: BinaryLoop,
  a: Tensor,
  b: Tensor,
  y: Tensor,
  iteration: Iteration = iterationOf(y, a, b),
): void {
  const last = iteration.lengths.length - 1;
  const [count, stepA, stepB] = [iteration.lengths[last], iteration.stridesA[last], iteration.stridesB[last]];
  let iy = 0;
  forEachOffset(iteration, last, (ia, ib) => {
    loop(y.data, iy, a.data, ia, stepA, b.data, ib, stepB, count);
    iy += count;
  });
}
