import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { checkTensor } from "../tensor/checks.ts";
import { columnStatistics } from "../tensor/columnStatistics.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { matrixAt } from "../tensor/kernels/block.ts";
import { cholesky } from "../tensor/linalg/choleskyFactorization.ts";
import { formatShape } from "../tensor/shape.ts";
import { matmul } from "../tensor/simd/simdMatmul.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type MultivariateNormal, multivariateNormal } from "./multivariateNormal.ts";

/**
 * The full-covariance Gaussian of greatest likelihood for the rows of x [N, D]: μ = mean, Σ = (1/N) Σ (x − μ)(x − μ)ᵀ.
 *
 * It is a {@link multivariateNormal} with Σ = L·Lᵀ, and the yardstick for flows on real data. Columns are standardised first, so that their
 * units do not matter.
 *
 * Cost: O(N·D² + D³) to fit, O(B·D²) to evaluate. Throws ShapeError unless x is a matrix, DomainError for no rows,
 * NotPositiveDefiniteError when a column is constant or depends linearly on those before it.
 */
export function fitNormal(x: Tensor): MultivariateNormal {
  checkTensor("fitNormal", "x", x);
  if (x.rank !== 2) throw new ShapeError(`fitNormal: x must be [N,D]; got ${formatShape(x.shape)}`);
  const [N, D] = x.shape;
  if (N === 0) throw new DomainError("fitNormal: needs at least one row; got none");
  const { mean, deviation } = columnStatistics("fitNormal", x);
  const unit = deviation.data.map((value) => value || Number.POSITIVE_INFINITY); // a constant column has a pivot of 0
  const standardised = x.data.map((value, i) => (value - mean.data[i % D]) / unit[i % D]);
  const correlation = new Float64Array(D * D);
  matmul(correlation, standardised, standardised, D, D, N, "TN");
  for (let i = 0; i < correlation.length; i++) correlation[i] /= N;

  const L = new Float64Array(D * D);
  const pivot = cholesky(matrixAt(correlation, D, D), matrixAt(L, D, D));
  if (pivot >= 0) {
    throw new NotPositiveDefiniteError(
      `fitNormal: the covariance must be positive definite; column ${pivot} is constant or depends on those before it`,
      pivot,
    );
  }
  const scaleTril = L.map((value, i) => value * unit[Math.floor(i / D)]);
  return multivariateNormal({ loc: mean, scaleTril: new Tensor(scaleTril, [D, D]) });
}
