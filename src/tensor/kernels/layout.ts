import type { Shape } from "../shape.ts";
import { mergeAxes, stridesOf } from "./strides.ts";

/**
 * Moves of whole elements. An array is seen as [outer, length, inner] around the axis in question.
 */

/** y[o, i, :] = x[o, indices[i], :] */
export function takeAxis(
  x: Float64Array,
  length: number,
  indices: readonly number[],
  inner: number,
  y: Float64Array,
): void {
  let iy = 0;
  for (let row = 0; iy < y.length; row += length) {
    for (let i = 0; i < indices.length; i++) {
      const ix = (row + indices[i]) * inner;
      for (let k = 0; k < inner; k++) y[iy++] = x[ix + k];
    }
  }
}

/** y[o, indices[i], :] += g[o, i, :], from zero: repeated indices add up in order. The adjoint of takeAxis. */
export function scatterAddAxis(
  g: Float64Array,
  length: number,
  indices: readonly number[],
  inner: number,
  y: Float64Array,
): void {
  y.fill(0);
  let ig = 0;
  for (let row = 0; ig < g.length; row += length) {
    for (let i = 0; i < indices.length; i++) {
      const iy = (row + indices[i]) * inner;
      for (let k = 0; k < inner; k++) y[iy + k] += g[ig++];
    }
  }
}

/**
 * Where in x the elements are that `indices` chooses along an axis, as `gather` reads them: at the index of each element of
 * `indices`, but for the axis, where the element itself stands, counted from either end.
 */
export function gatherOffsets(indices: Float64Array, shape: Shape, xShape: Shape, axis: number): Int32Array {
  const offsets = new Int32Array(indices.length); // 2³⁰ at most
  const strides = stridesOf(xShape);
  const index = new Array<number>(shape.length).fill(0);
  let base = 0;
  for (let i = 0; i < indices.length; i++) {
    const chosen = indices[i] < 0 ? indices[i] + xShape[axis] : indices[i];
    offsets[i] = base + chosen * strides[axis];
    for (let k = shape.length - 1; k >= 0; k--) {
      if (k !== axis) base += strides[k];
      if (++index[k] < shape[k]) break;
      if (k !== axis) base -= strides[k] * shape[k];
      index[k] = 0;
    }
  }
  return offsets;
}

/** y[i] = x[offsets[i]] */
export function gatherAt(x: Float64Array, offsets: Int32Array, y: Float64Array): void {
  for (let i = 0; i < offsets.length; i++) y[i] = x[offsets[i]];
}

/** y[offsets[i]] += g[i], from zero: repeated offsets add up in order. The adjoint of gatherAt. */
export function scatterAddAt(g: Float64Array, offsets: Int32Array, y: Float64Array): void {
  y.fill(0);
  for (let i = 0; i < offsets.length; i++) y[offsets[i]] += g[i];
}

/** y = x where low ≤ j − i ≤ high, 0 elsewhere, for each matrix [rows, columns] of a stack. */
export function copyBand(
  x: Float64Array,
  rows: number,
  columns: number,
  low: number,
  high: number,
  y: Float64Array,
): void {
  y.fill(0);
  for (let row = 0, i = 0; row < x.length; row += columns, i = i + 1 < rows ? i + 1 : 0) {
    const end = Math.min(columns, i + high + 1);
    for (let j = Math.max(0, i + low); j < end; j++) y[row + j] = x[row + j];
  }
}

/** Part of an array seen as a tensor: its element (i, j, …) is at start + i·strides[0] + j·strides[1] + … */
export interface View {
  readonly start: number;
  readonly strides: readonly number[];
}

/**
 * Copies elements between two views of the same lengths: to[i, j, …] = from[i, j, …]. It serves permutations of axes, slices
 * with any steps, diagonals, and the adjoints of all these.
 *
 * The two innermost loops go along the last axis and the one along which `from` is closest together: when these are
 * different axes, as in a transpose, they go in tiles that fit the cache.
 */
export function copyStrided(
  lengths: readonly number[],
  from: Float64Array,
  fromView: View,
  to: Float64Array,
  toView: View,
): void {
  if (lengths.includes(0)) return;
  const iteration = mergeAxes({ lengths, stridesA: fromView.strides, stridesB: toView.strides });
  const inner = iteration.lengths.length - 1;
  let cross = inner - 1; // −1 if there is only one axis
  for (let axis = 0; axis < inner; axis++) {
    if (Math.abs(iteration.stridesA[axis]) < Math.abs(iteration.stridesA[cross])) cross = axis;
  }
  const outer = iteration.lengths.map((_, axis) => axis).filter((axis) => axis < inner && axis !== cross);
  const rows = cross < 0 ? 1 : iteration.lengths[cross];
  const columns = iteration.lengths[inner];
  const [rowFrom, rowTo] = cross < 0 ? [0, 0] : [iteration.stridesA[cross], iteration.stridesB[cross]];
  const [columnFrom, columnTo] = [iteration.stridesA[inner], iteration.stridesB[inner]];
  const crossed = cross >= 0 && Math.abs(rowFrom) < Math.abs(columnFrom);
  const tile = crossed ? TILE : Math.max(rows, columns);

  const index = new Array<number>(outer.length).fill(0);
  let ifrom = fromView.start;
  let ito = toView.start;
  for (let left = outer.reduce((count, axis) => count * iteration.lengths[axis], 1); left > 0; left--) {
    for (let i = 0; i < rows; i += tile) {
      for (let j = 0; j < columns; j += tile) {
        copyTile(
          Math.min(tile, rows - i),
          Math.min(tile, columns - j),
          from,
          ifrom + i * rowFrom + j * columnFrom,
          rowFrom,
          columnFrom,
          to,
          ito + i * rowTo + j * columnTo,
          rowTo,
          columnTo,
        );
      }
    }
    for (let k = outer.length - 1; k >= 0; k--) {
      const axis = outer[k];
      ifrom += iteration.stridesA[axis];
      ito += iteration.stridesB[axis];
      if (++index[k] < iteration.lengths[axis]) break;
      index[k] = 0;
      ifrom -= iteration.stridesA[axis] * iteration.lengths[axis];
      ito -= iteration.stridesB[axis] * iteration.lengths[axis];
    }
  }
}

/**
 * The side of the tiles of a transposing copy: 8 kB on either side. A transpose of [1024, 1024] takes 2.5 ms where plain
 * loops take 8 (a power of two is the worst case of the cache), of [1000, 1000] 1.9 ms instead of 1.7 (Node 20, x64).
 */
const TILE = 32;
/** From this length on a run of neighbours is copied as a block, in a half or a third of the time (10,000 rows of 64 … 200, Node 20). */
const BLOCK = 64;

function copyTile(
  rows: number,
  columns: number,
  from: Float64Array,
  fromStart: number,
  rowFrom: number,
  columnFrom: number,
  to: Float64Array,
  toStart: number,
  rowTo: number,
  columnTo: number,
): void {
  if (columnFrom === 1 && columnTo === 1 && columns >= BLOCK) {
    for (let i = 0; i < rows; i++) {
      const ifrom = fromStart + i * rowFrom;
      to.set(from.subarray(ifrom, ifrom + columns), toStart + i * rowTo);
    }
    return;
  }
  for (let i = 0; i < rows; i++) {
    let ifrom = fromStart + i * rowFrom;
    let ito = toStart + i * rowTo;
    for (let j = 0; j < columns; j++, ifrom += columnFrom, ito += columnTo) to[ito] = from[ifrom];
  }
}
