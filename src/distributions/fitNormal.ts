import { mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { matmul } from "../autograd/ops/matmul.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { matrixAt } from "../tensor/kernels/block.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { matmul as matmulKernel } from "../tensor/kernels/matmul.ts";
import { pairwiseSum, reduceAxis } from "../tensor/kernels/reduce.ts";
import { cholesky } from "../tensor/linalg/cholesky.ts";
import { forwardSubstitution } from "../tensor/linalg/triangular.ts";
import { checkBatch, formatShape } from "../tensor/shape.ts";
import { eye, Tensor } from "../tensor/tensor.ts";
import type { Distribution } from "./distribution.ts";
import { LOG_2PI } from "./standardNormal.ts";

/**
 * The full-covariance Gaussian of greatest likelihood for the rows of x [N, D]: μ = mean, Σ = (1/N) Σ (x − μ)(x − μ)ᵀ.
 *
 * With Σ = L·Lᵀ and z = L⁻¹(x − μ): log p(x) = −½|z|² − Σ ln L_ii − (D/2)·ln 2π. The yardstick for flows on real data.
 *
 * Cost: O(N·D² + D³) to fit, O(B·D²) to evaluate. Throws ShapeError unless x is a matrix, DomainError for no rows,
 * NotPositiveDefiniteError when a column is constant or depends linearly on those before it.
 */
export function fitNormal(x: Tensor): Distribution {
  if (x.rank !== 2) throw new ShapeError(`fitNormal: x must be [N,D]; got ${formatShape(x.shape)}`);
  const [N, D] = x.shape;
  if (N === 0) throw new DomainError("fitNormal: needs at least one row; got none");
  const mean = new Float64Array(D);
  reduceAxis(pairwiseSum, x.data, x.shape, 0, mean);
  for (let j = 0; j < D; j++) mean[j] /= N;
  const centred = x.data.map((value, i) => value - mean[i % D]);
  const covariance = new Float64Array(D * D);
  matmulKernel(covariance, centred, centred, D, D, N, "TN");
  for (let i = 0; i < covariance.length; i++) covariance[i] /= N;

  const L = new Float64Array(D * D);
  const pivot = cholesky(matrixAt(covariance, D, D), matrixAt(L, D, D));
  if (pivot >= 0) {
    throw new NotPositiveDefiniteError(
      `fitNormal: the covariance must be positive definite; column ${pivot} is constant or depends on those before it`,
      pivot,
    );
  }
  let logDet = 0;
  for (let i = 0; i < D; i++) logDet += log(L[i * D + i]);
  const whitening = eye(D).data; // becomes L⁻¹
  forwardSubstitution(matrixAt(L, D, D), false, matrixAt(whitening, D, D));

  const mu = new Tensor(mean, [D]);
  const W = new Tensor(whitening, [D, D]);
  const scale = new Tensor(L, [D, D]);
  return {
    eventShape: [D],
    parameters: [],
    logProb(points) {
      checkBatch("fitNormal", points.shape, [D]);
      const z = matmul(sub(points, mu), W, "NT"); // [B, D]
      return sub(mul(sum(square(z), 1), -0.5), logDet + 0.5 * D * LOG_2PI);
    },
    sample: (n, random) => {
      const noise = random.normal([n, D]);
      const points = new Float64Array(n * D);
      matmulKernel(points, noise.data, scale.data, n, D, D, "NT");
      return new Tensor(
        points.map((value, i) => value + mean[i % D]),
        [n, D],
      );
    },
    entropy: () => logDet + 0.5 * D * (1 + LOG_2PI),
  };
}
