import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

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
  const { lengths, stridesA, stridesB } = mergeAxes(y.shape, a.shape, b.shape);
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

/**
 * The axes of the result with each operand's strides (0 where it is stretched); neighbouring axes along which both
 * operands go on evenly are merged into one, and axes of length 1 vanish.
 */
function mergeAxes(shape: Shape, a: Shape, b: Shape): { lengths: number[]; stridesA: number[]; stridesB: number[] } {
  const lengths: number[] = [];
  const stridesA: number[] = [];
  const stridesB: number[] = [];
  let sizeA = 1;
  let sizeB = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const lengthA = a[axis - shape.length + a.length] ?? 1;
    const lengthB = b[axis - shape.length + b.length] ?? 1;
    const strideA = lengthA === 1 ? 0 : sizeA;
    const strideB = lengthB === 1 ? 0 : sizeB;
    sizeA *= lengthA;
    sizeB *= lengthB;
    if (shape[axis] === 1) continue;
    const last = lengths.length - 1;
    if (last >= 0 && strideA === stridesA[last] * lengths[last] && strideB === stridesB[last] * lengths[last]) {
      lengths[last] *= shape[axis];
    } else {
      lengths.push(shape[axis]);
      stridesA.push(strideA);
      stridesB.push(strideB);
    }
  }
  if (lengths.length === 0) return { lengths: [1], stridesA: [0], stridesB: [0] };
  return { lengths: lengths.reverse(), stridesA: stridesA.reverse(), stridesB: stridesB.reverse() };
}
