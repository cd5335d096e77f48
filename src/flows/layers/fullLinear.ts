// z = W x: J = W, and log|det J| = ln|det W|, by LU at every call.

import { logAbsDet } from "../../autograd/ops/linalg/det.ts";
import { solve } from "../../autograd/ops/linalg/solve.ts";
import { matmul } from "../../autograd/ops/matmul.ts";
import { transpose } from "../../autograd/ops/rearrange.ts";
import { parameter } from "../../autograd/variable.ts";
import { type Kind, kind, size } from "../../tensor/definitions/reading.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { type BiasOption, type LinearLayer, type LinearMap, linearLayer, readBias } from "./linearMap.ts";
import { checkPivots, type LinearStart, startWeight } from "./weights.ts";

/**
 * z = W x with a W that has no structure: the baseline against which LU and QR are measured.
 *
 * Log-det: ln|det W| by LU, at every call anew. Inverse: x = W⁻¹·z by LU with partial pivoting; no inverse is formed.
 * Parameters: `weight` [D, D], unconstrained; nothing keeps it from becoming singular, or its determinant from changing sign.
 * Starts at a random rotation, or at the weight given. Smoothness: C∞ (linear).
 * Cost: forward O(D²) and O(D³) for its log-det; inverse O(D³).
 * Throws SingularMatrixError, both ways, where a pivot of W is exactly zero (one that is zero but for rounding is not noticed);
 * ShapeError, DomainError.
 * Reference: Oliva et al. (2018), Transformation autoregressive networks, https://arxiv.org/abs/1801.09819, learn a linear map
 * as a first layer; Kingma & Dhariwal (2018), §3.2, https://arxiv.org/abs/1807.03039, state the cost.
 *
 * @example
 * fullLinear({ weight: tensor([[0, 2], [1, 1]]) }).forward(tensor([[3, 4]])); // { z: [[8, 7]], logDet: [0.693147] }
 */
export function fullLinear(options: LinearStart & BiasOption): LinearLayer {
  checkOptions("fullLinear", options, { dimensions: true, weight: true, bias: true, random: true });
  const map = fullMap("fullLinear", options);
  return linearLayer(map, { type: "fullLinear", dimensions: map.dimensions }, options.bias);
}

/** W itself. */
export function fullMap(operation: string, options: LinearStart): LinearMap {
  const W = parameter(startWeight(operation, options), "weight");
  return {
    dimensions: W.shape[0],
    parameters: [W],
    apply: (X) => matmul(X, W, "NT"),
    solve: (Z) => transpose(solve(W, transpose(Z))),
    logAbsDet() {
      const volume = logAbsDet(W);
      if (volume.item() === Number.NEGATIVE_INFINITY) checkPivots(operation, W);
      return volume;
    },
  };
}

/** Rebuilds fullLinear from its definition. */
export const fullLinearEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: size, bias: readBias },
  ({ dimensions: D, bias }, at) => {
    at.claim(D * D + D);
    return fullLinear({ dimensions: D, random: at.random, ...defined({ bias }) });
  },
);
