import { type Block, block, rowsReversed, transposed } from "../kernels/block.ts";
import { substituteColumns } from "../simd/elimination.ts";
import { subtractProduct } from "../simd/simdSubtractProduct.ts";

/**
 * How many rows or columns the blocked algorithms take one by one, at most; the rest of the work is `subtractProduct`. LU of n = 512 took
 * 7.1, 6.0, 5.5 ms with 4, 8, 16; of n = 64, 0.18, 0.08, 0.05 ms.
 */
export const BLOCK_SIZE = 16;

/** How a triangular matrix is to be read. */
export interface Triangle {
  /** The triangle that is stored; the other is never read. */
  readonly lower: boolean;
  /** The diagonal counts as ones, and is not read. */
  readonly unitDiagonal: boolean;
  /** Solve with Tᵀ (T itself is stored as `lower` says). */
  readonly transposed: boolean;
}

/**
 * Solves T·X = B, or Tᵀ·X = B, in place of B [n, columns], T [n, n] triangular.
 *
 * The four cases are one. The transpose of an upper triangle is a lower one; and so is an upper triangle with the order of
 * its rows and columns reversed, whose unknowns are then the last to the first. What remains is forward substitution. (So an
 * upper triangle takes its terms in decreasing k, the order in which the unknowns become known: no other can be blocked.)
 *
 * Cost: n²·columns operations, in blocks. Reference: Golub & Van Loan, Matrix Computations (4th ed.), §3.1.
 */
export function solveTriangular(T: Block, X: Block, triangle: Triangle, blockSize: number = BLOCK_SIZE): void {
  const L = triangle.transposed ? transposed(T) : T;
  if (triangle.lower !== triangle.transposed) forwardSubstitution(L, triangle.unitDiagonal, X, blockSize);
  else forwardSubstitution(bothReversed(L), triangle.unitDiagonal, rowsReversed(X), blockSize);
}

function bothReversed(T: Block): Block {
  return transposed(rowsReversed(transposed(rowsReversed(T))));
}

/**
 * X ← L⁻¹X, L lower triangular: X_i = (X_i − Σ_{k<i} L_ik X_k)/L_ii, in increasing k.
 *
 *     [ L₁₁     ] [ X₁ ]   [ B₁ ]          X₁ = L₁₁⁻¹ B₁
 *     [ L₂₁ L₂₂ ] [ X₂ ] = [ B₂ ]          X₂ = L₂₂⁻¹ (B₂ − L₂₁ X₁)
 *
 * by halves, down to blockSize rows. Invariant: what is solved for has been subtracted from the rows of its own half.
 */
export function forwardSubstitution(L: Block, unitDiagonal: boolean, X: Block, blockSize: number = BLOCK_SIZE): void {
  const { rows: n, columns } = X;
  if (columns === 1) {
    substituteColumn(L, unitDiagonal, X);
    return;
  }
  if (n <= blockSize) {
    substituteRows(L, unitDiagonal, X);
    return;
  }
  const middle = n >> 1;
  const X1 = block(X, 0, middle, 0, columns);
  const X2 = block(X, middle, n, 0, columns);
  forwardSubstitution(block(L, 0, middle, 0, middle), unitDiagonal, X1, blockSize);
  subtractProduct(X2, block(L, middle, n, 0, middle), X1);
  forwardSubstitution(block(L, middle, n, middle, n), unitDiagonal, X2, blockSize);
}

/** The same for a single column: blocks would have nothing to gain. */
function substituteColumn(L: Block, unitDiagonal: boolean, X: Block): void {
  const { data: l, columnStride: stepL } = L;
  const { data: x, start, rows: n, rowStride: stepX } = X;
  for (let i = 0; i < n; i++) {
    let at = L.start + i * L.rowStride;
    let entry = x[start + i * stepX];
    for (let k = 0, from = start; k < i; k++, at += stepL, from += stepX) entry -= l[at] * x[from];
    x[start + i * stepX] = unitDiagonal ? entry : entry / l[at];
  }
}

/** The same without blocks, row by row. */
function substituteRows(L: Block, unitDiagonal: boolean, all: Block): void {
  const done = unitDiagonal ? substituteColumns(L, all) : 0;
  const X = done === 0 ? all : block(all, 0, all.rows, done, all.columns);
  const { data: l } = L;
  const { data: x, rows: n, columns, columnStride: step } = X;
  for (let i = 0; i < n; i++) {
    const row = X.start + i * X.rowStride;
    for (let k = 0; k < i; k++) {
      const factor = l[L.start + i * L.rowStride + k * L.columnStride];
      let to = row;
      let from = X.start + k * X.rowStride;
      for (let j = 0; j < columns; j++, to += step, from += step) x[to] -= factor * x[from];
    }
    if (unitDiagonal) continue;
    const pivot = l[L.start + i * (L.rowStride + L.columnStride)];
    for (let j = 0, to = row; j < columns; j++, to += step) x[to] /= pivot;
  }
}
