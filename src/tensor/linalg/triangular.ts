/**
 * Solves L·X = B in place of B [n, columns], L [n, n] lower triangular, by forward substitution:
 * X_i = (B_i − Σ_{k<i} L_ik X_k)/L_ii. The upper triangle of L is never read.
 */
export function solveLower(L: Float64Array, n: number, B: Float64Array, columns: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < columns; j++) {
      let entry = B[i * columns + j];
      for (let k = 0; k < i; k++) entry -= L[i * n + k] * B[k * columns + j];
      B[i * columns + j] = entry / L[i * n + i];
    }
  }
}
