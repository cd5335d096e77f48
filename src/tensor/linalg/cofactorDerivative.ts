import { type Block, matrixAt, transposed } from "../kernels/block.ts";
import { scaledProduct } from "./determinant.ts";
import { solveTriangular } from "./triangular.ts";

/**
 * C′ ← d/dt cof(A + t·G) at t = 0, the second derivative of det A in the directions G and any other: for singular A as for others.
 *
 * With complete pivoting P·A·Q = L·D·U, L and U with ones on their diagonals and no large entries, and D = diag(d), which may hold
 * zeros. Cofactors multiply like matrices, so that with H = L⁻¹·(P·G·Q)·U⁻¹
 *
 *     C′ = det P·det Q · Pᵀ·L⁻ᵀ·K·U⁻ᵀ·Qᵀ,     K = d/dt cof(D + t·H)
 *     K_ij = −H_ji·Π_{m≠i,j} d_m for i ≠ j,     K_ii = Σ_{k≠i} H_kk·Π_{m≠i,k} d_m
 *
 * Nothing is divided by a pivot but what is smaller than it. Derived in docs/derivations/det.md. Cost: O(n³), a G of zeros nothing.
 */
export function cofactorDerivative(A: Block, G: Block, derivative: Block): void {
  const n = A.rows;
  if (G.data.subarray(G.start, G.start + n * n).every((entry) => entry === 0)) {
    derivative.data.fill(0, derivative.start, derivative.start + n * n); // a strong zero, whatever A is
    return;
  }
  const { LDU, d, rows, columns, sign } = completePivoting(A);
  const H = matrixAt(new Float64Array(n * n), n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      H.data[i * n + j] = G.data[G.start + rows[i] * n + columns[j]];
    }
  }
  const lower = { lower: true, unitDiagonal: true };
  const upper = { lower: false, unitDiagonal: true };
  solveTriangular(LDU, H, { ...lower, transposed: false });
  solveTriangular(LDU, transposed(H), { ...upper, transposed: true }); // H·U⁻¹ = (U⁻ᵀ·Hᵀ)ᵀ

  const K = matrixAt(new Float64Array(n * n), n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rest = scaledProduct(
        1,
        d.filter((_, m) => m !== i && m !== j),
      );
      K.data[i * n + j] = -H.data[j * n + i] * rest;
      K.data[j * n + i] = -H.data[i * n + j] * rest;
      K.data[i * n + i] += H.data[j * n + j] * rest;
      K.data[j * n + j] += H.data[i * n + i] * rest;
    }
  }
  solveTriangular(LDU, K, { ...lower, transposed: true });
  solveTriangular(LDU, transposed(K), { ...upper, transposed: false }); // K·U⁻ᵀ = (U⁻¹·Kᵀ)ᵀ
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      derivative.data[derivative.start + rows[i] * n + columns[j]] = sign * K.data[i * n + j];
    }
  }
}

interface CompletePivoting {
  /** L below the diagonal, U above it, each without its ones. */
  readonly LDU: Block;
  readonly d: Float64Array;
  /** Entry (i, j) of P·A·Q is A's at (rows[i], columns[j]). */
  readonly rows: number[];
  readonly columns: number[];
  /** det P·det Q */
  readonly sign: number;
}

/** P·A·Q = L·D·U, every pivot the largest entry that is left; once that is 0, L and U go on as the identity. */
function completePivoting(A: Block): CompletePivoting {
  const n = A.rows;
  const M = A.data.slice(A.start, A.start + n * n);
  const rows = Array.from({ length: n }, (_, i) => i);
  const columns = rows.slice();
  const d = new Float64Array(n);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    let [row, column] = [k, k];
    for (let i = k; i < n; i++) {
      for (let j = k; j < n; j++) {
        if (Math.abs(M[i * n + j]) > Math.abs(M[row * n + column])) [row, column] = [i, j];
      }
    }
    if (row !== k) {
      for (let j = 0; j < n; j++) [M[k * n + j], M[row * n + j]] = [M[row * n + j], M[k * n + j]];
      [rows[k], rows[row]] = [rows[row], rows[k]];
      sign = -sign;
    }
    if (column !== k) {
      for (let i = 0; i < n; i++) [M[i * n + k], M[i * n + column]] = [M[i * n + column], M[i * n + k]];
      [columns[k], columns[column]] = [columns[column], columns[k]];
      sign = -sign;
    }
    const pivot = M[k * n + k];
    d[k] = pivot;
    if (pivot === 0) break;
    for (let i = k + 1; i < n; i++) {
      const multiplier = M[i * n + k] / pivot;
      M[i * n + k] = multiplier;
      for (let j = k + 1; j < n; j++) M[i * n + j] -= multiplier * M[k * n + j];
    }
    for (let j = k + 1; j < n; j++) M[k * n + j] /= pivot;
  }
  return { LDU: matrixAt(M, n, n), d, rows, columns, sign };
}
