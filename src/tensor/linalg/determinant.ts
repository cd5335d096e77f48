import { type Block, block, matrixAt } from "../kernels/block.ts";
import { log } from "../kernels/elementary.ts";
import { pairwiseSum } from "../kernels/reduce.ts";
import { firstZeroOnDiagonal, lu, solveFactored } from "./luFactorization.ts";
import { solveTriangular } from "./triangular.ts";

// A square matrix of which the factors are known, P·A = L·U with det P = sign and det L = 1, has det A = sign·Π U_ii.

/** 2^±256: products are kept between these, and how often they were rescaled is counted. */
const LARGE = 1.157920892373162e77;
const SMALL = 8.636168555094445e-78;

/** The diagonal of U. */
function diagonalOf({ data, start, rows, rowStride }: Block): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => data[start + i * (rowStride + 1)]);
}

/** det A = sign·Π U_ii. Overflows and underflows only if the determinant does, not on the way to it; 0 has no sign. */
export function determinant(LU: Block, sign: number): number {
  return scaledProduct(sign, diagonalOf(LU));
}

/** first·Π factors, as a fraction and a power of 2²⁵⁶: 0, without a sign, if one of them is. */
export function scaledProduct(first: number, factors: Float64Array): number {
  let fraction = first;
  let power = 0;
  const moderate = (value: number): number => {
    let scaled = value;
    for (; Math.abs(scaled) > LARGE && Math.abs(scaled) < Number.POSITIVE_INFINITY; power++) scaled *= SMALL;
    for (; Math.abs(scaled) < SMALL && scaled !== 0; power--) scaled *= LARGE;
    return scaled;
  };
  for (let i = 0; i < factors.length; i++) fraction = moderate(fraction * moderate(factors[i]));
  if (fraction === 0) return 0;
  for (; power > 0; power--) fraction *= LARGE;
  for (; power < 0; power++) fraction *= SMALL;
  return fraction;
}

/** The sign of det A: −1, 0 or 1; NaN if the factors hold one. */
export function signOfDeterminant(LU: Block, sign: number): number {
  const diagonal = diagonalOf(LU);
  let result = sign;
  for (let i = 0; i < diagonal.length; i++) result *= Math.sign(diagonal[i]);
  return result === 0 ? 0 : result; // not −0
}

/** ln|det A| = Σ ln|U_ii|, −∞ for a singular A, 0 for an empty one. */
export function logAbsDeterminant(LU: Block): number {
  const logs = diagonalOf(LU);
  for (let i = 0; i < logs.length; i++) logs[i] = log(Math.abs(logs[i]));
  return pairwiseSum(logs, 0, 1, logs.length);
}

/**
 * C ← the cofactor matrix of A: C_ij = (−1)^{i+j} times A's determinant without row i and column j, so that A·Cᵀ = det A·I.
 *
 * For an invertible A that is det A·A⁻ᵀ. A singular one has a C of rank one or none, which follows from cof(AB) =
 * cof(A)·cof(B): cof(A) = sign·Pᵀ·L⁻ᵀ·cof(U). Let U_pp be the first and U_qq the last zero on U's diagonal; then
 *
 *     U·x = 0     x_p = 1, zeros below it,  above it −U₁₁⁻¹·(column p above the diagonal)
 *     yᵀ·U = 0    y_q = 1, zeros above it,  below it −U₃₃⁻ᵀ·(row q right of the diagonal)
 *     cof(U) = c·y·xᵀ,   c = cof(U)_qp = (−1)^{p+q}·Π_{i<p} U_ii·det(rows p … q−1, columns p+1 … q of U)·Π_{i>q} U_ii
 *
 * where c = 0 when the rank is below n − 1. Derived in docs/derivations/det.md. Cost: O(n³).
 */
export function cofactors(LU: Block, permutation: Float64Array, sign: number, C: Block): void {
  if (firstZeroOnDiagonal(LU) >= 0) singularCofactors(LU, permutation, sign, C);
  else invertibleCofactors(LU, permutation, sign, C);
}

function invertibleCofactors(LU: Block, permutation: Float64Array, sign: number, C: Block): void {
  const n = LU.rows;
  const identity = matrixAt(new Float64Array(n * n), n, n);
  for (let i = 0; i < n; i++) identity.data[i * n + i] = 1;
  solveFactored(LU, permutation, true, identity, C);
  const det = determinant(LU, sign);
  for (let k = C.start; k < C.start + n * n; k++) C.data[k] *= det;
}

function singularCofactors(LU: Block, permutation: Float64Array, sign: number, C: Block): void {
  const n = LU.rows;
  const diagonal = diagonalOf(LU);
  const p = diagonal.indexOf(0);
  const q = diagonal.lastIndexOf(0);
  const entry = (i: number, j: number): number => LU.data[LU.start + i * LU.rowStride + j];

  const x = new Float64Array(n);
  for (let i = 0; i < p; i++) x[i] = -entry(i, p);
  solveTriangular(block(LU, 0, p, 0, p), matrixAt(x, p, 1), { lower: false, unitDiagonal: false, transposed: false });
  x[p] = 1;

  const y = new Float64Array(n);
  for (let j = q + 1; j < n; j++) y[j] = -entry(q, j);
  const below = matrixAt(y, n - q - 1, 1, q + 1);
  solveTriangular(block(LU, q + 1, n, q + 1, n), below, { lower: false, unitDiagonal: false, transposed: true });
  y[q] = 1;
  solveTriangular(LU, matrixAt(y, n, 1), { lower: true, unitDiagonal: true, transposed: true }); // L⁻ᵀ·y

  const size = q - p;
  const middle = matrixAt(new Float64Array(size * size), size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) middle.data[i * size + j] = i > j + 1 ? 0 : entry(p + i, p + 1 + j);
  }
  const middleSign = lu(middle, new Float64Array(size));
  const factors = diagonal.filter((_, i) => i !== q); // U₁₁, the middle, U₃₃
  factors.set(diagonalOf(middle), p);
  const c = scaledProduct(size % 2 === 0 ? sign * middleSign : -sign * middleSign, factors);

  for (let i = 0; i < n; i++) {
    const row = C.start + permutation[i] * n;
    for (let j = 0; j < n; j++) C.data[row + j] = c * y[i] * x[j];
  }
}
