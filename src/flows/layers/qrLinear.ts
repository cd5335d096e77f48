// z = W x with W = Q·R: log|det J| = Σ ln R_ii.

import { sum } from "../../autograd/ops/broadcast.ts";
import { triu } from "../../autograd/ops/diagonal.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { qr } from "../../autograd/ops/linalg/qr.ts";
import { solveTriangular } from "../../autograd/ops/linalg/solveTriangular.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { noGrad } from "../../autograd/rule.ts";
import { parameter, type Variable } from "../../autograd/variable.ts";
import { checkRandom } from "../../tensor/checks.ts";
import { type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { eye, type Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { randomReflections, reflectionsOf, reflectRows } from "./householder.ts";
import {
  type BiasOption,
  type LinearLayer,
  type LinearMap,
  linearLayer,
  readBias,
  triangularMatrix,
} from "./linearMap.ts";
import { checkDimensions, checkInvertibleWeight, diagonalOf, type LinearStart, signsAndLogs } from "./weights.ts";

/** What {@link qrLinear} takes: how it starts, and for a random start K, the number of reflections; D or D − 1 by default. */
export type QRLinearOptions = LinearStart & BiasOption & { readonly reflections?: number };

/**
 * z = W x with W = Q·R: Q = H_K⋯H_1 a product of reflections, R upper triangular with the diagonal exp(ℓ_i).
 *
 * Log-det: Σ ℓ_i, the same at every point. Inverse: x = R⁻¹·Qᵀ·z, reflections in the other order and a substitution.
 * Parameters: `reflections` [K, D], any vectors but zero, `upper` [D, D], of which the strict triangle is read, and
 * `logDiagonal` ℓ, unconstrained. det Q = (−1)ᴷ, so training never changes the sign of det W. Starts at random reflections and
 * R = I, or at the weight given, decomposed once; K is then the one of D and D − 1 that gives the sign of det W. A
 * random start takes the even one, a rotation; any other K can be asked for.
 * Smoothness: C∞ (linear). Cost: O(D²) both ways for K ≤ D, O(D) the log-det.
 * Throws SingularMatrixError for a weight with a zero pivot (one that is singular but for rounding is not noticed),
 * ShapeError, DomainError.
 * Reference: Hoogeboom, van den Berg & Welling (2019), §3.2, https://arxiv.org/abs/1901.11137; reflections for Q as in Tomczak &
 * Welling (2016), https://arxiv.org/abs/1611.09630.
 *
 * @example
 * qrLinear({ weight: tensor([[0, 2], [1, 1]]) }).forward(tensor([[3, 4]])); // { z: [[8, 7]], logDet: [0.693147] }
 */
export function qrLinear(options: QRLinearOptions): LinearLayer {
  checkOptions("qrLinear", options, { dimensions: true, weight: true, bias: true, random: true, reflections: true });
  const map = qrMap("qrLinear", options);
  const [reflections, dimensions] = map.parameters[0].shape;
  return linearLayer(map, { type: "qrLinear", dimensions, reflections }, options.bias);
}

/** W = Q·R, by reflections and a triangle. */
export function qrMap(operation: string, options: QRLinearOptions): LinearMap {
  const start = startFactors(operation, options);
  const reflections = parameter(start.V, "reflections");
  const upper = parameter(
    noGrad(() => triu(start.R, 1)),
    "upper",
  );
  const logDiagonal = parameter(signsAndLogs(operation, diagonalOf(start.R)).logs, "logDiagonal");
  const R = (): Variable => triangularMatrix(upper, exp(logDiagonal), false);
  return {
    dimensions: logDiagonal.size,
    parameters: [reflections, upper, logDiagonal],
    apply: (X) => reflectRows(operation, matmul(X, R(), "NT"), reflections, false),
    solve(Z) {
      const Y = reflectRows(operation, Z, reflections, true); // Qᵀ·z
      return transpose(solveTriangular(R(), transpose(Y), { lower: false }));
    },
    logAbsDet: () => sum(logDiagonal),
  };
}

function startFactors(operation: string, options: QRLinearOptions): { V: Tensor; R: Tensor } {
  if (options.weight !== undefined) {
    const W = checkInvertibleWeight(operation, options.weight);
    const { Q, R } = noGrad(() => qr(W)); // diag R > 0
    return { V: reflectionsOf(Q), R };
  }
  const D = checkDimensions(operation, options.dimensions);
  const V = randomReflections(operation, D, checkRandom(operation, options.random), options.reflections);
  return { V, R: eye(D) };
}

/** Rebuilds qrLinear from its definition. */
export const qrLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: size, reflections: size, bias: readBias },
  ({ dimensions: D, reflections, bias }, at) => {
    at.claim((reflections + D + 2) * D);
    return qrLinear({ dimensions: D, reflections, random: at.random, ...defined({ bias }) });
  },
);
