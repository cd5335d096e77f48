import { cofactorDerivative } from "../../../tensor/linalg/cofactorDerivative.ts";
import {
  cofactors as cofactorsKernel,
  determinant,
  logAbsDeterminant,
  signOfDeterminant,
} from "../../../tensor/linalg/determinant.ts";
import { eye, type Tensor } from "../../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../../rule.ts";
import { detach, type Variable } from "../../variable.ts";
import { add, mul, sub } from "../arithmetic.ts";
import { reshape, sum, zerosLike } from "../broadcast.ts";
import { chain } from "../chain.ts";
import { diagonal } from "../diagonal.ts";
import { matmul } from "../matmul.ts";
import { expandDims } from "../rearrange.ts";
import { checkInvertible, type Factors, factor, solveFactored } from "./factor.ts";
import { asSquareMatrices, countOf, lastTwo, leading, matrixOf } from "./stack.ts";

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
    () => chain(perMatrix(g), apply(cofactorsRule, [A, ...factors])), // ∂det/∂A_ij is the cofactor C_ij
    ...factors.map((input) => () => zerosLike(input)),
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
  // the second derivative of det is symmetric: that of ⟨G, C⟩ with respect to A is the change of C along G
  vjp: ([A, ...factors], C, g) => [
    () => apply(cofactorChangeRule, [A, ...factors, C, g]),
    ...factors.map((input) => () => zerosLike(input)),
  ],
};

/** d/dt cof(A + t·G) at t = 0, linear in G and its own adjoint. */
const cofactorChangeRule: Rule<[...FactoredInputs, C: Tensor, G: Tensor]> = {
  name: "cofactorChange",
  shape: ([A]) => A.shape,
  forward([A, , , , , G], change) {
    for (let i = 0; i < countOf(A); i++) cofactorDerivative(matrixOf(A, i), matrixOf(G, i), matrixOf(change, i));
  },
  // with N = A⁻¹, P = N·G and Q = N·H:  (tr P·tr Q − tr PQ)·C + C·(PQ + QP − tr Q·P − tr P·Q)ᵀ
  vjp([A, LU, permutation, sign, C, G], _change, H) {
    const gA = (): Variable => {
      checkInvertible("the third derivative of det", LU);
      const [P, Q] = [G, H].map((direction) => solveFactored(A, { LU, permutation }, direction));
      const trace = (M: Variable): Variable => sum(diagonal(M), -1, { keepDims: true });
      const [trP, trQ, trPQ] = [P, Q, matmul(P, Q)].map((M) => expandDims(trace(M), -1));
      const both = add(matmul(P, Q), matmul(Q, P));
      const rest = sub(both, add(mul(trQ, P), mul(trP, Q)));
      return add(mul(sub(mul(trP, trQ), trPQ), C), matmul(C, rest, "NT"));
    };
    return [
      gA,
      ...[LU, permutation, sign, C].map((input) => () => zerosLike(input)), // C belongs to A
      () => apply(cofactorChangeRule, [A, LU, permutation, sign, C, H]),
    ];
  },
};

function inverseTransposed(A: Tensor, factors: Pick<Factors, "LU" | "permutation">): Variable {
  return solveFactored(A, factors, eye(lastTwo(A.shape)[0]), true);
}

/**
 * y = det A, as ± the product of the pivots of LU with partial pivoting.
 *
 * Gradient: g·C, C the matrix of cofactors: g·y·A⁻ᵀ, and for a singular A, too, what it is (of rank one, or zero). So is the
 * gradient of the gradient.
 * Shape: [..., n, n] → [...]. Special cases: 1 for 0×0, 0 for a singular A; overflows only if the determinant does.
 * Cost: ⅔n³ operations, and 2n³ for the gradient. Throws ShapeError; in the third derivative SingularMatrixError for a
 * singular A.
 * Reference: Giles (2008), An extended collection of matrix derivative results; docs/derivations/det.md.
 *
 * @example
 * det(tensor([[1, 2], [3, 4]])); // -2
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
    return [gA, () => zerosLike(LU), () => zerosLike(permutation)];
  },
};

const signRule: Rule<[LU: Tensor, sign: Tensor]> = {
  name: "sign",
  shape: ([LU]) => leading(LU.shape),
  forward([LU, sign], y) {
    for (let i = 0; i < y.size; i++) y.data[i] = signOfDeterminant(matrixOf(LU, i), sign.data[i]);
  },
  vjp: (inputs) => inputs.map((input) => () => zerosLike(input)),
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
 * slogdet(tensor([[0, 2], [1, 0]])); // { sign: -1, logAbsDet: 0.693147 }, ln 2
 */
export function slogdet(A: Operand): SignAndLogAbsDet {
  const matrices = asSquareMatrices("slogdet", A);
  const { LU, permutation, sign } = factor(matrices);
  return {
    sign: detach(apply(signRule, [LU, sign])),
    logAbsDet: apply(logAbsDetRule, [matrices, LU, permutation], "slogdet"),
  };
}

/**
 * y = ln|det A|: {@link slogdet} without the sign. Gradient, shape, special cases, cost and errors are the same.
 *
 * @example
 * logAbsDet(diagonalMatrix(full([40], 1e-10))); // -921.034, where det underflows
 */
export function logAbsDet(A: Operand): Variable {
  const matrices = asSquareMatrices("logAbsDet", A);
  const { LU, permutation } = factor(matrices);
  return apply(logAbsDetRule, [matrices, LU, permutation], "logAbsDet");
}
