import { type Block, block, transposed } from "../kernels/block.ts";
import { subtractProduct } from "../simd/simdSubtractProduct.ts";
import { BLOCK_SIZE } from "./triangular.ts";

/**
 * The lower triangle L of A = L·Lᵀ, both [n, n], L with zeros above its diagonal:
 * L_ij = (A_ij − Σ_{k<j} L_ik L_jk)/L_jj below the diagonal, and L_jj = √(A_jj − Σ_{k<j} L_jk²) on it.
 *
 *     [ L₁₁         ]         the columns J of A, from their diagonal down, are [A_JJ; A_RJ];
 *     [ L_J1 L_JJ   ]         less what the columns to the left contribute, [L_J1; L_R1]·L_J1ᵀ, which is the bulk of the work,
 *     [ L_R1 L_RJ … ]         they become [L_JJ; L_RJ] row by row
 *
 * Invariant: before each round, the columns to the left of J are those of L, and all others still those of A. Every entry
 * takes its terms in increasing k, so that any block size gives the same bits.
 *
 * Reads the lower triangle of A only. Returns the index of the first pivot that is not positive, or −1; then L holds nothing
 * of use. Cost: ⅓n³ operations. Reference: Golub & Van Loan, Matrix Computations (4th ed.), §4.2.
 */
export function cholesky(A: Block, L: Block, blockSize: number = BLOCK_SIZE): number {
  const n = A.rows;
  for (let i = 0; i < n; i++) {
    const from = A.start + i * A.rowStride;
    const to = L.start + i * L.rowStride;
    for (let j = 0; j < n; j++) L.data[to + j] = j <= i ? A.data[from + j] : 0;
  }
  for (let j = 0; j < n; j += blockSize) {
    const jEnd = Math.min(j + blockSize, n);
    const panel = block(L, j, n, j, jEnd);
    subtractProduct(panel, block(L, j, n, 0, j), transposed(block(L, j, jEnd, 0, j)));
    const pivot = factorPanel(panel);
    if (pivot >= 0) return j + pivot;
  }
  return -1;
}

/** The panel's own columns, row by row. Above its diagonal, where the update left numbers of no meaning, come zeros. */
function factorPanel({ data, start, rows, columns, rowStride }: Block): number {
  for (let i = 0; i < rows; i++) {
    const row = start + i * rowStride;
    for (let j = 0; j < columns; j++) {
      const other = start + j * rowStride;
      let entry = data[row + j];
      for (let k = 0; k < j && j <= i; k++) entry -= data[row + k] * data[other + k];
      if (j < i) {
        data[row + j] = entry / data[other + j];
      } else if (j > i) {
        data[row + j] = 0;
      } else {
        if (!(entry > 0)) return i;
        data[row + j] = Math.sqrt(entry);
      }
    }
  }
  return -1;
}
