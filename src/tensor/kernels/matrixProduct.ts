import { SHARD, sumOfShards } from "./shards.ts";

/** Which operand is read transposed: NN is A·B, TN is Aᵀ·B, NT is A·Bᵀ. */
export type Layout = "NN" | "TN" | "NT";

/** A·B and A·Bᵀ are summed in increasing k within chunks of this length, and the chunks are added in order. */
export const CHUNK = 256;

/**
 * C = A·B, Aᵀ·B or A·Bᵀ with C [M, N] and K the inner length.
 *
 * Aᵀ·B is a sum over rows (the gradient of weights, say, over those of a batch): it is summed in increasing k within shards of 64, which are
 * added pairwise (shards.ts). Every element of C is the same sum in the same order, wherever it lies.
 *
 * The matrices begin at startC, startA and startB in their buffers, so that stacks and parts of them need no views: `subarray` costs
 * more than a small product. `c` may hold anything before.
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
  if (layout === "TN" && K > SHARD) {
    sumOfShards(K, c.subarray(startC, startC + M * N), (start, end, to) => {
      to.fill(0);
      addProduct(to, a, b, M, N, start, end - start, K, layout, 0, startA, startB);
    });
    return;
  }
  c.fill(0, startC, startC + M * N);
  for (let k = 0; k < K; k += CHUNK) {
    addProduct(c, a, b, M, N, k, Math.min(CHUNK, K - k), K, layout, startC, startA, startB);
  }
}

/**
 * C += the product over k … k + count − 1.
 *
 * Layouts differ only in the strides along which A and B are read. The rows and columns of C are taken four by two: eight running
 * sums stay in registers while k runs, so that each number loaded is used two or four times. (4×2 is the widest tile that does not
 * spill registers in V8.) Two rows that are left over are taken two by four, a single row or column in strips of four.
 */
function addProduct(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  k: number,
  count: number,
  K: number,
  layout: Layout,
  startC: number,
  startA: number,
  startB: number,
): void {
  const downA = layout === "TN" ? 1 : K; // from A[i, k] to A[i+1, k]
  const stepA = layout === "TN" ? M : 1; // from A[i, k] to A[i, k+1]
  const downB = layout === "NT" ? 1 : N; // from B[k, j] to B[k+1, j]
  const stepB = layout === "NT" ? K : 1; // from B[k, j] to B[k, j+1]
  const rowsLeft = M % 4;
  const columnsInFours = N - (N % 4);
  let ia = startA + k * stepA;
  let ic = startC;
  const firstB = startB + k * downB;
  for (let i = 0; i + 4 <= M; i += 4, ia += 4 * downA, ic += 4 * N) {
    let j = 0;
    for (; j + 2 <= N; j += 2) {
      tile(c, ic + j, N, 1, a, ia, downA, stepA, b, firstB + j * stepB, stepB, downB, count);
    }
    if (j < N) strip(c, ic + j, N, b, firstB + j * stepB, downB, a, ia, downA, stepA, count, 4);
  }
  for (let j = 0; j < columnsInFours; j += 4) {
    const ib = firstB + j * stepB;
    if (rowsLeft >= 2) tile(c, ic + j, 1, N, b, ib, stepB, downB, a, ia, downA, stepA, count);
    if (rowsLeft % 2 === 1) {
      const last = rowsLeft - 1;
      strip(c, ic + last * N + j, 1, a, ia + last * downA, stepA, b, ib, stepB, downB, count, 4);
    }
  }
  for (let j = columnsInFours; j < N; j++) {
    strip(c, ic + j, N, b, firstB + j * stepB, downB, a, ia, downA, stepA, count, rowsLeft);
  }
}

/**
 * C[s, t] += Σ_k v_s[k]·w_t[k] over one chunk of k, for four vectors v and two vectors w: rows of A and columns of B, or the other
 * way round. From a vector to the next is downV or downW, from one of its numbers to the next stepV or stepW; likewise C[s, t] is
 * s·downC + t·acrossC further than C[0, 0].
 */
function tile(
  c: Float64Array,
  ic: number,
  downC: number,
  acrossC: number,
  v: Float64Array,
  iv: number,
  downV: number,
  stepV: number,
  w: Float64Array,
  iw: number,
  downW: number,
  stepW: number,
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
  for (let k = 0; k < count; k++, iv += stepV, iw += stepW) {
    const w0 = w[iw];
    const w1 = w[iw + downW];
    const v0 = v[iv];
    c00 += v0 * w0;
    c01 += v0 * w1;
    const v1 = v[iv + downV];
    c10 += v1 * w0;
    c11 += v1 * w1;
    const v2 = v[iv + 2 * downV];
    c20 += v2 * w0;
    c21 += v2 * w1;
    const v3 = v[iv + 3 * downV];
    c30 += v3 * w0;
    c31 += v3 * w1;
  }
  c[ic] += c00;
  c[ic + acrossC] += c01;
  c[ic + downC] += c10;
  c[ic + downC + acrossC] += c11;
  c[ic + 2 * downC] += c20;
  c[ic + 2 * downC + acrossC] += c21;
  c[ic + 3 * downC] += c30;
  c[ic + 3 * downC + acrossC] += c31;
}

/**
 * C[t] += Σ_k v[k]·w_t[k] over one chunk of k, for one vector v and up to four vectors w: a row of A and columns of B, or the other way
 * round. A single running sum would wait for each addition before it can begin the next, so four or two are taken at a time.
 */
function strip(
  c: Float64Array,
  ic: number,
  acrossC: number,
  v: Float64Array,
  iv: number,
  stepV: number,
  w: Float64Array,
  iw: number,
  downW: number,
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
      c1 += shared * w[iw + downW];
      c2 += shared * w[iw + 2 * downW];
      c3 += shared * w[iw + 3 * downW];
    }
    c[ic] += c0;
    c[ic + acrossC] += c1;
    c[ic + 2 * acrossC] += c2;
    c[ic + 3 * acrossC] += c3;
    return;
  }
  for (let t = 0; t < width; t += 2) {
    const other = t + 1 < width ? downW : 0; // without a partner a vector is its own
    let c0 = 0;
    let c1 = 0;
    for (let k = 0, from = iv, at = iw + t * downW; k < count; k++, from += stepV, at += stepW) {
      const shared = v[from];
      c0 += shared * w[at];
      c1 += shared * w[at + other];
    }
    c[ic + t * acrossC] += c0;
    if (other > 0) c[ic + (t + 1) * acrossC] += c1;
  }
}
