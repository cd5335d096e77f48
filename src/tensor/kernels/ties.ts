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

/** What to do with a lane, the numbers start + k·stride, k < count, and the place of its extremum. */
type OnLane = (at: number, start: number, stride: number, count: number) => void;

/** Every lane along the axis, in the order of their extrema. */
function forEachLane(shape: Shape, axis: number, lanes: number, f: OnLane): void {
  const count = shape[axis];
  const inner = innerSize(shape, axis);
  for (let at = 0; at < lanes; at++) {
    const j = at % inner;
    f(at, (at - j) * count + j, inner, count);
  }
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
  forEachLane(shape, axis, g.length, (at, start, stride, count) => {
    const share = g[at] / countTies(x, start, stride, count, extremum[at]);
    for (let k = 0, i = start; k < count; k++, i += stride) y[i] = reaches(x[i], extremum[at]) ? share : 0;
  });
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
  forEachLane(shape, axis, y.length, (at, start, stride, count) => {
    const ties = countTies(x, start, stride, count, extremum[at]);
    y[at] = 0;
    for (let k = 0, i = start; k < count; k++, i += stride) if (reaches(x[i], extremum[at])) y[at] += u[i] / ties;
  });
}
