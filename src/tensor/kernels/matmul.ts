/** Which operand is read transposed: NN is A·B, TN is Aᵀ·B, NT is A·Bᵀ. */
export type Layout = "NN" | "TN" | "NT";

/** Products are summed in increasing k within chunks of this length, and the chunks are added in order. */
const CHUNK = 256;

/**
 * C = A·B, Aᵀ·B or A·Bᵀ with C [M, N] and K the inner length.
 *
 * Layouts differ only in the strides along which A and B are read. The rows and columns of C are taken four by two:
 * eight running sums stay in registers while k runs, so that each number loaded is used two or four times. Every element
 * of C is the same sum in the same order, whether it lies in a tile or at the edge.
 *
 * `c` may hold anything before. 4×2 is the widest tile that does not spill registers in V8.
 */
export function matmul(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  layout: Layout,
): void {
  const rowA = layout === "TN" ? 1 : K; // from A[i, k] to A[i+1, k]
  const stepA = layout === "TN" ? M : 1; // from A[i, k] to A[i, k+1]
  const stepB = layout === "NT" ? 1 : N; // from B[k, j] to B[k+1, j]
  const columnB = layout === "NT" ? K : 1; // from B[k, j] to B[k, j+1]
  c.fill(0);
  for (let start = 0; start < K; start += CHUNK) {
    const count = Math.min(CHUNK, K - start);
    const tiledRows = M - (M % 4);
    const tiledColumns = N - (N % 2);
    for (let i = 0; i < tiledRows; i += 4) {
      const ia = i * rowA + start * stepA;
      for (let j = 0; j < tiledColumns; j += 2) {
        tile(c, i * N + j, N, a, ia, rowA, stepA, b, j * columnB + start * stepB, columnB, stepB, count);
      }
      if (tiledColumns < N) edge(c, N, a, rowA, stepA, b, columnB, stepB, i, i + 4, tiledColumns, N, start, count);
    }
    if (tiledRows < M) edge(c, N, a, rowA, stepA, b, columnB, stepB, tiledRows, M, 0, N, start, count);
  }
}

/** C[i…i+3, j…j+1] += Σ_k A[i…i+3, k]·B[k, j…j+1] over one chunk of k. */
function tile(
  c: Float64Array,
  ic: number,
  N: number,
  a: Float64Array,
  ia: number,
  rowA: number,
  stepA: number,
  b: Float64Array,
  ib: number,
  columnB: number,
  stepB: number,
  count: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c10 = 0;
  let c11 = 0;
  let c20 = 0;
  let c21 = 0;
  let c30 = 0;
  let c31 = 0;
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) {
    const b0 = b[ib];
    const b1 = b[ib + columnB];
    const a0 = a[ia];
    c00 += a0 * b0;
    c01 += a0 * b1;
    const a1 = a[ia + rowA];
    c10 += a1 * b0;
    c11 += a1 * b1;
    const a2 = a[ia + 2 * rowA];
    c20 += a2 * b0;
    c21 += a2 * b1;
    const a3 = a[ia + 3 * rowA];
    c30 += a3 * b0;
    c31 += a3 * b1;
  }
  c[ic] += c00;
  c[ic + 1] += c01;
  c[ic + N] += c10;
  c[ic + N + 1] += c11;
  c[ic + 2 * N] += c20;
  c[ic + 2 * N + 1] += c21;
  c[ic + 3 * N] += c30;
  c[ic + 3 * N + 1] += c31;
}

/** The same for the rows and columns that are left over, one element at a time. */
function edge(
  c: Float64Array,
  N: number,
  a: Float64Array,
  rowA: number,
  stepA: number,
  b: Float64Array,
  columnB: number,
  stepB: number,
  firstRow: number,
  endRow: number,
  firstColumn: number,
  endColumn: number,
  start: number,
  count: number,
): void {
  for (let i = firstRow; i < endRow; i++) {
    for (let j = firstColumn; j < endColumn; j++) {
      let sum = 0;
      let ia = i * rowA + start * stepA;
      let ib = j * columnB + start * stepB;
      for (let k = 0; k < count; k++, ia += stepA, ib += stepB) sum += a[ia] * b[ib];
      c[i * N + j] += sum;
    }
  }
}
