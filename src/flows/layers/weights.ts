import { diagonal } from "../../autograd/ops/diagonal.ts";
import { log } from "../../autograd/ops/exponential.ts";
import { slogdet } from "../../autograd/ops/linalg/det.ts";
import { factor, firstZeroPivot, SingularMatrixError } from "../../autograd/ops/linalg/factor.ts";
import { qr } from "../../autograd/ops/linalg/qr.ts";
import { abs, sign } from "../../autograd/ops/selection.ts";
import { noGrad } from "../../autograd/rule.ts";
import { detach } from "../../autograd/variable.ts";
import { checkRandom, checkTensor } from "../../tensor/checks.ts";
import type { Place } from "../../tensor/definitions/reading.ts";
import { DomainError, ShapeError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { checkCount, checkShape, formatShape, sameShape, unravel } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

// What linear layers start from: matrices that were given, and random rotations. D dimensions.

/** How a linear layer starts: as a random rotation, or as a given invertible matrix [D, D]. */
export type LinearStart =
  | { readonly dimensions: number; readonly random: Random; readonly weight?: undefined }
  | { readonly weight: Tensor; readonly dimensions?: undefined; readonly random?: undefined };

/** D, an integer ≥ 1, for which a matrix [D, D] can be held. Throws DomainError, LimitError. */
export function checkDimensions(operation: string, dimensions: unknown): number {
  const D = checkCount(operation, "D", dimensions, 1);
  checkShape(operation, [D, D]);
  return D;
}

/** The given weight, checked, or a random rotation. Throws ShapeError, DomainError, SingularMatrixError. */
export function startWeight(operation: string, options: LinearStart): Tensor {
  if (options.weight !== undefined) return checkInvertibleWeight(operation, options.weight);
  const D = checkDimensions(operation, options.dimensions);
  return randomRotation(D, checkRandom(operation, options.random));
}

/** A square matrix of finite numbers. Throws ShapeError, DomainError. */
export function checkWeight(operation: string, weight: unknown): Tensor {
  const W = checkTensor(operation, "the weight", weight);
  const { shape, data } = W;
  if (W.rank !== 2 || shape[0] !== shape[1] || shape[0] === 0) {
    throw new ShapeError(`${operation}: the weight must be [D,D], D ≥ 1; got ${formatShape(shape)}`);
  }
  checkFiniteEntries(operation, W);
  return new Tensor(data, shape);
}

/** Throws DomainError at the first entry that is NaN or infinite. */
export function checkFiniteEntries(operation: string, { data, shape }: Tensor): void {
  const at = data.findIndex((entry) => !Number.isFinite(entry));
  if (at < 0) return;
  const entry = formatShape(unravel(at, shape));
  throw new DomainError(`${operation}: the weight must be finite; weight${entry} is ${data[at]}`);
}

/** A square matrix without a zero pivot. Throws SingularMatrixError, and as {@link checkWeight}. */
export function checkInvertibleWeight(operation: string, weight: unknown): Tensor {
  const W = checkWeight(operation, weight);
  checkPivots(operation, W);
  return W;
}

/** Throws SingularMatrixError, in the name of the operation, if elimination meets a zero pivot. */
export function checkPivots(operation: string, W: Tensor): void {
  const zero = noGrad(() => firstZeroPivot(factor(W).LU));
  if (zero === null) return;
  throw new SingularMatrixError(`${operation}: W is singular; its pivot U${zero.entry} = 0`, zero.index);
}

/**
 * The signs of a diagonal and the logarithms of its absolute values, [D] each: what `signedExp` puts together again.
 *
 * Throws SingularMatrixError at the first zero.
 */
export function signsAndLogs(operation: string, entries: Tensor): { signs: Tensor; logs: Tensor } {
  const index = entries.data.indexOf(0);
  if (index >= 0) {
    throw new SingularMatrixError(`${operation}: W is singular; W[${index},${index}] = 0`, index);
  }
  return noGrad(() => ({ signs: detach(sign(entries)), logs: detach(log(abs(entries))) }));
}

/** The diagonal of a matrix, as plain numbers. */
export function diagonalOf(W: Tensor): Tensor {
  return noGrad(() => detach(diagonal(W)));
}

/**
 * A random rotation, det = +1, uniform (Haar): Q of the QR decomposition of a Gaussian matrix, diag R > 0.
 *
 * Reference: Mezzadri (2007), How to generate random matrices from the classical compact groups,
 * https://arxiv.org/abs/math-ph/0609050.
 */
export function randomRotation(D: number, random: Random): Tensor {
  return noGrad(() => {
    const { Q } = qr(random.normal([D, D]));
    const entries = Q.data.slice();
    // half of them are reflections as well: turn the first column round
    if (slogdet(Q).sign.item() < 0) for (let i = 0; i < D; i++) entries[i * D] = -entries[i * D];
    return new Tensor(entries, [D, D]);
  });
}

/** How far a matrix may be from orthogonal to be given as one: it is then replaced by one that is, to rounding. */
const ORTHOGONALITY = 1e-10;

/** A matrix with W·Wᵀ = I within 1e-10. Throws DomainError, and as {@link checkWeight}. */
export function checkOrthogonalWeight(operation: string, weight: unknown): Tensor {
  const W = checkWeight(operation, weight);
  const D = W.shape[0];
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < D; k++) product += W.data[i * D + k] * W.data[j * D + k];
      const error = Math.abs(product - (i === j ? 1 : 0));
      if (error <= ORTHOGONALITY) continue;
      throw new DomainError(`${operation}: the weight must be orthogonal; (W·Wᵀ)[${i},${j}] = ${product}`);
    }
  }
  return W;
}

/** Throws ShapeError unless two shapes are the same, in the words of linear layers. */
export function checkSameShape(operation: string, came: Tensor, shape: readonly number[]): void {
  if (sameShape(came.shape, shape)) return;
  throw new ShapeError(`${operation}: the weight must be ${formatShape(shape)}; got ${formatShape(came.shape)}`);
}

/** The signs of D diagonal entries that were saved. Throws DomainError. */
export function signsAt(at: Place, D: number): Tensor {
  const buffer = at.buffer("signs", [D]);
  const wrong = buffer.data.find((sign) => sign !== 1 && sign !== -1);
  if (wrong !== undefined) throw at.refusal(`needs signs that are 1 or -1; got ${wrong}`);
  return buffer;
}

/** W with W[p(i), i] = sign_i, and 0 elsewhere: P·diag(signs). */
export function signedPermutation(order: readonly number[], { data }: Tensor): Tensor {
  const D = order.length;
  const entries = new Float64Array(D * D);
  order.forEach((row, i) => {
    entries[row * D + i] = data[i];
  });
  return new Tensor(entries, [D, D]);
}
