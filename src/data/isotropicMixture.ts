import { add, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { take } from "../autograd/ops/indexing.ts";
import { logSumExp } from "../autograd/ops/reduction.ts";
import type { Variable } from "../autograd/variable.ts";
import { LOG_2PI } from "../distributions/standardNormal.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { Tensor } from "../tensor/tensor.ts";
import { inPieces } from "./pieces.ts";

/** A point of the plane. */
export type Point = readonly [x1: number, x2: number];

/** A Gaussian of the mixture: where it is, and its share of the mass. The shares add up to 1. */
interface Centre {
  readonly point: Point;
  readonly share: number;
}

/**
 * ln p(x) of the mixture of circular Gaussians p(x) = Σ_k share_k·N(x; c_k, σ²I), [B, 2] → [B].
 *
 * With c_k the nodes of a quadrature rule along a curve, and the weights for shares, it is the density of a point on the
 * curve with noise of σ added. Cost: K exponentials per point, K the number of centres.
 */
export function isotropicMixture(name: string, centres: readonly Centre[], sigma: number): (x: Tensor) => Variable {
  const K = centres.length;
  const row = (value: (centre: Centre) => number): Tensor => new Tensor(Float64Array.from(centres, value), [1, K]);
  const centres1 = row(({ point: [c1] }) => c1);
  const centres2 = row(({ point: [, c2] }) => c2);
  const constant = -LOG_2PI - 2 * log(sigma); // of N(·, σ²I) in two dimensions
  const logShares = row(({ share }) => log(share) + constant);
  return inPieces(name, K, (x) => {
    // ln Σ_k share_k·exp(−|x − c_k|²/2σ²), [b, 2] → [b]
    const squares = add(square(sub(take(x, [0], 1), centres1)), square(sub(take(x, [1], 1), centres2))); // [b, K]
    return logSumExp(add(mul(squares, -0.5 / (sigma * sigma)), logShares), 1);
  });
}
