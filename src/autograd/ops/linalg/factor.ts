import {
  firstZeroOnDiagonal,
  lu as luKernel,
  solveFactored as solveFactoredKernel,
} from "../../../tensor/linalg/luFactorization.ts";
import { broadcastShapes, formatShape, type Shape, unravel } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { memo } from "../../memo.ts";
import { inspect } from "../../recorder.ts";
import { apply, applyMany, type ManyRule, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { neg } from "../arithmetic.ts";
import { sumTo, zerosLike } from "../broadcast.ts";
import { matmul } from "../matmul.ts";
import { broadcastIndices, countOf, lastTwo, leading, matrixOf, PivotError } from "./stack.ts";

/**
 * A matrix that has to be inverted is singular; `index` is the first zero on the diagonal that is divided by.
 *
 * @example
 * inv(tensor([[1, 2], [2, 4]])); // throws SingularMatrixError
 */
export class SingularMatrixError extends PivotError {
  readonly code = "SINGULAR_MATRIX";
  override readonly name = "SingularMatrixError";
}

/** The first zero on the diagonals of a stack of matrices: of which matrix, and where. */
export function firstZeroPivot(T: Tensor): { index: number; batch: number[]; entry: string } | null {
  for (let number = 0; number < countOf(T); number++) {
    const index = firstZeroOnDiagonal(matrixOf(T, number));
    if (index < 0) continue;
    const batch = unravel(number, leading(T.shape));
    return { index, batch, entry: formatShape([...batch, index, index]) };
  }
  return null;
}

/**
 * What elimination leaves of A, P·A = L·U, packed, for `lu`, `solve`, `det` and the others to share.
 *
 * No gradient flows through factors. An op that reads them takes A as an input as well, and says how its result depends on
 * A itself: A⁻¹B, for one, does not depend on how it was computed.
 */
export interface Factors {
  /** U in the upper triangle, L without its diagonal below it, [..., m, n]. */
  readonly LU: Tensor;
  /** Row i of P·A is row permutation[i] of A, [..., m]. */
  readonly permutation: Tensor;
  /** det P, [...]. */
  readonly sign: Tensor;
}

const factorRule: ManyRule<[A: Tensor]> = {
  name: "factor",
  shapes: ([A]) => [A.shape, A.shape.slice(0, -1), leading(A.shape)],
  forward([A], [LU, permutation, sign]) {
    const [m] = lastTwo(A.shape);
    LU.data.set(A.data);
    for (let i = 0; i < countOf(A); i++) {
      sign.data[i] = luKernel(matrixOf(LU, i), permutation.data.subarray(i * m, (i + 1) * m));
    }
  },
  vjp: ([A]) => [() => zerosLike(A)],
};

/** The factors of each matrix of a stack. */
export function factor(A: Tensor): Factors {
  const [LU, permutation, sign] = applyMany(factorRule, [A]);
  return { LU, permutation, sign };
}

/** Throws SingularMatrixError if a pivot is zero: `solve: A is singular; its pivot U[1,1] = 0`. */
export function checkInvertible(operation: string, LU: Tensor): void {
  inspect([LU], (factors) => {
    const zero = firstZeroPivot(factors);
    if (zero === null) return;
    const message = `${operation}: A is singular; its pivot U${zero.entry} = 0`;
    throw new SingularMatrixError(message, zero.index, zero.batch);
  });
}

const solveFactoredRule: Rule<[A: Tensor, LU: Tensor, permutation: Tensor, B: Tensor], [transposed: boolean]> = {
  name: "solveFactored",
  shape: ([A, , , B]) => [...broadcastShapes("solve", leading(A.shape), leading(B.shape)), ...lastTwo(B.shape)],
  forward([, LU, permutation, B], X, transposed) {
    const [n] = lastTwo(X.shape);
    const result: Shape = leading(X.shape);
    const numbersA = broadcastIndices(result, leading(LU.shape));
    const numbersB = broadcastIndices(result, leading(B.shape));
    numbersA.forEach((number, i) => {
      const order = permutation.data.subarray(number * n, (number + 1) * n);
      solveFactoredKernel(matrixOf(LU, number), order, transposed, matrixOf(B, numbersB[i]), matrixOf(X, i));
    });
  },
  vjp([A, LU, permutation, B], X, g, transposed) {
    const gB = memo(() => apply(solveFactoredRule, [A, LU, permutation, g], !transposed)); // not yet summed
    return [
      () => neg(sumTo(transposed ? matmul(X, gB(), "NT") : matmul(gB(), X, "NT"), A.shape)),
      () => zerosLike(LU),
      () => zerosLike(permutation),
      () => sumTo(gB(), B.shape),
    ];
  },
};

/**
 * A⁻¹B, or A⁻ᵀB, for a stack of A [..., n, n] whose factors are known and a stack of B [..., n, k], leading axes broadcast.
 *
 * Gradient: with X = A⁻¹B, ∂s/∂B = A⁻ᵀg and ∂s/∂A = −∂s/∂B·Xᵀ; docs/derivations/solve.md.
 */
export function solveFactored(
  A: Tensor,
  { LU, permutation }: Pick<Factors, "LU" | "permutation">,
  B: Tensor,
  transposed = false,
): Variable {
  return apply(solveFactoredRule, [A, LU, permutation, B], transposed);
}
