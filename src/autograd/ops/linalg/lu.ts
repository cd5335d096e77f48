import { type Tensor, zeros } from "../../../tensor/tensor.ts";
import { apply, applyMany, type ManyRule, type Operand, type Rule } from "../../rule.ts";
import { detach, type Variable } from "../../variable.ts";
import { add, sub } from "../arithmetic.ts";
import { zerosLike } from "../broadcast.ts";
import { tril, triu } from "../diagonal.ts";
import { matmul } from "../matmul.ts";
import { concat, split } from "../rearrange.ts";
import { checkInvertible, factor } from "./factor.ts";
import { solveTriangular, solveTriangularFromRight } from "./solveTriangular.ts";
import { asMatrices, countOf, lastTwo, leading } from "./stack.ts";

/** What {@link lu} gives: A[permutation] = L·U. */
export interface LUFactors {
  /** [..., m, k], k = min(m, n): ones on the diagonal, zeros above it. */
  readonly L: Variable;
  /** [..., k, n]: zeros below the diagonal. */
  readonly U: Variable;
  /** [..., m]: row i of L·U is row permutation[i] of A. */
  readonly permutation: Tensor;
  /** [...]: 1 or −1, the determinant of the permutation. */
  readonly sign: Tensor;
}

/** L and U from where elimination left them, one above the other. */
const luRule: ManyRule<[A: Tensor, LU: Tensor, permutation: Tensor]> = {
  name: "lu",
  shapes([A]) {
    const [m, n] = lastTwo(A.shape);
    return [
      [...leading(A.shape), m, Math.min(m, n)],
      [...leading(A.shape), Math.min(m, n), n],
    ];
  },
  forward([, LU], [L, U]) {
    const [m, n] = lastTwo(LU.shape);
    const k = Math.min(m, n);
    for (let number = 0; number < countOf(LU); number++) {
      const from = number * m * n;
      for (let i = 0; i < m; i++) {
        const row = number * m * k + i * k;
        for (let j = 0; j < k; j++) L.data[row + j] = j < i ? LU.data[from + i * n + j] : i === j ? 1 : 0;
      }
      for (let i = 0; i < k; i++) {
        const row = number * k * n + i * n;
        for (let j = i; j < n; j++) U.data[row + j] = LU.data[from + i * n + j];
      }
    }
  },
  vjp([A, LU, permutation], [L, U], [gL, gU]) {
    return [
      () => {
        checkInvertible("the gradient of lu", LU);
        // with L = [L₁; L₂], U = [U₁ U₂], L₁ and U₁ square; one of L₂ and U₂ is empty
        const [m, n] = lastTwo(A.shape);
        const k = Math.min(m, n);
        const [L1, L2] = split(L, [k, m - k], -2);
        const [U1, U2] = split(U, [k, n - k], -1);
        const [gL1, gL2] = split(tril(gL, -1), [k, m - k], -2);
        const [gU1, gU2] = split(triu(gU), [k, n - k], -1);
        const unit = { lower: true, unitDiagonal: true, transposed: true };
        const upper = { lower: false, transposed: true };

        // Φ = tril₋(L₁ᵀgL₁ − gU₂U₂ᵀ) + triu(gU₁U₁ᵀ − L₂ᵀgL₂)
        const below = sub(matmul(L1, gL1, "TN"), matmul(gU2, U2, "NT"));
        const above = sub(matmul(gU1, U1, "NT"), matmul(L2, gL2, "TN"));
        const Phi = add(tril(below, -1), triu(above));

        // P·gA = [L₁⁻ᵀ·Φ·U₁⁻ᵀ  L₁⁻ᵀ·gU₂; gL₂·U₁⁻ᵀ  –]
        const top = concat([solveTriangularFromRight(Phi, U1, upper), gU2], -1);
        const corner = zeros([...leading(A.shape), m - k, n - k]); // empty, but as wide as U₂ and as high as L₂
        const bottom = concat([solveTriangularFromRight(gL2, U1, upper), corner], -1);
        const gPA = concat([solveTriangular(L1, top, unit), bottom], -2);
        return apply(moveRowsRule, [gPA, permutation], "scatter");
      },
      () => zerosLike(LU),
      () => zerosLike(permutation),
    ];
  },
};

/** Moves whole rows: y_i = x_permutation[i] (gather), or y_permutation[i] = x_i (scatter). Each is the other's adjoint. */
const moveRowsRule: Rule<[x: Tensor, permutation: Tensor], [direction: "gather" | "scatter"]> = {
  name: "moveRows",
  shape: ([x]) => x.shape,
  forward([x, permutation], y, direction) {
    const [m, n] = lastTwo(x.shape);
    for (let row = 0; row < permutation.size; row++) {
      const other = (row - (row % m) + permutation.data[row]) * n;
      const [from, to] = direction === "gather" ? [other, row * n] : [row * n, other];
      for (let j = 0; j < n; j++) y.data[to + j] = x.data[from + j];
    }
  },
  vjp: ([, permutation], _y, g, direction) => [
    () => apply(moveRowsRule, [g, permutation], direction === "gather" ? "scatter" : "gather"),
    () => zerosLike(permutation),
  ],
};

/**
 * A[permutation] = L·U by Gaussian elimination with partial pivoting: L unit lower, U upper triangular, |L_ij| ≤ 1.
 *
 * Gradient, for square A: P·∂s/∂A = L⁻ᵀ·(tril₋(LᵀgL) + triu(gU·Uᵀ))·U⁻ᵀ. The permutation is locally constant; where two rows tie
 * for a pivot the factors jump, and the gradient is that of the choice made.
 * Shape: [..., m, n] → L [..., m, k], U [..., k, n], permutation [..., m], sign [...], with k = min(m, n).
 * Special cases: of equal pivots the first row wins. A column of zeros is passed over, so a singular A has zeros on U's diagonal.
 * Nothing throws forwards: NaN and ∞ give what IEEE arithmetic gives, and NaN is never larger than a number.
 * Cost: mnk − (m + n)k²/2 + k³/3 multiplications and as many subtractions (⅓n³ each); the gradient about four times that.
 * Throws ShapeError; in the gradient SingularMatrixError where U has a zero on its diagonal.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §3.4; gradient: docs/derivations/lu.md.
 *
 * @example
 * const { L, U, permutation } = lu(tensor([[1, 2], [2, 2]]));
 * L; // [[1, 0], [0.5, 1]]
 * U; // [[2, 2], [0, 1]]
 * permutation; // [1, 0]
 */
export function lu(A: Operand): LUFactors {
  const matrices = asMatrices("lu", A);
  const { LU, permutation, sign } = factor(matrices);
  const [L, U] = applyMany(luRule, [matrices, LU, permutation]);
  return { L, U, permutation: detach(permutation), sign: detach(sign) };
}
