import { matrixAt } from "../../../tensor/kernels/block.ts";
import { qr as qrKernel } from "../../../tensor/linalg/qrFactorization.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { inspect } from "../../recorder.ts";
import { applyMany, type ManyRule, type Operand } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { add, sub } from "../arithmetic.ts";
import { tril, triu } from "../diagonal.ts";
import { matmul } from "../matmul.ts";
import { concat, split, transpose } from "../rearrange.ts";
import { firstZeroPivot, SingularMatrixError } from "./factor.ts";
import { solveTriangularFromRight } from "./solveTriangular.ts";
import { asMatrices, countOf, lastTwo, leading, matrixOf } from "./stack.ts";

/** What {@link qr} gives: A = Q·R. */
export interface QRFactors {
  /** [..., m, k], k = min(m, n): orthonormal columns. */
  readonly Q: Variable;
  /** [..., k, n]: upper triangular, its diagonal positive. */
  readonly R: Variable;
}

const qrRule: ManyRule<[A: Tensor]> = {
  name: "qr",
  shapes([A]) {
    const [m, n] = lastTwo(A.shape);
    return [
      [...leading(A.shape), m, Math.min(m, n)],
      [...leading(A.shape), Math.min(m, n), n],
    ];
  },
  forward([A], [Q, R]) {
    const [m, n] = lastTwo(A.shape);
    for (let i = 0; i < countOf(A); i++) {
      const work = A.data.slice(i * m * n, (i + 1) * m * n);
      qrKernel(matrixAt(work, m, n), matrixOf(Q, i), matrixOf(R, i));
    }
  },
  vjp([A], [Q, R], [gQ, gR]) {
    return [
      () => {
        checkFullRank(R);
        // A = [X Y] with X of k columns, R = [U V]: X = Q·U and V = Qᵀ·Y, where Y is empty unless A is wide
        const [, n] = lastTwo(A.shape);
        const k = lastTwo(Q.shape)[1];
        const [, Y] = split(A, [k, n - k], -1);
        const [U] = split(R, [k, n - k], -1);
        const [gU, gV] = split(triu(gR), [k, n - k], -1);
        const gQTotal = add(gQ, matmul(Y, gV, "NT")); // V depends on Q, too
        const M = sub(matmul(U, gU, "NT"), matmul(gQTotal, Q, "TN"));
        const symmetric = add(tril(M), transpose(tril(M, -1))); // the lower triangle of M, mirrored
        const gX = solveTriangularFromRight(add(gQTotal, matmul(Q, symmetric)), U, { lower: false, transposed: true });
        return concat([gX, matmul(Q, gV)], -1);
      },
    ];
  },
};

/** Throws SingularMatrixError if R has a zero on its diagonal. */
function checkFullRank(R: Tensor): void {
  inspect([R], (factor) => {
    const zero = firstZeroPivot(factor);
    if (zero === null) return;
    const message = `the gradient of qr: A must have full rank; R${zero.entry} = 0`;
    throw new SingularMatrixError(message, zero.index, zero.batch);
  });
}

/**
 * A = Q·R, reduced: QᵀQ = I, R upper triangular with a positive diagonal, which makes both unique if A has full rank.
 *
 * Gradient, for m ≥ n: (gQ + Q·copyltu(R·gRᵀ − gQᵀQ))·R⁻ᵀ, where copyltu mirrors the lower triangle.
 * Shape: [..., m, n] → Q [..., m, k], R [..., k, n], with k = min(m, n).
 * Special cases: where the columns of A are dependent R has zeros (or what rounding makes of them) on its diagonal, and Q
 * is one of many; no squares overflow or underflow that the result would not show. NaN spreads.
 * Cost: 8mnk − 4(m + n)k² + (8/3)k³ operations, (8/3)n³ for square A. Throws ShapeError; in the gradient SingularMatrixError
 * where R has a zero among the first k of its diagonal.
 * Reference: Golub & Van Loan, Matrix Computations (4th ed.), §5.2 (Householder); Roberts & Roberts (2020), QR and LQ
 * decomposition matrix backpropagation algorithms for square, wide, and deep matrices, https://arxiv.org/abs/2009.10071;
 * docs/derivations/qr.md.
 *
 * @example
 * qr(tensor([[0, 2], [3, 4]])); // { Q: [[0, 1], [1, 0]], R: [[3, 4], [0, 2]] }
 */
export function qr(A: Operand): QRFactors {
  const [Q, R] = applyMany(qrRule, [asMatrices("qr", A)]);
  return { Q, R };
}
