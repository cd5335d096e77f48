// z = W x with a triangular W: z_i = w_i·x_i + Σ_{j<i} W_ij·x_j, and log|det J| = Σ ln|w_i|.

import { sum } from "../../autograd/ops/broadcast.ts";
import { tril, triu } from "../../autograd/ops/diagonal.ts";
import { solveTriangular } from "../../autograd/ops/linalg/solveTriangular.ts";
import { chainMatmul } from "../../autograd/ops/matmul.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { noGrad } from "../../autograd/rule.ts";
import { parameter } from "../../autograd/variable.ts";
import { checkFlag } from "../../tensor/checks.ts";
import { boolean, type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { DomainError } from "../../tensor/errors.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { eye, type Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type BiasOption, type LinearLayer, linearLayer, readBias, signedExp, triangularMatrix } from "./linearMap.ts";
import { checkDimensions, checkWeight, diagonalOf, signedPermutation, signsAndLogs, signsAt } from "./weights.ts";

/** What {@link triangularLinear} takes: D, or the triangular matrix [D, D] to start from; lower by default. */
export type TriangularLinearOptions = { readonly lower?: boolean } & BiasOption &
  (
    | { readonly dimensions: number; readonly weight?: undefined }
    | { readonly weight: Tensor; readonly dimensions?: undefined }
  );

/**
 * z = W x with a triangular W: z_i = w_i·x_i + Σ_{j<i} W_ij·x_j (j > i for an upper one), w_i = sign_i·exp(ℓ_i).
 *
 * Log-det: Σ ℓ_i, the same at every point: z_i depends on x_j with j ≤ i only, so J = W is triangular, and its determinant is the
 * product of its diagonal. Inverse: substitution, x₁ = z₁/w₁, x₂ = (z₂ − W₂₁x₁)/w₂, …
 * Parameters: `lower` (or `upper`) [D, D], of which the strict triangle is read, and `logDiagonal` ℓ, both unconstrained; the
 * signs are fixed at the start (a buffer). Starts at the identity, or at the weight given. Smoothness: C∞ (linear).
 * Cost: O(D²) both ways, O(D) the log-det. It is the linear case of maskedAutoregressive.ts.
 * Throws DomainError for a weight with entries in the other triangle, ShapeError, and SingularMatrixError for a zero on
 * the diagonal.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 *
 * @example
 * triangularLinear({ weight: tensor([[2, 0], [1, -1]]) }).forward(tensor([[3, 4]])); // { z: [[6, -1]], logDet: [0.693147] }
 */
export function triangularLinear(options: TriangularLinearOptions): LinearLayer {
  checkOptions("triangularLinear", options, { dimensions: true, weight: true, bias: true, lower: true });
  const { lower = true } = options;
  checkFlag("triangularLinear", "lower", lower);
  const weight = startTriangle(options, lower);
  const { signs, logs } = signsAndLogs("triangularLinear", diagonalOf(weight));
  const strict = noGrad(() => (lower ? tril(weight, -1) : triu(weight, 1)));
  const entries = parameter(strict, lower ? "lower" : "upper");
  const logDiagonal = parameter(logs, "logDiagonal");
  const W = () => triangularMatrix(entries, signedExp(signs, logDiagonal), lower);
  const map = {
    dimensions: signs.size,
    parameters: [entries, logDiagonal],
    buffers: new Map([["signs", signs]]),
    apply: (X: Tensor) => chainMatmul(X, W(), "NT", "B"), // what the triangle leaves out acts nowhere, not on NaN either
    solve: (Z: Tensor) => transpose(solveTriangular(W(), transpose(Z), { lower })),
    logAbsDet: () => sum(logDiagonal),
  };
  return linearLayer(map, { type: "triangularLinear", dimensions: signs.size, lower }, options.bias);
}

function startTriangle({ dimensions, weight }: TriangularLinearOptions, lower: boolean): Tensor {
  if (weight === undefined) return eye(checkDimensions("triangularLinear", dimensions));
  const W = checkWeight("triangularLinear", weight);
  const D = W.shape[0];
  const outside = (i: number, j: number): boolean => (lower ? j > i : j < i);
  const wrong = W.data.findIndex((entry, at) => entry !== 0 && outside(Math.floor(at / D), at % D));
  if (wrong < 0) return W;
  const place = `W[${Math.floor(wrong / D)},${wrong % D}] = ${W.data[wrong]}`;
  throw new DomainError(`triangularLinear: the weight must be ${lower ? "lower" : "upper"} triangular; ${place}`);
}

/** Rebuilds {@link triangularLinear} from its definition; its signs are a buffer. */
export const triangularLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: size, lower: boolean, bias: readBias },
  ({ dimensions: D, lower, bias }, at) => {
    at.claim(D * D + 3 * D);
    const natural = Array.from({ length: D }, (_, i) => i);
    return triangularLinear({ weight: signedPermutation(natural, signsAt(at, D)), lower, ...defined({ bias }) });
  },
);
