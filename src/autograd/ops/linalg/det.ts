import {
  cofactors as cofactorsKernel,
  determinant,
  logAbsDeterminant,
  signOfDeterminant,
} from "../../../tensor/linalg/determinant.ts";
import { eye, type Tensor } from "../../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../../rule.ts";
import { detach, type Variable } from "../../variable.ts";
import { mul, sub } from "../arithmetic.ts";
import { reshape, sum } from "../broadcast.ts";
import { checkInvertible, type Factors, factor, solveFactored } from "./factor.ts";
import { product } from "./product.ts";
import { asSquareMatrices, countOf, lastTwo, leading, matrixOf, noCotangent } from "./stack.ts";

type FactoredInputs = [A: Tensor, LU: Tensor, permutation: Tensor, sign: Tensor];

/** One number per matrix, as a stack of 1×1 matrices, to multiply matrices with. */
function perMatrix(x: Variable): Variable {
  return reshape(x, [...x.shape, 1, 1]);
}

const detRule: Rule<FactoredInputs> = {
  name: "det",
  shape: ([A]) => leading(A.shape),
  forward([, LU, , sign], y) {
    for (let i = 0; i < y.size; i++) y.data[i] = determinant(matrixOf(LU, i), sign.data[i]);
  },
  vjp: ([A, ...factors], _y, g) => [
    () => mul(perMatrix(g), apply(cofactorsRule, [A, ...factors])), // ∂det/∂A_ij is the cofactor C_ij
    ...factors.map((input) => () => noCotangent(input)),
  ],
};

/** C_ij = (−1)^{i+j} times A's determinant without row i and column j. */
const cofactorsRule: Rule<FactoredInputs> = {
  name: "cofactors",
  shape: ([A]) => A.shape,
  forward([, LU, permutation, sign], C) {
    const [n] = lastTwo(C.shape);
    for (let i = 0; i < countOf(C); i++) {
      cofactorsKernel(matrixOf(LU, i), permutation.data.subarray(i * n, (i + 1) * n), sign.data[i], matrixOf(C, i));
    }
  },
  // C = det A·Y with Y = A⁻ᵀ:  ⟨G, Y⟩·C − Y·Gᵀ·C
  vjp([A, LU, permutation, sign], C, g) {
    const gA = (): Variable => {
      checkInvertible("the second derivative of det", LU);
      const Y = inverseTransposed(A, { LU, permutation });
      const trace = sum(mul(g, Y), [-2, -1], { keepDims: true });
      return sub(mul(trace, C), product(product(Y, g, "NT"), C));
    };
    return [gA, ...[LU, permutation, sign].map((input) => () => noCotangent(input))];
  },
};

function inverseTransposed(A: Tensor, factors: Pick<Factors, "LU" | "permutation">): Variable {
  return solveFactored(A, factors, eye(lastTwo(A.shape)[0]), true);
}

/**
 * y = det A, as ± the product of the pivots of LU with partial pivoting.
 *
 * Gradient: g·C, C the matrix of cofactors: g·y·A⁻ᵀ, and for a singular A, too, what it is (of rank one, or zero).
 * Shape: [..., n, n] → [...]. Special cases: 1 for 0×0, 0 for a singular A; overflows only if the determinant does.
 * Cost: ⅔n³ operations, and 2n³ for the gradient. Throws ShapeError; in the gradient of the gradient SingularMatrixError for
 * a singular A.
 * Reference: Giles (2008), An extended collection of matrix derivative results; docs/derivations/det.md.
 *
 * @example
 * det(tensor([[1, 2], [3, 4]])).item(); // -2
 */
export function det(A: Operand): Variable {
  const matrices = asSquareMatrices("det", A);
  const { LU, permutation, sign } = factor(matrices);
  return apply(detRule, [matrices, LU, permutation, sign]);
}

const logAbsDetRule: Rule<[A: Tensor, LU: Tensor, permutation: Tensor], [operation: string]> = {
  name: "logAbsDet",
  shape: ([A]) => leading(A.shape),
  forward([, LU], y) {
    for (let i = 0; i < y.size; i++) y.data[i] = logAbsDeterminant(matrixOf(LU, i));
  },
  vjp([A, LU, permutation], _y, g, operation) {
    const gA = (): Variable => {
      checkInvertible(`the gradient of ${operation}`, LU);
      return mul(perMatrix(g), inverseTransposed(A, { LU, permutation }));
    };
    return [gA, () => noCotangent(LU), () => noCotangent(permutation)];
  },
};

const signRule: Rule<[LU: Tensor, sign: Tensor]> = {
  name: "sign",
  shape: ([LU]) => leading(LU.shape),
  forward([LU, sign], y) {
    for (let i = 0; i < y.size; i++) y.data[i] = signOfDeterminant(matrixOf(LU, i), sign.data[i]);
  },
  vjp: (inputs) => inputs.map((input) => () => noCotangent(input)),
};

/** What {@link slogdet} gives: det A = sign·exp(logAbsDet). */
export interface SignAndLogAbsDet {
  /** 1, −1, or 0 for a singular matrix; one per matrix. */
  readonly sign: Tensor;
  /** ln|det A| in nats; one per matrix. */
  readonly logAbsDet: Variable;
}

/**
 * (sign, ln|det A|), the latter as Σ ln|U_ii| over the pivots of LU: it neither over- nor underflows.
 *
 * Gradient: of logAbsDet g·A⁻ᵀ; the sign is constant. Shape: [..., n, n] → [...] and [...].
 * Special cases: (0, −∞) for a singular A, (1, 0) for 0×0; a matrix that is singular but for rounding has tiny pivots
 * instead of zeros. Cost: ⅔n³ operations, and 2n³ for the gradient.
 * Throws ShapeError; in the gradient SingularMatrixError for a singular A.
 * Reference: Giles (2008), An extended collection of matrix derivative results; docs/derivations/det.md.
 *
 * @example
 * slogdet(tensor([[0, 2], [1, 0]])); // { sign: -1, logAbsDet: 0.693… }
 */
export function slogdet(A: Operand): SignAndLogAbsDet {
  const matrices = asSquareMatrices("slogdet", A);
  const { LU, permutation, sign } = factor(matrices);
  return {
    sign: detach(apply(signRule, [LU, sign])),
    logAbsDet: apply(logAbsDetRule, [matrices, LU, permutation], "slogdet"),
  };
}

/** y = ln|det A|: {@link slogdet} without the sign. Gradient, shape, special cases, cost and errors are the same. */
export function logAbsDet(A: Operand): Variable {
  const matrices = asSquareMatrices("logAbsDet", A);
  const { LU, permutation } = factor(matrices);
  return apply(logAbsDetRule, [matrices, LU, permutation], "logAbsDet");
}
