import { ShapeError } from "../../../tensor/errors.ts";
import { broadcastShapes, formatShape } from "../../../tensor/shape.ts";
import { eye, type Tensor } from "../../../tensor/tensor.ts";
import { asTensor, type Operand } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { reshape } from "../broadcast.ts";
import { checkInvertible, factor, solveFactored } from "./factor.ts";
import { asSquareMatrices, lastTwo, leading } from "./stack.ts";

/**
 * The right-hand sides as matrices: a B with one axis is a vector, and becomes a column.
 *
 * Throws ShapeError unless B has as many rows as A, and the leading axes broadcast.
 */
export function asRightHandSides(operation: string, A: Tensor, B: Operand): Tensor {
  const operand = asTensor(operation, B);
  const columns = operand.rank === 1 ? reshape(operand, [operand.size, 1]) : operand;
  if (columns.rank < 2 || lastTwo(columns.shape)[0] !== lastTwo(A.shape)[0]) {
    const shapes = `${formatShape(A.shape)} and ${formatShape(operand.shape)}`;
    throw new ShapeError(`${operation}: B must have as many rows as A; ${shapes}`);
  }
  broadcastShapes(operation, leading(A.shape), leading(columns.shape));
  return columns;
}

/** Takes the axis away again that a vector was given. */
export function asGiven(X: Variable, B: Operand): Variable {
  return asTensor("solve", B).rank === 1 ? reshape(X, X.shape.slice(0, -1)) : X;
}

/**
 * X = A⁻¹·B: the solution of A·X = B, by LU with partial pivoting.
 *
 * Gradient: ∂s/∂B = A⁻ᵀg, with the same factors, and ∂s/∂A = −∂s/∂B·Xᵀ.
 * Shape: [..., n, n] and [..., n, k] → [..., n, k], leading axes broadcast; a B with one axis is a vector, [..., n, n] and
 * [n] → [..., n].
 * Special cases: NaN and ∞ in A or B give what IEEE arithmetic gives. A matrix that is singular but for rounding has tiny
 * pivots instead of zeros, and is not noticed.
 * Cost: ⅔n³ operations and 2n²k more; as many as the latter for ∂s/∂B and for ∂s/∂A each.
 * Throws SingularMatrixError with the index of the first pivot that is zero, ShapeError.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §3.4; gradient: docs/derivations/solve.md.
 *
 * @example
 * solve(tensor([[0, 2], [1, 0]]), tensor([2, 3])); // [3, 1]
 */
export function solve(A: Operand, B: Operand): Variable {
  const matrices = asSquareMatrices("solve", A);
  const columns = asRightHandSides("solve", matrices, B);
  const factors = factor(matrices);
  checkInvertible("solve", factors.LU);
  return asGiven(solveFactored(matrices, factors, columns), B);
}

/**
 * Y = A⁻¹, the solution of A·Y = I, of each matrix of a stack. To apply an inverse, {@link solve} is cheaper and more exact.
 *
 * Gradient: ∂s/∂A = −Yᵀ·g·Yᵀ. Shape: [..., n, n] → [..., n, n]. Special cases: as solve.
 * Cost: (8/3)n³ operations. Throws SingularMatrixError with the index of the first pivot that is zero, ShapeError.
 * Reference: docs/derivations/solve.md.
 *
 * @example
 * inv(tensor([[0, 2], [1, 0]])); // [[0, 1], [0.5, 0]]
 */
export function inv(A: Operand): Variable {
  const matrices = asSquareMatrices("inv", A);
  const factors = factor(matrices);
  checkInvertible("inv", factors.LU);
  return solveFactored(matrices, factors, eye(lastTwo(matrices.shape)[0]));
}
