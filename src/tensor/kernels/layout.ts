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

/** Copies [outer, width] between a part and the columns [start, start + width) of a whole of [outer, total]. */
export function copyColumns(
  from: Float64Array,
  fromWidth: number,
  fromStart: number,
  to: Float64Array,
  toWidth: number,
  toStart: number,
  width: number,
): void {
  if (width === 0) return;
  for (
    let ifrom = fromStart, ito = toStart;
    ifrom < from.length && ito < to.length;
    ifrom += fromWidth, ito += toWidth
  ) {
    for (let k = 0; k < width; k++) to[ito + k] = from[ifrom + k];
  }
}

/** y[j, i] = x[i, j], for each matrix of a stack. */
export function transposeMatrices(x: Float64Array, rows: number, columns: number, y: Float64Array): void {
  for (let start = 0; start < x.length; start += rows * columns) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) y[start + j * rows + i] = x[start + i * columns + j];
    }
  }
}
