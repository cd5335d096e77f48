import type { Block } from "./block.ts";

/** A and B are copied, as they are needed, into strips of this many k … */
const DEPTH = 128;
/** … and B in strips for this many columns of C: 128·64 numbers are 64 kB, which stay in the cache. */
const WIDTH = 64;

/**
 * C ← C − A·B: each element of C, from what it is, less A[i, k]·B[k, j] for k = 0, 1, 2, …, one after the other.
 *
 * This is where factorisations spend their time. Because every element starts from its current value and takes its terms
 * in increasing k, a sum that is done in several calls (block after block of k) has the same bits as one done in one:
 * that is why blocked factorisations equal unblocked ones to the last bit.
 *
 * A is copied into strips of four rows, B into strips of two columns, so that the inner loop reads memory in order
 * however A and B lie; C is taken in tiles of 4×2, whose eight elements stay in registers while k runs. C may lie in the
 * same array as A and B, but must not overlap them.
 */
export function subtractProduct(C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  if (M === 0 || N === 0 || K === 0) return;
  const tiledRows = M - (M % 4);
  const tiledColumns = N - (N % 2);
  if (tiledRows === 0 || tiledColumns === 0) {
    edge(C, A, B, 0, M, 0, N, 0, K);
    return;
  }
  const fours = new Float64Array(4 * Math.min(K, DEPTH));
  const twos = new Float64Array(Math.min(K, DEPTH) * Math.min(tiledColumns, WIDTH));
  for (let k = 0; k < K; k += DEPTH) {
    const kEnd = Math.min(k + DEPTH, K);
    const count = kEnd - k;
    for (let j = 0; j < tiledColumns; j += WIDTH) {
      const jEnd = Math.min(j + WIDTH, tiledColumns);
      packTwos(twos, B, k, kEnd, j, jEnd);
      for (let i = 0; i < tiledRows; i += 4) {
        packFours(fours, A, i, k, kEnd);
        for (let jTile = j; jTile < jEnd; jTile += 2) tile(C, i, jTile, fours, twos, (jTile - j) * count, count);
      }
    }
    edge(C, A, B, 0, tiledRows, tiledColumns, N, k, kEnd);
    edge(C, A, B, tiledRows, M, 0, N, k, kEnd);
  }
}

/** fours[4·k + r] = A[i + r, k] */
function packFours(fours: Float64Array, A: Block, i: number, k: number, kEnd: number): void {
  const { data, rowStride, columnStride } = A;
  let from = A.start + i * rowStride + k * columnStride;
  for (let to = 0; to < 4 * (kEnd - k); to += 4, from += columnStride) {
    fours[to] = data[from];
    fours[to + 1] = data[from + rowStride];
    fours[to + 2] = data[from + 2 * rowStride];
    fours[to + 3] = data[from + 3 * rowStride];
  }
}

/** Columns j, j + 1 for all k, then j + 2, j + 3, …: twos[j·count + 2·k + c] = B[k, j + c]. */
function packTwos(twos: Float64Array, B: Block, k: number, kEnd: number, j: number, jEnd: number): void {
  const { data, rowStride, columnStride } = B;
  const count = kEnd - k;
  for (let row = 0; row < count; row++) {
    let from = B.start + (k + row) * rowStride + j * columnStride;
    for (let to = 2 * row; to < (jEnd - j) * count; to += 2 * count, from += 2 * columnStride) {
      twos[to] = data[from];
      twos[to + 1] = data[from + columnStride];
    }
  }
}

/** C[i…i+3, j…j+1] −= Σ_k fours[k]·twos[k], in order of k. */
function tile(
  C: Block,
  i: number,
  j: number,
  fours: Float64Array,
  twos: Float64Array,
  firstTwo: number,
  count: number,
): void {
  const { data: c, rowStride, columnStride } = C;
  const row0 = C.start + i * rowStride + j * columnStride;
  const row1 = row0 + rowStride;
  const row2 = row1 + rowStride;
  const row3 = row2 + rowStride;
  let c00 = c[row0];
  let c01 = c[row0 + columnStride];
  let c10 = c[row1];
  let c11 = c[row1 + columnStride];
  let c20 = c[row2];
  let c21 = c[row2 + columnStride];
  let c30 = c[row3];
  let c31 = c[row3 + columnStride];
  for (let ia = 0, ib = firstTwo; ia < 4 * count; ia += 4, ib += 2) {
    const b0 = twos[ib];
    const b1 = twos[ib + 1];
    const a0 = fours[ia];
    c00 -= a0 * b0;
    c01 -= a0 * b1;
    const a1 = fours[ia + 1];
    c10 -= a1 * b0;
    c11 -= a1 * b1;
    const a2 = fours[ia + 2];
    c20 -= a2 * b0;
    c21 -= a2 * b1;
    const a3 = fours[ia + 3];
    c30 -= a3 * b0;
    c31 -= a3 * b1;
  }
  c[row0] = c00;
  c[row0 + columnStride] = c01;
  c[row1] = c10;
  c[row1 + columnStride] = c11;
  c[row2] = c20;
  c[row2 + columnStride] = c21;
  c[row3] = c30;
  c[row3 + columnStride] = c31;
}

/** The same for the rows and columns that are left over, one element at a time. */
function edge(
  C: Block,
  A: Block,
  B: Block,
  i0: number,
  i1: number,
  j0: number,
  j1: number,
  k0: number,
  k1: number,
): void {
  const { data: c } = C;
  const { data: a, columnStride: stepA } = A;
  const { data: b, rowStride: stepB } = B;
  for (let i = i0; i < i1; i++) {
    for (let j = j0; j < j1; j++) {
      const ic = C.start + i * C.rowStride + j * C.columnStride;
      let ia = A.start + i * A.rowStride + k0 * stepA;
      let ib = B.start + k0 * stepB + j * B.columnStride;
      let entry = c[ic];
      for (let k = k0; k < k1; k++, ia += stepA, ib += stepB) entry -= a[ia] * b[ib];
      c[ic] = entry;
    }
  }
}
