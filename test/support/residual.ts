// Residuals of factorisations, in about twice the working precision: what is measured must not be the measuring.

/** 2²⁷ + 1: splits 53 bits into 26 and 26 (the sign is the 53rd). */
const SPLITTER = 134_217_729;

/** The leading 26 bits of each number (Veltkamp). Numbers must stay below 2⁹⁷⁰. */
function highParts(x: Float64Array): Float64Array {
  return x.map((value) => {
    const scaled = SPLITTER * value;
    return scaled - (scaled - value);
  });
}

/**
 * A − B·C for A [m, n], B [m, K], C [K, n]: products exact by Dekker's method, sums with their rounding errors carried along.
 *
 * Reference: Ogita, Rump & Oishi (2005), Accurate sum and dot product, algorithm 5.3.
 */
export function residual(A: Float64Array, B: Float64Array, C: Float64Array, m: number, n: number): Float64Array {
  const K = m === 0 ? 0 : B.length / m;
  const [highB, highC] = [highParts(B), highParts(C)];
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = A[i * n + j];
      let lost = 0;
      for (let k = 0; k < K; k++) {
        const [ib, ic] = [i * K + k, k * n + j];
        if (B[ib] === 0 || C[ic] === 0) continue;
        const product = -B[ib] * C[ic];
        const [hb, hc] = [highB[ib], highC[ic]];
        const [lb, lc] = [B[ib] - hb, C[ic] - hc];
        const productError = -(lb * lc - (-product - hb * hc - lb * hc - hb * lc));
        const next = sum + product;
        const virtual = next - sum;
        lost += sum - (next - virtual) + (product - virtual) + productError;
        sum = next;
      }
      result[i * n + j] = sum + lost;
    }
  }
  return result;
}

/** ‖A‖₁ of A [m, n], the largest column sum; NaN if anything is. */
export function norm1(A: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  A.forEach((value, k) => {
    sums[k % n] += Math.abs(value);
  });
  return sums.reduce((largest, sum) => (sum <= largest ? largest : sum), 0);
}

/** Aᵀ of A [m, n]. */
export function transposeOf(A: Float64Array, m: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, k) => A[(k % m) * n + Math.floor(k / m)]);
}

/** I, [n, n]. */
export function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));
}
