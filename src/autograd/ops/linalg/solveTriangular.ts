import { checkFlag } from "../../../tensor/checks.ts";
import { solveTriangular as solveTriangularKernel, type Triangle } from "../../../tensor/linalg/triangular.ts";
import { broadcastShapes } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { memo } from "../../memo.ts";
import { inspect } from "../../recorder.ts";
import { apply, type Operand, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { neg } from "../arithmetic.ts";
import { sumTo } from "../broadcast.ts";
import { tril, triu } from "../diagonal.ts";
import { matmul } from "../matmul.ts";
import { transpose } from "../rearrange.ts";
import { firstZeroPivot, SingularMatrixError } from "./factor.ts";
import { asGiven, asRightHandSides } from "./solve.ts";
import { asSquareMatrices, broadcastIndices, countOf, lastTwo, leading, matrixOf } from "./stack.ts";

/** What {@link solveTriangular} takes. */
export interface SolveTriangularOptions {
  /** The triangle that is read; the other never is. */
  readonly lower: boolean;
  /** Take the diagonal for ones, and do not read it. False by default. */
  readonly unitDiagonal?: boolean;
  /** Solve Aᵀ·X = B; `lower` describes A as it is stored. False by default. */
  readonly transposed?: boolean;
}

const solveTriangularRule: Rule<[T: Tensor, B: Tensor], [triangle: Triangle]> = {
  name: "solveTriangular",
  shape: ([T, B]) => [...broadcastShapes("solveTriangular", leading(T.shape), leading(B.shape)), ...lastTwo(B.shape)],
  forward([T, B], X, triangle) {
    const numbersT = broadcastIndices(leading(X.shape), leading(T.shape));
    const numbersB = broadcastIndices(leading(X.shape), leading(B.shape));
    const [n, columns] = lastTwo(B.shape);
    for (let i = 0; i < countOf(X); i++) {
      const from = numbersB[i] * n * columns;
      X.data.set(B.data.subarray(from, from + n * columns), i * n * columns);
      solveTriangularKernel(matrixOf(T, numbersT[i]), matrixOf(X, i), triangle);
    }
  },
  vjp([T, B], X, g, triangle) {
    const { lower, unitDiagonal, transposed } = triangle;
    const gB = memo(() => apply(solveTriangularRule, [T, g], { ...triangle, transposed: !transposed })); // not yet summed
    const gT = (): Variable => {
      const full = sumTo(transposed ? matmul(X, gB(), "NT") : matmul(gB(), X, "NT"), T.shape);
      return neg(lower ? tril(full, unitDiagonal ? -1 : 0) : triu(full, unitDiagonal ? 1 : 0));
    };
    return [gT, () => sumTo(gB(), B.shape)];
  },
};

/**
 * X = A⁻¹·B, or A⁻ᵀ·B, for a triangular A, by substitution.
 *
 * Gradient: ∂s/∂B = A⁻ᵀg (A⁻¹g if transposed) and ∂s/∂A = −∂s/∂B·Xᵀ (−X·∂s/∂Bᵀ), cut to the triangle that is read: exactly
 * zero in the other, and on the diagonal if that is not read.
 * Shape: [..., n, n] and [..., n, k] → [..., n, k], leading axes broadcast; a B with one axis is a vector.
 * Special cases: NaN and ∞ give what IEEE arithmetic gives; where they are not read, nothing.
 * Cost: n²k operations forward, as many for ∂s/∂B, 2n²k for ∂s/∂A.
 * Throws SingularMatrixError with the index of the first zero on a diagonal that is read, ShapeError, DomainError for options
 * that are not booleans.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §3.1; Giles (2008), An extended collection of matrix
 * derivative results (for a general A); docs/derivations/solve.md.
 *
 * @example
 * solveTriangular(tensor([[2, 0], [1, 1]]), tensor([2, 3]), { lower: true }); // [1, 2]
 */
export function solveTriangular(A: Operand, B: Operand, options: SolveTriangularOptions): Variable {
  const triangle = readOptions(options);
  const matrices = asSquareMatrices("solveTriangular", A);
  const columns = asRightHandSides("solveTriangular", matrices, B);
  if (!triangle.unitDiagonal) inspect([matrices], checkDiagonal);
  return asGiven(apply(solveTriangularRule, [matrices, columns], triangle), B);
}

/** Throws SingularMatrixError at the first zero on a diagonal. */
function checkDiagonal(matrices: Tensor): void {
  const zero = firstZeroPivot(matrices);
  if (zero === null) return;
  const message = `solveTriangular: A is singular; A${zero.entry} = 0`;
  throw new SingularMatrixError(message, zero.index, zero.batch);
}

function readOptions(options: SolveTriangularOptions): Triangle {
  const { lower, unitDiagonal = false, transposed = false } = options ?? {};
  const triangle = { lower, unitDiagonal, transposed };
  for (const [name, value] of Object.entries(triangle)) checkFlag("solveTriangular", name, value);
  return triangle;
}

/** B·T⁻¹, or B·T⁻ᵀ: the solution of X·T = B. */
export function solveTriangularFromRight(B: Tensor, T: Tensor, options: SolveTriangularOptions): Variable {
  return transpose(solveTriangular(T, transpose(B), { ...options, transposed: !options.transposed }));
}
