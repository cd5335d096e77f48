import type { Tensor } from "../tensor.ts";
import { mergeAxes, stretchedStrides } from "./strides.ts";

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

/**
 * y = a ⊕ b under broadcasting: cuts y into runs along which each operand either moves by one or stands still, as long
 * as they get, and gives every run to the loop. Operands of equal shape, and scalars, are one single run.
 */
export function broadcast(loop: BinaryLoop, a: Tensor, b: Tensor, y: Tensor): void {
  if (y.size === 0) return;
  const { lengths, stridesA, stridesB } = mergeAxes({
    lengths: y.shape,
    stridesA: stretchedStrides(y.shape, a.shape),
    stridesB: stretchedStrides(y.shape, b.shape),
  });
  const inner = lengths.length - 1;
  const count = lengths[inner];
  const index = new Array<number>(inner).fill(0);
  let ia = 0;
  let ib = 0;
  for (let iy = 0; iy < y.size; iy += count) {
    loop(y.data, iy, a.data, ia, stridesA[inner], b.data, ib, stridesB[inner], count);
    for (let axis = inner - 1; axis >= 0; axis--) {
      ia += stridesA[axis];
      ib += stridesB[axis];
      if (++index[axis] < lengths[axis]) break;
      index[axis] = 0;
      ia -= stridesA[axis] * lengths[axis];
      ib -= stridesB[axis] * lengths[axis];
    }
  }
}
