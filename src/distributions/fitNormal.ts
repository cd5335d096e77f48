import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { checkTensor } from "../tensor/checks.ts";
import { columnStatistics } from "../tensor/columnStatistics.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { matrixAt } from "../tensor/kernels/block.ts";
import { cholesky } from "../tensor/linalg/choleskyFactorization.ts";
import { formatShape } from "../tensor/shape.ts";
import { matmul } from "../tensor/simd/simdMatmul.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { StandardRows } from "./gaussians.ts";
import { type MultivariateNormal, multivariateNormal } from "./multivariateNormal.ts";

/**
 * The full-covariance Gaussian of greatest likelihood for the rows of x [N, D]: μ = mean, Σ = (1/N) Σ (x − μ)(x − μ)ᵀ.
 *
 * It is a {@link multivariateNormal} with Σ = L·Lᵀ, and the yardstick for flows on real data. Columns are standardised first, so that their
 * units do not matter.
 *
 * Cost: O(N·D² + D³) to fit, O(B·D²) to evaluate. Throws ShapeError unless x is a matrix, DomainError for no rows,
 * NotPositiveDefiniteError when a column is constant or depends linearly on those before it.
 *
 * @example
 * const p = fitNormal(tensor([[0, 0], [2, 0], [0, 4], [2, 4]]));
 * p.loc; // [1, 2]
 * p.covariance(); // [[1, 0], [0, 4]]
 */
export function fitNormal(x: Tensor): MultivariateNormal {
  const { rows, mean, unit, factor } = standardise("fitNormal", x);
  const { D } = rows;
  const scaleTril = factor.map((value, i) => value * unit[Math.floor(i / D)]);
  return multivariateNormal({ loc: mean, scaleTril: new Tensor(scaleTril, [D, D]) });
}

/** Rows in units in which every column has mean 0 and deviation 1, and the Cholesky factor of what their covariance then is. */
export interface Standardised {
  readonly rows: StandardRows;
  /** [D] */
  readonly mean: Tensor;
  /** The deviations, [D]. */
  readonly unit: Float64Array;
  /** [D, D] */
  readonly factor: Float64Array;
}

/** The rows of x [N, D], standardised. Throws as {@link fitNormal} does, in the name of the operation. */
export function standardise(operation: string, x: Tensor): Standardised {
  checkTensor(operation, "x", x);
  if (x.rank !== 2) throw new ShapeError(`${operation}: x must be [N,D]; got ${formatShape(x.shape)}`);
  const [N, D] = x.shape;
  if (N === 0) throw new DomainError(`${operation}: needs at least one row; got none`);
  const { mean, deviation } = columnStatistics(operation, x);
  const unit = deviation.data.map((value) => value || Number.POSITIVE_INFINITY); // a constant column has a pivot of 0
  const rows = inUnits(x, mean, unit);
  const correlation = new Float64Array(D * D);
  matmul(correlation, rows.z, rows.z, D, D, N, "TN");
  for (let i = 0; i < correlation.length; i++) correlation[i] /= N;

  const factor = new Float64Array(D * D);
  const pivot = cholesky(matrixAt(correlation, D, D), matrixAt(factor, D, D));
  if (pivot < 0) return { rows, mean, unit, factor };
  throw new NotPositiveDefiniteError(
    `${operation}: the covariance must be positive definite; column ${pivot} is constant or depends on those before it`,
    pivot,
  );
}

/** (x − mean)/unit, column by column. */
export function inUnits(x: Tensor, mean: Tensor, unit: Float64Array): StandardRows {
  const [N, D] = x.shape;
  return { z: x.data.map((value, i) => (value - mean.data[i % D]) / unit[i % D]), N, D };
}
