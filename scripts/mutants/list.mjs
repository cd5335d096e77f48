import { DERIVATIVE_MUTANTS } from "./derivatives.mjs";
import { DISTRIBUTION_MUTANTS } from "./distributions.mjs";
import { FILE_MUTANTS } from "./files.mjs";
import { FLOW_MUTANTS } from "./flows.mjs";
import { PLAN_MUTANTS } from "./plans.mjs";
import { SIMD_MUTANTS } from "./simd.mjs";
import { TRAINING_MUTANTS } from "./training.mjs";

/**
 * A fault: what stands once in a file, what is put in its place, and the tests that must notice.
 *
 * @typedef {{ name: string, file: string, find: string, replace: string, tests: readonly string[] }} Mutant
 */

const everyOp = "test/autograd/ops/every.test.ts";
const docComments = "test/docComments.test.ts";

/**
 * A fault in a file of src/autograd/ops, against its mirrored test and the table of all ops.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {readonly string[]} [tests]
 * @returns {Mutant}
 */
function op(name, file, find, replace, tests) {
  const mirror = `test/autograd/ops/${file.replace(".ts", ".test.ts")}`;
  return { name, file: `src/autograd/ops/${file}`, find, replace, tests: tests ?? [mirror, everyOp] };
}

/**
 * A fault in a kernel or factorisation, against its mirrored test.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {readonly string[]} [tests]
 * @returns {Mutant}
 */
function tensor(name, file, find, replace, tests) {
  return {
    name,
    file: `src/tensor/${file}`,
    find,
    replace,
    tests: tests ?? [`test/tensor/${file.replace(".ts", ".test.ts")}`],
  };
}

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  // ops: signs, factors, operands, missing sums
  op("sub: sign of the second gradient", "arithmetic.ts", "() => neg(sumTo(g, b.shape))]", "() => sumTo(g, b.shape)]"),
  op(
    "add: no sum over what was stretched",
    "arithmetic.ts",
    "[() => sumTo(g, a.shape), () => sumTo(g, b.shape)]",
    "[() => sumTo(g, a.shape), () => g]",
  ),
  op(
    "mul: operands of the gradient exchanged",
    "arithmetic.ts",
    "sumTo(chain(g, b), a.shape), () => sumTo(chain(g, a), b.shape)",
    "sumTo(chain(g, a), a.shape), () => sumTo(chain(g, b), b.shape)",
  ),
  op(
    "div: the gradient of the divisor lacks one division",
    "arithmetic.ts",
    "neg(sumTo(chainQuotient(chain(g, y), b), b.shape))",
    "neg(sumTo(chain(g, y), b.shape))",
  ),
  op("square: factor 2 dropped", "arithmetic.ts", "chain(g, mul(x, 2))", "chain(g, x)"),
  op("pow: exponent not lowered in the gradient", "arithmetic.ts", "pow(x, exponent - 1)", "pow(x, exponent)"),
  op(
    "expm1: gradient with the sign of x wrong",
    "exponential.ts",
    "times(g, exp(x))], // not",
    "times(g, exp(neg(x)))], // not",
  ),
  op("log1p: gradient 1/x", "exponential.ts", "chainQuotient(g, add(x, 1))", "chainQuotient(g, x)"),
  tensor(
    "tanh: gradient 1 + y²",
    "kernels/binaryLoops.ts",
    "g[ig] * (1 - y[iy] * y[iy])",
    "g[ig] * (1 + y[iy] * y[iy])",
    ["test/simd/every.test.ts"],
  ),
  op(
    "tanh: second gradient without its factor 2",
    "exponential.ts",
    'scale(times(times(g, y), h, "both"), -2)',
    'scale(times(times(g, y), h, "both"), -1)',
  ),
  op("logSigmoid: gradient of the other side", "exponential.ts", "sigmoid(neg(x))", "sigmoid(x)"),
  op(
    "maximum: the loser gets the gradient",
    "selection.ts",
    "share(g, loses(a, b), equal(a, b))",
    "share(g, loses(b, a), equal(a, b))",
  ),
  op(
    "where: both branches get the gradient",
    "selection.ts",
    "() => sumTo(where(condition, 0, g), b.shape)",
    "() => sumTo(g, b.shape)",
  ),
  op(
    "clamp: no gradient at the bounds",
    "selection.ts",
    "y[i] = x[i] < low || x[i] > high ? 0 : g[i]",
    "y[i] = x[i] <= low || x[i] >= high ? 0 : g[i]",
  ),
  op(
    "conv2d: every group of a shard meets the cotangents of the first",
    "conv2d.ts",
    "const a = sideBySide(cotangents, first, G);",
    "const a = sideBySide(cotangents, start, G);",
    ["test/autograd/ops/conv2d.test.ts"],
  ),
  tensor(
    "images side by side: one of eight is taken for its neighbour",
    "kernels/imageGroups.ts",
    "from[a + 6 * nextFrom]",
    "from[a + 5 * nextFrom]",
    ["test/autograd/ops/conv2d.test.ts"],
  ),
  op(
    "softmax: the sum in its gradient dropped",
    "reduction.ts",
    "chain(sub(g, sum(chain(g, y), axis, { keepDims: true })), y)",
    "chain(g, y)",
  ),
  op(
    "cumsum: gradient summed from the wrong end",
    "reduction.ts",
    "apply(cumsumRule, [g], axis, !fromEnd)",
    "apply(cumsumRule, [g], axis, fromEnd)",
  ),
  op(
    "sum: the gradient is not stretched along the right axes",
    "broadcast.ts",
    "broadcastTo(reshape(g, reducedShape(x.shape, axes, true)), x.shape)",
    "broadcastTo(reshape(g, [...reducedShape(x.shape, axes, true)].reverse()), x.shape)",
  ),
  // linear algebra: gradients
  op(
    "lu: the constant diagonal of L gets a gradient",
    "linalg/lu.ts",
    "split(tril(gL, -1), [k, m - k], -2)",
    "split(tril(gL), [k, m - k], -2)",
  ),
  op(
    "lu: rows gathered where they should be scattered",
    "linalg/lu.ts",
    'apply(moveRowsRule, [gPA, permutation], "scatter")',
    'apply(moveRowsRule, [gPA, permutation], "gather")',
  ),
  op(
    "solve: A not transposed in the backward pass",
    "linalg/factor.ts",
    "[A, LU, permutation, g], !transposed)",
    "[A, LU, permutation, g], transposed)",
    ["test/autograd/ops/linalg/solve.test.ts", everyOp],
  ),
  op(
    "solveTriangular: gradient on a diagonal that is not read",
    "linalg/solveTriangular.ts",
    "tril(full, unitDiagonal ? -1 : 0)",
    "tril(full, 0)",
  ),
  op(
    "solveTriangular: sign of the gradient of A",
    "linalg/solveTriangular.ts",
    "return neg(lower ? tril",
    "return (lower ? tril",
  ),
  op("cholesky: the diagonal is not halved", "linalg/cholesky.ts", "mul(add(tril(X), tril(X, -1)), 0.5)", "tril(X)"),
  op("qr: the lower triangle is not mirrored", "linalg/qr.ts", "add(tril(M), transpose(tril(M, -1)))", "tril(M)"),
  op(
    "qr: sign inside the gradient",
    "linalg/qr.ts",
    'sub(matmul(U, gU, "NT"), matmul(gQTotal, Q, "TN"))',
    'add(matmul(U, gU, "NT"), matmul(gQTotal, Q, "TN"))',
  ),
  op(
    "slogdet: inverse not transposed",
    "linalg/det.ts",
    "return solveFactored(A, factors, eye(lastTwo(A.shape)[0]), true);",
    "return solveFactored(A, factors, eye(lastTwo(A.shape)[0]), false);",
  ),
  op("matrixExp: gradient at A instead of Aᵀ", "linalg/matrixExp.ts", "const At = transpose(A);", "const At = A;"),
  op(
    "affineMap: gradients of all at once although the zeros of a cotangent meet ∞",
    "affineMap.ts",
    "if (!done || wrongWeight() || wrongX()) {",
    "if (!done) {",
    ["test/autograd/ops/chain.test.ts"],
  ),
  // linear algebra: algorithms
  tensor(
    "lu: the parity of the permutation is not counted",
    "linalg/luFactorization.ts",
    "sign = -sign;",
    "sign = 1;",
    ["test/autograd/ops/linalg/det.test.ts", "test/tensor/linalg/luFactorization.test.ts"],
  ),
  tensor(
    "lu: no pivoting",
    "linalg/luFactorization.ts",
    "if (size > largest) {",
    "if (size > largest && largest === 0) {",
  ),
  tensor(
    "lu: the last of several largest wins",
    "linalg/luFactorization.ts",
    "if (size > largest) {",
    "if (size >= largest) {",
  ),
  tensor(
    "lu: multiplies by the reciprocal of the pivot",
    "linalg/luFactorization.ts",
    "if (pivot !== 0) data[row + j] /= pivot;",
    "if (pivot !== 0) data[row + j] *= 1 / pivot;",
  ),
  tensor(
    "triangular: lower and upper exchanged when transposed",
    "linalg/triangular.ts",
    "if (triangle.lower !== triangle.transposed)",
    "if (triangle.lower)",
  ),
  tensor("triangular: a unit diagonal is divided by", "linalg/triangular.ts", "if (unitDiagonal) continue;", ""),
  tensor(
    "cholesky: a zero pivot passes",
    "linalg/choleskyFactorization.ts",
    "if (!(entry > 0)) return i;",
    "if (entry < 0) return i;",
  ),
  tensor(
    "qr: the diagonal of R keeps its sign",
    "linalg/qrFactorization.ts",
    "if (!(R.data[R.start + i * n + i] < 0)) continue;",
    "continue;",
  ),
  tensor(
    "qr: the last reflection is not applied",
    "linalg/qrFactorization.ts",
    "for (let last = reflectors.length - 1; last >= 0; last--)",
    "for (let last = reflectors.length - 2; last >= 0; last--)",
  ),
  tensor(
    "matmul: of three rows left over only the last is computed",
    "kernels/matrixProduct.ts",
    "if (rowsLeft >= 2) tile(",
    "if (rowsLeft === 2) tile(",
  ),
  tensor(
    "matmul: a strip of three takes its first vector again",
    "kernels/matrixProduct.ts",
    "at = iw + t * downW;",
    "at = iw;",
  ),
  tensor(
    "update: one operand of the tile is wrong",
    "kernels/subtractProduct.ts",
    "c21 -= a2 * b1;",
    "c21 -= a2 * b0;",
  ),
  tensor(
    "det: indices exchanged in the derivative of a cofactor",
    "linalg/cofactorDerivative.ts",
    "K.data[i * n + j] = -H.data[j * n + i] * rest;",
    "K.data[i * n + j] = -H.data[i * n + j] * rest;",
    ["test/autograd/ops/linalg/det.test.ts"],
  ),
  tensor("matrixExp: one coefficient is wrong", "linalg/matrixExponential.ts", "16380, 182, 1]", "16380, 183, 1]"),
  // elementary functions
  tensor(
    "exp: one coefficient in its fifth digit",
    "kernels/elementary.ts",
    "r * 0.16666666666666666 + r * r",
    "r * 0.1667 + r * r",
  ),
  tensor("exp: a power of two in one part", "kernels/elementary.ts", "T + (expTable[at + 1] + T *", "T + (T *"),
  tensor("tanh: 1 − T instead of 1 − T²", "kernels/elementary.ts", "((1 - T * T) * u)", "((1 - T) * u)"),
  tensor(
    "expm1: eˣ − 1 for small x",
    "kernels/elementary.ts",
    "return x === 0 ? x : x + expTail(x);",
    "return x === 0 ? x : exp(x) - 1;",
  ),
  tensor(
    "log1p: what rounding 1 + x lost is forgotten",
    "kernels/elementary.ts",
    "return log(u) + (x - (u - 1)) / u;",
    "return log(u);",
  ),
  tensor(
    "log: ln 2 in one part",
    "kernels/elementary.ts",
    "return k * LN2_HIGH - (half - (s * (half + R) + k * LN2_LOW) - f);",
    "return k * LN2_HIGH - (half - s * (half + R) - f);",
  ),
  tensor("tanh: odd only in name", "kernels/elementary.ts", "return x < 0 ? -y : y;", "return y;"),
  tensor(
    "erf: complement not subtracted",
    "kernels/erf.ts",
    "const y = 1 - expOfMinusSquare(size, 1) * scaledComplement(size);",
    "const y = 1 + expOfMinusSquare(size, 1) * scaledComplement(size);",
  ),
  tensor(
    "erf′: x² not compensated",
    "kernels/erf.ts",
    "return expOfSum(-scale * square, -scale * productError(x, x, square));",
    "return expOfSum(-scale * square, 0);",
  ),
  tensor(
    "sin: π/2 in three parts instead of four",
    "kernels/sinCos.ts",
    "const low = aLost + bLost - n * HALF_PI_4;",
    "const low = aLost;",
  ),
  // doc comments
  op(
    "comments: an example states what does not come",
    "arithmetic.ts",
    "mul(tensor([1, 2]), tensor([3, 4])); // [3, 8]",
    "mul(tensor([1, 2]), tensor([3, 4])); // [3, 9]",
    [docComments],
  ),
  op(
    "comments: a function without an example",
    "arithmetic.ts",
    " *\n * @example\n * neg(tensor([1, -2])); // [-1, 2]\n",
    "",
    [docComments],
  ),
  op(
    "comments: nothing compares what an example says",
    "exponential.ts",
    "exp(tensor([0, 1, 710])); //",
    "if (true) exp(1); //",
    [docComments],
  ),
  op("comments: an error is not named", "broadcast.ts", " * DomainError for what is no list of numbers.\n", "", [
    docComments,
  ]),
  ...DERIVATIVE_MUTANTS,
  ...DISTRIBUTION_MUTANTS,
  ...FLOW_MUTANTS,
  ...TRAINING_MUTANTS,
  ...PLAN_MUTANTS,
  ...FILE_MUTANTS,
  ...SIMD_MUTANTS,
];
