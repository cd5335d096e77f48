import { cholesky as choleskyKernel } from "../../../tensor/linalg/choleskyFactorization.ts";
import { formatShape, unravel } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { add, mul } from "../arithmetic.ts";
import { tril } from "../diagonal.ts";
import { matmul } from "../matmul.ts";
import { transpose } from "../rearrange.ts";
import { solveTriangular } from "./solveTriangular.ts";
import { asSquareMatrices, countOf, leading, matrixOf, PivotError } from "./stack.ts";

/**
 * A matrix that should be symmetric and positive definite is not; `index` is the first pivot that shows it.
 *
 * @example
 * cholesky(tensor([[1, 2], [2, 1]])); // throws NotPositiveDefiniteError
 */
export class NotPositiveDefiniteError extends PivotError {
  readonly code = "NOT_POSITIVE_DEFINITE";
  override readonly name = "NotPositiveDefiniteError";
}

const choleskyRule: Rule<[A: Tensor]> = {
  name: "cholesky",
  shape: ([A]) => A.shape,
  forward([A], L) {
    for (let number = 0; number < countOf(A); number++) {
      const index = choleskyKernel(matrixOf(A, number), matrixOf(L, number));
      if (index < 0) continue;
      const batch = unravel(number, leading(A.shape));
      const entry = formatShape([...batch, index, index]);
      throw new NotPositiveDefiniteError(
        `cholesky: A must be positive definite; the pivot of A${entry} is not positive`,
        index,
        batch,
      );
    }
  },
  // with P = Φ(LᵀgL), Φ the lower triangle with half its diagonal, and S = L⁻ᵀ·P·L⁻¹:  Φ(S + Sᵀ)
  vjp(_inputs, L, g) {
    const half = (X: Variable): Variable => mul(add(tril(X), tril(X, -1)), 0.5);
    const solveTransposed = (B: Variable): Variable => solveTriangular(L, B, { lower: true, transposed: true });
    return [
      () => {
        const P = half(matmul(L, tril(g), "TN"));
        const S = solveTransposed(transpose(solveTransposed(P))); // its transpose, which the next line does not mind
        return half(add(S, transpose(S)));
      },
    ];
  },
};

/**
 * A = L·Lᵀ for a symmetric positive definite A: L lower triangular with a positive diagonal. Reads A's lower triangle only.
 *
 * Gradient: that of the function of the lower triangle, therefore lower triangular: an entry below the diagonal stands for
 * A_ij and A_ji, and gets the share of both. (For the gradient with respect to a symmetric matrix, symmetrise it.)
 * Shape: [..., n, n] → [..., n, n]. Special cases: what stands above A's diagonal, be it NaN, does not matter.
 * Cost: ⅓n³ operations, and (10/3)n³ or so for the gradient.
 * Throws NotPositiveDefiniteError with the index of the first pivot that is not positive (NaN is not), ShapeError.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §4.2; Murray (2016), Differentiation of the Cholesky
 * decomposition, https://arxiv.org/abs/1602.07527; docs/derivations/cholesky.md.
 *
 * @example
 * cholesky(tensor([[4, 2], [2, 2]])); // [[2, 0], [1, 1]]
 */
export function cholesky(A: Operand): Variable {
  return apply(choleskyRule, [asSquareMatrices("cholesky", A)]);
}
