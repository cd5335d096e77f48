import { type Block, block, matrixAt } from "../kernels/block.ts";
import { eliminateColumn as eliminateInVectors } from "../simd/elimination.ts";
import { inScratch } from "../simd/scratchCopies.ts";
import { subtractProduct } from "../simd/simdSubtractProduct.ts";
import { BLOCK_SIZE, forwardSubstitution, solveTriangular } from "./triangular.ts";

/**
 * P·A = L·U by Gaussian elimination with partial pivoting, in place of A [m, n], row-major: afterwards U is the upper triangle, and
 * L, whose diagonal of ones is not stored, lies below it. Row i of P·A is row `permutation[i]` of A. Returns the sign of the
 * permutation, which changes with every swap.
 *
 *     [ A₁₁ A₁₂ ]   [ L₁₁   ] [ U₁₁ U₁₂ ]          [A₁₁; A₂₁] = [L₁₁; L₂₁]·U₁₁    the left half of the columns, by halves again
 *     [ A₂₁ A₂₂ ] = [ L₂₁ I ] [      S  ]          U₁₂ = L₁₁⁻¹ A₁₂                 forward substitution
 *                                                  S = A₂₂ − L₂₁ U₁₂              the bulk of the work;
 *                                                  then S = L₂₂·U₂₂, by halves again
 *
 * No more than blockSize columns are taken one by one. Invariant: with k columns done, P·A = [L₁₁ 0; L₂₁ I]·[U₁₁ U₁₂; 0 S], where
 * U₁₂ and S reach as far as the half of the columns that is being worked on; what is to the right of it is A, with its rows swapped.
 * Every entry takes its terms in increasing k and is divided by the pivot last, so that any block size gives the same bits.
 *
 * The pivot is the entry of largest magnitude on or below the diagonal; of several the first. A column without any but zeros
 * there is passed over: its multipliers stay 0 and its pivot too. Nothing throws; NaN is no larger than anything, and stays
 * in its row and what is computed from it.
 *
 * Cost: mnk − (m + n)k²/2 + k³/3 multiplications and as many subtractions, k = min(m, n); that is ⅓n³ each for square A.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §3.2 (elimination, blocks) and §3.4 (pivoting); Toledo (1997), Locality of
 * reference in LU decomposition with partial pivoting, SIAM J. Matrix Anal. Appl. 18(4): halves make the products as large as they can be.
 */
export function lu(A: Block, permutation: Float64Array, blockSize: number = BLOCK_SIZE): number {
  return inScratch(A, (copy) => factorInPlace(copy, permutation, blockSize));
}

function factorInPlace(A: Block, permutation: Float64Array, blockSize: number): number {
  const { rows: m, columns: n } = A;
  const size = Math.min(m, n);
  let sign = 1;
  for (let i = 0; i < m; i++) permutation[i] = i;

  const factorColumns = (k: number, kEnd: number): void => {
    if (kEnd - k <= blockSize) {
      for (let j = k; j < kEnd; j++) {
        const pivotRow = largestBelow(A, j);
        if (pivotRow !== j) {
          swapRows(A, j, pivotRow); // whole rows: what is to the left and to the right, too
          const index = permutation[j];
          permutation[j] = permutation[pivotRow];
          permutation[pivotRow] = index;
          sign = -sign;
        }
        eliminateColumn(A, j, kEnd);
      }
      return;
    }
    const middle = k + ((kEnd - k) >> 1);
    factorColumns(k, middle);
    updateColumns(A, k, middle, kEnd, blockSize);
    factorColumns(middle, kEnd);
  };
  factorColumns(0, size);
  updateColumns(A, 0, size, n, blockSize);
  return sign;
}

/** What columns k … kEnd − 1, factored, mean for those to their right: U₁₂ = L₁₁⁻¹ A₁₂ and S = A₂₂ − L₂₁ U₁₂. */
function updateColumns(A: Block, k: number, kEnd: number, end: number, blockSize: number): void {
  if (kEnd === end) return;
  const A12 = block(A, k, kEnd, kEnd, end);
  forwardSubstitution(block(A, k, kEnd, k, kEnd), true, A12, blockSize);
  subtractProduct(block(A, kEnd, A.rows, kEnd, end), block(A, kEnd, A.rows, k, kEnd), A12);
}

/** The first row i ≥ j at which |A_ij| is largest. */
function largestBelow({ data, start, rows, rowStride }: Block, j: number): number {
  let pivotRow = j;
  let largest = Math.abs(data[start + j * rowStride + j]);
  for (let i = j + 1; i < rows; i++) {
    const size = Math.abs(data[start + i * rowStride + j]);
    if (size > largest) {
      largest = size;
      pivotRow = i;
    }
  }
  return pivotRow;
}

function swapRows({ data, start, columns, rowStride }: Block, i: number, j: number): void {
  for (let k = 0, a = start + i * rowStride, b = start + j * rowStride; k < columns; k++, a++, b++) {
    const entry = data[a];
    data[a] = data[b];
    data[b] = entry;
  }
}

/** The multipliers L_ij = A_ij/A_jj for i > j, and row i less L_ij times row j, up to column `end` of the panel. */
function eliminateColumn(A: Block, j: number, end: number): void {
  if (eliminateInVectors(A, j, end)) return;
  const { data, start, rows, rowStride } = A;
  const pivotRow = start + j * rowStride;
  const pivot = data[pivotRow + j];
  for (let i = j + 1; i < rows; i++) {
    const row = start + i * rowStride;
    if (pivot !== 0) data[row + j] /= pivot;
    const multiplier = data[row + j];
    for (let k = j + 1; k < end; k++) data[row + k] -= multiplier * data[pivotRow + k];
  }
}

/**
 * X ← A⁻¹B, or A⁻ᵀB, from the factors that `lu` left of a square A: P·A = L·U gives A⁻¹ = U⁻¹L⁻¹P and A⁻ᵀ = PᵀL⁻ᵀU⁻ᵀ.
 * X and B [n, columns] must not overlap. A zero on the diagonal of U divides: the caller has looked.
 */
export function solveFactored(LU: Block, permutation: Float64Array, transposed: boolean, B: Block, X: Block): void {
  if (!transposed) {
    for (let i = 0; i < X.rows; i++) copyRow(B, permutation[i], X, i);
    solveTriangular(LU, X, { lower: true, unitDiagonal: true, transposed });
    solveTriangular(LU, X, { lower: false, unitDiagonal: false, transposed });
    return;
  }
  const Y = matrixAt(new Float64Array(X.rows * X.columns), X.rows, X.columns); // P·X
  for (let i = 0; i < X.rows; i++) copyRow(B, i, Y, i);
  solveTriangular(LU, Y, { lower: false, unitDiagonal: false, transposed });
  solveTriangular(LU, Y, { lower: true, unitDiagonal: true, transposed });
  for (let i = 0; i < X.rows; i++) copyRow(Y, i, X, permutation[i]);
}

function copyRow(from: Block, i: number, to: Block, j: number): void {
  const source = from.start + i * from.rowStride;
  const target = to.start + j * to.rowStride;
  for (let k = 0; k < from.columns; k++) {
    to.data[target + k * to.columnStride] = from.data[source + k * from.columnStride];
  }
}

/** The first i with T_ii = 0; −1 if there is none. */
export function firstZeroOnDiagonal({ data, start, rows, columns, rowStride, columnStride }: Block): number {
  for (let i = 0; i < rows && i < columns; i++) if (data[start + i * (rowStride + columnStride)] === 0) return i;
  return -1;
}
