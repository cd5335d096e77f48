import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { parameter } from "../../autograd/variable.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { checkBatch, formatShape, sizeOf } from "../../tensor/shape.ts";
import { ones, Tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { pointShape } from "../dimensions.ts";
import { constantLogDet } from "../logDet.ts";
import type { PointwiseOptions } from "./pointwise.ts";

/** What {@link elementwiseAffine} takes. */
export interface ElementwiseAffineOptions extends PointwiseOptions {
  /** +1 or −1 for each coordinate (of an image, in row-major order): −1 turns it around; all +1 by default. */
  readonly signs?: ArrayLike<number>;
}

/**
 * z = s·(x − μ)·exp(−log σ), coordinate by coordinate, with μ and log σ learned, and signs s = ±1 that are fixed.
 *
 * Log-det: −Σ log σ, the same at every point. Inverse: x = s·z·exp(log σ) + μ.
 * Parameters: μ and log σ, one of each per coordinate, unconstrained; they start at 0. With the signs, every affine map with a
 * diagonal and invertible matrix can be given. Smoothness: C∞ (affine). Cost: O(D) both ways.
 * Throws ShapeError unless there is one sign per coordinate, DomainError for signs other than ±1.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 */
export function elementwiseAffine({ dimensions, signs }: ElementwiseAffineOptions): Bijection {
  const shape = pointShape("elementwiseAffine", dimensions);
  const s = signs === undefined ? ones(shape) : signsOf(signs, shape);
  const mu = parameter(zeros(shape), "shift");
  const logSigma = parameter(zeros(shape), "logScale");
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: [mu, logSigma],
    buffers: new Map(),
    definition: {
      type: "elementwiseAffine",
      dimensions,
      ...(signs === undefined ? {} : { signs: Array.from(s.data) }),
    },
    cost: { forward: "parallel", inverse: "parallel" },
    forward(x) {
      const B = checkBatch("elementwiseAffine", x.shape, shape);
      const scale = mul(s, exp(neg(logSigma)));
      return { z: mul(sub(x, mu), scale), logDet: constantLogDet(neg(sum(logSigma)), B) };
    },
    inverse(z) {
      const B = checkBatch("elementwiseAffine", z.shape, shape);
      const scale = mul(s, exp(logSigma));
      return { x: add(mul(z, scale), mu), logDet: constantLogDet(sum(logSigma), B) };
    },
  };
}

function signsOf(signs: ArrayLike<number>, shape: readonly number[]): Tensor {
  const s = Float64Array.from(signs);
  if (s.length !== sizeOf(shape)) {
    throw new ShapeError(`elementwiseAffine: one sign per coordinate; got ${s.length} for ${formatShape(shape)}`);
  }
  const wrong = s.find((sign) => sign !== 1 && sign !== -1);
  if (wrong !== undefined) throw new DomainError(`elementwiseAffine: signs are 1 or -1; got ${describeValue(wrong)}`);
  return new Tensor(s, shape);
}
