export { type GradOptions, grad, StaleGraphError, type ValueAndGrads, valueAndGrad } from "./grad.ts";
export { type GradcheckFailure, type GradcheckOptions, type GradcheckReport, gradcheck } from "./gradcheck.ts";
export { hessian, jacobian } from "./jacobian.ts";
export { type CertifiedJacobian, type NumericalJacobianOptions, numericalJacobian } from "./numericalJacobian.ts";
export { elu, type GeluOptions, gelu, leakyRelu, relu, silu } from "./ops/activation.ts";
export { add, div, mul, neg, pow, reciprocal, sqrt, square, sub } from "./ops/arithmetic.ts";
export { broadcastTo, type ReductionOptions, reshape, sum } from "./ops/broadcast.ts";
export { checkFinite, NonFiniteError } from "./ops/checkFinite.ts";
export { equal, greater, greaterEqual, isFinite, less, lessEqual } from "./ops/comparison.ts";
export { type Conv2dOptions, conv2d } from "./ops/conv2d.ts";
export { diagonal, diagonalMatrix, tril, triu } from "./ops/diagonal.ts";
export { erf } from "./ops/errorFunction.ts";
export { exp, expm1, log, log1p, logSigmoid, sigmoid, softplus, tanh } from "./ops/exponential.ts";
export { argMax, max, min } from "./ops/extremum.ts";
export { gather, oneHot, take } from "./ops/indexing.ts";
export { cholesky, NotPositiveDefiniteError } from "./ops/linalg/cholesky.ts";
export { det, logAbsDet, type SignAndLogAbsDet, slogdet } from "./ops/linalg/det.ts";
export { SingularMatrixError } from "./ops/linalg/factor.ts";
export { type LUFactors, lu } from "./ops/linalg/lu.ts";
export { matrixExp } from "./ops/linalg/matrixExp.ts";
export { type QRFactors, qr } from "./ops/linalg/qr.ts";
export { inv, solve } from "./ops/linalg/solve.ts";
export { type SolveTriangularOptions, solveTriangular } from "./ops/linalg/solveTriangular.ts";
export { dot, matmul, outer } from "./ops/matmul.ts";
export { norm, std, type VarianceOptions, variance } from "./ops/moments.ts";
export { concat, expandDims, permute, split, squeeze, stack, transpose } from "./ops/rearrange.ts";
export { cumsum, logSoftmax, logSumExp, mean, prod, softmax } from "./ops/reduction.ts";
export { abs, clamp, maximum, minimum, sign, where } from "./ops/selection.ts";
export { flip, pad, type Range, roll, slice } from "./ops/slice.ts";
export { cos, sin } from "./ops/trigonometric.ts";
export { pure } from "./pure.ts";
export {
  type Application,
  apply,
  applyMany,
  type ManyRule,
  noGrad,
  type Operand,
  type Operands,
  type Rule,
} from "./rule.ts";
export { detach, Parameter, parameter, Variable, variable } from "./variable.ts";
export { jvp, vjp } from "./vjp.ts";
