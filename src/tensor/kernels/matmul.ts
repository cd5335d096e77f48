/** Which operand is read transposed: NN is A·B, TN is Aᵀ·B, NT is A·Bᵀ. */
export type Layout = "NN" | "TN" | "NT";

/** Products are summed in increasing k within chunks of this length, and the chunks are added in order. */
const CHUNK = 256;

/**
 * C = A·B, Aᵀ·B or A·Bᵀ with C [M, N] and K the inner length.
 *
 * Layouts differ only in the strides along which A and B are read. The rows and columns of C are taken four by two:
 * eight running sums stay in registers while k runs, so that each number loaded is used two or four times. What is left
 * over at the edges is taken in strips of four. Every element of C is the same sum in the same order, wherever it lies.
 *
 * The matrices begin at startC, startA and startB in their buffers, so that stacks of them need no views. `c` may hold
 * anything before. 4×2 is the widest tile that does not spill registers in V8.
 */
export function matmul(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  layout: Layout,
  startC = 0,
  startA = 0,
  startB = 0,
): void {
  const rowA = layout === "TN" ? 1 : K; // from A[i, k] to A[i+1, k]
  const stepA = layout === "TN" ? M : 1; // from A[i, k] to A[i, k+1]
  const stepB = layout === "NT" ? 1 : N; // from B[k, j] to B[k+1, j]
  const columnB = layout === "NT" ? K : 1; // from B[k, j] to B[k, j+1]
  const tiledRows = M - (M % 4);
  const tiledColumns = N - (N % 2);
  c.fill(0, startC, startC + M * N);
  for (let start = 0; start < K; start += CHUNK) {
    const count = Math.min(CHUNK, K - start);
    const firstA = startA + start * stepA;
    const firstB = startB + start * stepB;
    for (let i = 0; i < tiledRows; i += 4) {
      const ia = firstA + i * rowA;
      const ic = startC + i * N;
      for (let j = 0; j < tiledColumns; j += 2) {
        tile(c, ic + j, N, a, ia, rowA, stepA, b, firstB + j * columnB, columnB, stepB, count);
      }
      if (tiledColumns < N) {
        // the last column: four rows of A with one column of B
        strip(c, ic + tiledColumns, N, b, firstB + tiledColumns * columnB, stepB, a, ia, rowA, stepA, count, 4);
      }
    }
    for (let i = tiledRows; i < M; i++) {
      // the last rows: one row of A with four columns of B
      for (let j = 0; j < N; j += 4) {
        const width = Math.min(4, N - j);
        strip(
          c,
          startC + i * N + j,
          1,
          a,
          firstA + i * rowA,
          stepA,
          b,
          firstB + j * columnB,
          columnB,
          stepB,
          count,
          width,
        );
      }
    }
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

/**
 * Up to four elements of C, stepC apart, that share one vector v (a row of A or a column of B) and each have their own w,
 * `next` apart: C[t] += Σ_k v[k]·w_t[k] over one chunk of k.
 */
function strip(
  c: Float64Array,
  ic: number,
  stepC: number,
  v: Float64Array,
  iv: number,
  stepV: number,
  w: Float64Array,
  iw: number,
  next: number,
  stepW: number,
  count: number,
  width: number,
): void {
  if (width === 4) {
    let c0 = 0;
    let c1 = 0;
    let c2 = 0;
    let c3 = 0;
    for (let k = 0; k < count; k++, iv += stepV, iw += stepW) {
      const shared = v[iv];
      c0 += shared * w[iw];
      c1 += shared * w[iw + next];
      c2 += shared * w[iw + 2 * next];
      c3 += shared * w[iw + 3 * next];
    }
    c[ic] += c0;
    c[ic + stepC] += c1;
    c[ic + 2 * stepC] += c2;
    c[ic + 3 * stepC] += c3;
    return;
  }
  for (let t = 0; t < width; t++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += v[iv + k * stepV] * w[iw + t * next + k * stepW];
    c[ic + t * stepC] += sum;
  }
}
