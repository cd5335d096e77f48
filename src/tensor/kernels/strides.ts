import type { Shape } from "../shape.ts";

/** The row-major strides of a shape: how far apart in the buffer neighbours along each axis are. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The number of elements that one step along the axis jumps over. */
export function innerSize(shape: Shape, axis: number): number {
  let inner = 1;
  for (let i = axis + 1; i < shape.length; i++) inner *= shape[i];
  return inner;
}

/** The strides of an operand along the axes of the result: 0 where it is stretched. */
export function stretchedStrides(shape: Shape, operand: Shape): number[] {
  const strides: number[] = new Array(shape.length);
  const added = shape.length - operand.length;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = axis < added ? 1 : operand[axis - added];
    strides[axis] = length === 1 ? 0 : stride;
    stride *= length;
  }
  return strides;
}

/** Two arrays that are read together: the length of each axis, and the stride along it in either array (NumPy: `nditer`). */
export interface Iteration {
  readonly lengths: readonly number[];
  readonly stridesA: readonly number[];
  readonly stridesB: readonly number[];
}

/**
 * The same with as few axes as possible, but at least one: neighbouring axes that are one axis in both arrays are merged, axes of
 * length 1 are dropped.
 */
export function mergeAxes({ lengths, stridesA, stridesB }: Iteration): Iteration {
  const merged = { lengths: [] as number[], stridesA: [] as number[], stridesB: [] as number[] };
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    if (lengths[axis] === 1) continue;
    const last = merged.lengths.length - 1; // the axis to the right
    const areOne =
      last >= 0 &&
      stridesA[axis] === merged.stridesA[last] * merged.lengths[last] &&
      stridesB[axis] === merged.stridesB[last] * merged.lengths[last];
    if (areOne) {
      merged.lengths[last] *= lengths[axis];
    } else {
      merged.lengths.push(lengths[axis]);
      merged.stridesA.push(stridesA[axis]);
      merged.stridesB.push(stridesB[axis]);
    }
  }
  if (merged.lengths.length === 0) return { lengths: [1], stridesA: [0], stridesB: [0] };
  merged.lengths.reverse();
  merged.stridesA.reverse();
  merged.stridesB.reverse();
  return merged;
}

/** Calls visit with the offset in either array, for every index along the first `count` axes, in row-major order. */
export function forEachOffset(
  { lengths, stridesA, stridesB }: Iteration,
  count: number,
  visit: (ia: number, ib: number) => void,
): void {
  if (lengths.includes(0)) return;
  const index = new Array<number>(count).fill(0);
  let ia = 0;
  let ib = 0;
  for (let axis = 0; axis >= 0; ) {
    visit(ia, ib);
    for (axis = count - 1; axis >= 0; axis--) {
      ia += stridesA[axis];
      ib += stridesB[axis];
      if (++index[axis] < lengths[axis]) break;
      index[axis] = 0;
      ia -= stridesA[axis] * lengths[axis];
      ib -= stridesB[axis] * lengths[axis];
    }
  }
}
