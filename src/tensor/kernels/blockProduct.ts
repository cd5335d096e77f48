/**
 * As in matmul: products are summed in increasing k within chunks of this length, and the chunks are added in order.
 */
const CHUNK = 256;

/**
 * Rows of a product, C = W·H with W [M, K] at offset iw of w, H the first K rows of h [·, N], and C [M, N] at offset ic
 * of c.
 *
 * This is matmul for the small pieces of a sequential pass: it works within larger arrays, where `subarray` would cost
 * more than the arithmetic, and is quick for N = 1. N is 1 or a multiple of 4. Every element is the same sum in the
 * same order as matmul's.
 */
export function blockProduct(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  M: number,
  K: number,
  N: number,
): void {
  c.fill(0, ic, ic + M * N);
  for (let start = 0; start < K; start += CHUNK) {
    const count = Math.min(CHUNK, K - start);
    if (N === 1) column(c, ic, w, iw + start, h, start, M, K, count);
    else panel(c, ic, w, iw + start, h, start * N, M, K, N, count);
  }
}

/** N = 1: four rows at a time, because a single running sum waits for each addition before it can begin the next. */
function column(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  ih: number,
  M: number,
  K: number,
  count: number,
): void {
  let i = 0;
  for (; i + 3 < M; i += 4) {
    const w0 = iw + i * K;
    const w1 = w0 + K;
    const w2 = w1 + K;
    const w3 = w2 + K;
    let c0 = 0;
    let c1 = 0;
    let c2 = 0;
    let c3 = 0;
    for (let k = 0; k < count; k++) {
      const value = h[ih + k];
      c0 += w[w0 + k] * value;
      c1 += w[w1 + k] * value;
      c2 += w[w2 + k] * value;
      c3 += w[w3 + k] * value;
    }
    c[ic + i] += c0;
    c[ic + i + 1] += c1;
    c[ic + i + 2] += c2;
    c[ic + i + 3] += c3;
  }
  if (i + 1 < M) {
    const w0 = iw + i * K;
    const w1 = w0 + K;
    let c0 = 0;
    let c1 = 0;
    for (let k = 0; k < count; k++) {
      const value = h[ih + k];
      c0 += w[w0 + k] * value;
      c1 += w[w1 + k] * value;
    }
    c[ic + i] += c0;
    c[ic + i + 1] += c1;
    i += 2;
  }
  if (i < M) {
    const w0 = iw + i * K;
    let c0 = 0;
    for (let k = 0; k < count; k++) c0 += w[w0 + k] * h[ih + k];
    c[ic + i] += c0;
  }
}

/** N a multiple of 4: eight running sums in registers, as 4 rows × 2 columns, then 2 × 4, then 1 × 4. */
function panel(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  ih: number,
  M: number,
  K: number,
  N: number,
  count: number,
): void {
  let i = 0;
  for (; i + 3 < M; i += 4) {
    for (let j = 0; j < N; j += 2) fourByTwo(c, ic + i * N + j, w, iw + i * K, h, ih + j, K, N, count);
  }
  if (i + 1 < M) {
    for (let j = 0; j < N; j += 4) twoByFour(c, ic + i * N + j, w, iw + i * K, h, ih + j, K, N, count);
    i += 2;
  }
  if (i < M) {
    for (let j = 0; j < N; j += 4) oneByFour(c, ic + i * N + j, w, iw + i * K, h, ih + j, N, count);
  }
}

function fourByTwo(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  ih: number,
  K: number,
  N: number,
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
  for (let k = 0; k < count; k++, iw++, ih += N) {
    const h0 = h[ih];
    const h1 = h[ih + 1];
    const w0 = w[iw];
    c00 += w0 * h0;
    c01 += w0 * h1;
    const w1 = w[iw + K];
    c10 += w1 * h0;
    c11 += w1 * h1;
    const w2 = w[iw + 2 * K];
    c20 += w2 * h0;
    c21 += w2 * h1;
    const w3 = w[iw + 3 * K];
    c30 += w3 * h0;
    c31 += w3 * h1;
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

function twoByFour(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  ih: number,
  K: number,
  N: number,
  count: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  for (let k = 0; k < count; k++, iw++, ih += N) {
    const w0 = w[iw];
    const w1 = w[iw + K];
    const h0 = h[ih];
    c00 += w0 * h0;
    c10 += w1 * h0;
    const h1 = h[ih + 1];
    c01 += w0 * h1;
    c11 += w1 * h1;
    const h2 = h[ih + 2];
    c02 += w0 * h2;
    c12 += w1 * h2;
    const h3 = h[ih + 3];
    c03 += w0 * h3;
    c13 += w1 * h3;
  }
  c[ic] += c00;
  c[ic + 1] += c01;
  c[ic + 2] += c02;
  c[ic + 3] += c03;
  c[ic + N] += c10;
  c[ic + N + 1] += c11;
  c[ic + N + 2] += c12;
  c[ic + N + 3] += c13;
}

function oneByFour(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  ih: number,
  N: number,
  count: number,
): void {
  let c0 = 0;
  let c1 = 0;
  let c2 = 0;
  let c3 = 0;
  for (let k = 0; k < count; k++, ih += N) {
    const w0 = w[iw + k];
    c0 += w0 * h[ih];
    c1 += w0 * h[ih + 1];
    c2 += w0 * h[ih + 2];
    c3 += w0 * h[ih + 3];
  }
  c[ic] += c0;
  c[ic + 1] += c1;
  c[ic + 2] += c2;
  c[ic + 3] += c3;
}
