import type { Shape } from "../shape.ts";
import { innerSize } from "./strides.ts";

// Along one axis, an extremum may be reached several times. Arrays are seen as [outer, count, inner] and [outer, inner].

/** Whether a value is the extremum; if that is NaN, every NaN is. */
function reaches(value: number, extremum: number): boolean {
  return value === extremum || (value !== value && extremum !== extremum);
}

function countTies(x: Float64Array, start: number, stride: number, count: number, extremum: number): number {
  let ties = 0;
  for (let k = 0; k < count; k++) if (reaches(x[start + k * stride], extremum)) ties++;
  return ties;
}

/** y = g/ties where x is the extremum of its lane, 0 elsewhere. */
export function shareAmongTies(
  g: Float64Array,
  x: Float64Array,
  extremum: Float64Array,
  shape: Shape,
  axis: number,
  y: Float64Array,
): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  for (let ig = 0, start = 0; ig < g.length; ig += inner, start += count * inner) {
    for (let j = 0; j < inner; j++) {
      const value = extremum[ig + j];
      const share = g[ig + j] / countTies(x, start + j, inner, count, value);
      for (let k = 0, i = start + j; k < count; k++, i += inner) y[i] = reaches(x[i], value) ? share : 0;
    }
  }
}

/** y = the mean of u over the elements at which x is the extremum of its lane: the adjoint of shareAmongTies. */
export function collectTies(
  u: Float64Array,
  x: Float64Array,
  extremum: Float64Array,
  shape: Shape,
  axis: number,
  y: Float64Array,
): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  for (let iy = 0, start = 0; iy < y.length; iy += inner, start += count * inner) {
    for (let j = 0; j < inner; j++) {
      const value = extremum[iy + j];
      const ties = countTies(x, start + j, inner, count, value);
      let total = 0;
      for (let k = 0, i = start + j; k < count; k++, i += inner) if (reaches(x[i], value)) total += u[i] / ties;
      y[iy + j] = total;
    }
  }
}
