// z = W x with W = P·L·U: log|det J| = Σ ln|U_ii|.

import { sum } from "../../autograd/ops/broadcast.ts";
import { tril, triu } from "../../autograd/ops/diagonal.ts";
import { take } from "../../autograd/ops/indexing.ts";
import { lu } from "../../autograd/ops/linalg/lu.ts";
import { solveTriangular } from "../../autograd/ops/linalg/solveTriangular.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { noGrad } from "../../autograd/rule.ts";
import { parameter, type Variable } from "../../autograd/variable.ts";
import { type Kind, kind, type Place, size } from "../../tensor/definitions/reading.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { ones, type Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import {
  type BiasOption,
  type LinearLayer,
  type LinearMap,
  linearLayer,
  readBias,
  signedExp,
  triangularMatrix,
} from "./linearMap.ts";
import { inversePermutation } from "./permutation.ts";
import { diagonalOf, type LinearStart, signedPermutation, signsAndLogs, signsAt, startWeight } from "./weights.ts";

/**
 * z = W x with W = P·L·U: L unit lower triangular, U upper triangular with the diagonal sign_i·exp(ℓ_i), P a permutation.
 *
 * Why factors: the entries of W itself cannot be trained freely, because some choices are singular, and its determinant and inverse cost
 * O(D³). Whatever the parameters of the factors are, W is invertible.
 * Log-det: Σ ℓ_i, the same at every point. Inverse: x = U⁻¹·L⁻¹·Pᵀ·z, two substitutions.
 * Parameters: `lower` and `upper` [D, D], of which the strict triangles are read, and `logDiagonal` ℓ, all unconstrained. P and
 * the signs are fixed at the start (buffers): training never changes the sign of det W. W is factored once, with partial pivoting, at the
 * start: a random rotation, or the weight given. (Some slides give L and U a positive diagonal each. Those are D numbers too many, since
 * L·U = (L·S)·(S⁻¹·U) for any diagonal S; and without signs only one in eight random 3×3 matrices can be given.)
 * Smoothness: C∞ (linear). Cost: O(D²) both ways, O(D) the log-det.
 * Throws SingularMatrixError for a weight with a zero pivot (one that is singular but for rounding is not noticed),
 * ShapeError, DomainError.
 * Reference: Kingma & Dhariwal (2018), §3.2, https://arxiv.org/abs/1807.03039; they store |U_ii| and its sign, as we do.
 *
 * @example
 * luLinear({ weight: tensor([[0, 2], [1, 1]]) }).forward(tensor([[3, 4]])); // { z: [[8, 7]], logDet: [0.693147] }
 */
export function luLinear(options: LinearStart & BiasOption): LinearLayer {
  checkOptions("luLinear", options, { dimensions: true, weight: true, bias: true, random: true });
  const map = luMap("luLinear", options);
  return linearLayer(map, { type: "luLinear", dimensions: map.dimensions }, options.bias);
}

/** W = P·L·U, by its factors. */
export function luMap(operation: string, options: LinearStart): LinearMap {
  const start = noGrad(() => lu(startWeight(operation, options))); // W[permutation] = L·U
  const { signs, logs } = signsAndLogs(operation, diagonalOf(start.U));
  const lower = parameter(tril(start.L, -1), "lower");
  const upper = parameter(triu(start.U, 1), "upper");
  const logDiagonal = parameter(logs, "logDiagonal");
  const D = signs.size;
  const permutation = Array.from(start.permutation.data);
  const back = inversePermutation(permutation);
  const L = (): Variable => triangularMatrix(lower, ones([D]), true);
  const U = (): Variable => triangularMatrix(upper, signedExp(signs, logDiagonal), false);
  return {
    dimensions: D,
    parameters: [lower, upper, logDiagonal],
    buffers: new Map([
      ["permutation", start.permutation],
      ["signs", signs],
    ]),
    apply(X) {
      const Y = matmul(matmul(X, U(), "NT"), L(), "NT"); // y = L·U·x
      return take(Y, back, 1); // z_p(i) = y_i
    },
    solve(Z) {
      const Y = transpose(take(Z, permutation, 1)); // one column per point
      const UX = solveTriangular(lower, Y, { lower: true, unitDiagonal: true });
      return transpose(solveTriangular(U(), UX, { lower: false }));
    },
    logAbsDet: () => sum(logDiagonal),
  };
}

/** Rebuilds {@link luLinear} from its definition; its permutation and its signs are buffers. */
export const luLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: size, bias: readBias },
  ({ dimensions: D, bias }, at) => luLinear({ weight: luStartAt(at, D), ...defined({ bias }) }),
);

/** A matrix whose LU decomposition has the permutation and the signs that were saved. */
export function luStartAt(at: Place, D: number): Tensor {
  at.claim(2 * D * D + 4 * D);
  const order = Array.from(at.buffer("permutation", [D]).data);
  inversePermutation(order);
  return signedPermutation(order, signsAt(at, D));
}
