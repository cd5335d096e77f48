// z = W x with a diagonal W: z_i = w_i·x_i, and log|det J| = Σ ln|w_i|.

import { div, mul } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { parameter } from "../../autograd/variable.ts";
import { type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { formatShape } from "../../tensor/shape.ts";
import { ones, Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type BiasOption, type LinearLayer, linearLayer, readBias, signedExp } from "./linearMap.ts";
import { checkDimensions, checkFiniteEntries, checkWeight, diagonalOf, signsAndLogs, signsAt } from "./weights.ts";

/** What {@link diagonalLinear} takes: D, or the diagonal [D] (or the whole diagonal matrix [D, D]) to start from. */
export type DiagonalLinearOptions = BiasOption &
  (
    | { readonly dimensions: number; readonly weight?: undefined }
    | { readonly weight: Tensor; readonly dimensions?: undefined }
  );

/**
 * z = W x with a diagonal W: z_i = w_i·x_i, w_i = sign_i·exp(ℓ_i).
 *
 * Log-det: Σ ℓ_i, the same at every point. Inverse: x_i = z_i/w_i.
 * Parameters: `logDiagonal` ℓ, unconstrained; the signs are fixed at the start (a buffer). Starts at the identity, or at the
 * weight given. Smoothness: C∞ (linear). Cost: O(D) both ways.
 * Throws DomainError, ShapeError, and SingularMatrixError for a weight with a zero.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 *
 * @example
 * diagonalLinear({ weight: tensor([2, -1]) }).forward(tensor([[3, 4]])); // { z: [[6, -4]], logDet: [0.693147] }
 */
export function diagonalLinear(options: DiagonalLinearOptions): LinearLayer {
  checkOptions("diagonalLinear", options, { dimensions: true, weight: true, bias: true });
  const { signs, logs } = signsAndLogs("diagonalLinear", startDiagonal(options));
  const logDiagonal = parameter(logs, "logDiagonal");
  const w = () => signedExp(signs, logDiagonal);
  const map = {
    dimensions: signs.size,
    parameters: [logDiagonal],
    buffers: new Map([["signs", signs]]),
    apply: (X: Tensor) => mul(X, w()),
    solve: (Z: Tensor) => div(Z, w()),
    logAbsDet: () => sum(logDiagonal),
  };
  return linearLayer(map, { type: "diagonalLinear", dimensions: signs.size }, options.bias);
}

function startDiagonal({ dimensions, weight }: DiagonalLinearOptions): Tensor {
  if (weight === undefined) return ones([checkDimensions("diagonalLinear", dimensions)]);
  if (!(weight instanceof Tensor) || weight.rank !== 1) {
    const W = checkWeight("diagonalLinear", weight);
    const D = W.shape[0];
    const beside = W.data.findIndex((entry, at) => entry !== 0 && at % (D + 1) !== 0);
    if (beside < 0) return diagonalOf(W);
    const place = `W[${Math.floor(beside / D)},${beside % D}] = ${W.data[beside]}`;
    throw new DomainError(`diagonalLinear: the weight must be diagonal; ${place}`);
  }
  if (weight.size === 0) {
    throw new ShapeError(`diagonalLinear: the weight must be [D] or [D,D], D ≥ 1; got ${formatShape(weight.shape)}`);
  }
  checkFiniteEntries("diagonalLinear", weight);
  return weight;
}

/** Rebuilds {@link diagonalLinear} from its definition; its signs are a buffer. */
export const diagonalLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: size, bias: readBias },
  ({ dimensions: D, bias }, at) => {
    at.claim(3 * D);
    return diagonalLinear({ weight: signsAt(at, D), ...defined({ bias }) });
  },
);
