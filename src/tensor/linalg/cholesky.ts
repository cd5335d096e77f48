/**
 * The lower triangle L of A = L·Lᵀ, row by row: L_ij = (A_ij − Σ_{k<j} L_ik L_jk)/L_jj, and a square root on the diagonal.
 * Reads the lower triangle of A [n, n] only. Returns the index of the first pivot that is not positive, or −1.
 *
 * Reference: Golub & Van Loan, Matrix Computations, §4.2.
 */
export function cholesky(A: Float64Array, n: number, L: Float64Array): number {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let entry = A[i * n + j];
      for (let k = 0; k < j; k++) entry -= L[i * n + k] * L[j * n + k];
      if (j < i) {
        L[i * n + j] = entry / L[j * n + j];
      } else {
        if (!(entry > 0)) return i;
        L[i * n + i] = Math.sqrt(entry);
      }
    }
  }
  return -1;
}
