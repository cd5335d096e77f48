// z_i = s_i·(x_i − μ_i)/σ_i: J is diagonal and constant, and log|det J| = −Σ log σ_i.
import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { exp } from "../../autograd/ops/exponential.ts";
import { parameter } from "../../autograd/variable.ts";
import { type Kind, kind, listOf, number, optional } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { checkOptions, defined } from "../../tensor/options.ts";
import { formatShape, sizeOf } from "../../tensor/shape.ts";
import { ones, Tensor, zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { pointShape, readDimensions } from "../dimensions.ts";
import { layer } from "../layer.ts";
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
 * Log-det: −Σ log σ, the same at every point: z_i depends on x_i alone, so J is diagonal, with the entries ∂z_i/∂x_i = s_i/σ_i.
 * (pointwise.ts has the case of any function f of one number, with log|det J| = Σ log|f′(x_i)|.)
 * Inverse: x = s·z·exp(log σ) + μ.
 * Parameters: μ and log σ, one of each per coordinate, unconstrained (σ = exp(log σ) is positive whatever they are); they start at 0.
 * With the signs, every affine map with a diagonal and invertible matrix can be given. Smoothness: C∞ (affine). Cost: O(D) both ways.
 * Throws ShapeError unless there is one sign per coordinate, DomainError for signs other than ±1.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762.
 *
 * @example
 * const affine = elementwiseAffine({ dimensions: 2, signs: [1, -1] });
 * affine.forward(tensor([[3, 4]])); // { z: [[3, -4]], logDet: [0] } at the start
 */
export function elementwiseAffine(options: ElementwiseAffineOptions): Bijection {
  checkOptions("elementwiseAffine", options, { dimensions: true, signs: true });
  const { dimensions, signs } = options;
  const shape = pointShape("elementwiseAffine", dimensions);
  const s = signs === undefined ? ones(shape) : signsOf(signs, shape);
  const mu = parameter(zeros(shape), "shift");
  const logSigma = parameter(zeros(shape), "logScale");
  return layer({
    shape,
    parameters: [mu, logSigma],
    definition: {
      type: "elementwiseAffine",
      dimensions,
      ...(signs === undefined ? {} : { signs: Array.from(s.data) }),
    },
    forward: (x) => ({
      z: mul(sub(x, mu), mul(s, exp(neg(logSigma)))),
      logDet: constantLogDet(neg(sum(logSigma)), x),
    }),
    inverse: (z) => ({
      x: add(mul(z, mul(s, exp(logSigma))), mu),
      logDet: constantLogDet(sum(logSigma), z),
    }),
  });
}

function signsOf(signs: ArrayLike<number>, shape: readonly number[]): Tensor {
  if (signs?.length !== sizeOf(shape)) {
    const came = signs?.length ?? describeValue(signs);
    throw new ShapeError(`elementwiseAffine: one sign per coordinate; got ${came} for ${formatShape(shape)}`);
  }
  const s = Array.from(signs);
  const wrong = s.findIndex((sign) => sign !== 1 && sign !== -1);
  if (wrong >= 0) throw new DomainError(`elementwiseAffine: signs are 1 or -1; got ${describeValue(s[wrong])}`);
  return new Tensor(Float64Array.from(s), shape);
}

/** Rebuilds elementwiseAffine from its definition. */
export const elementwiseAffineEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, signs: /*#__PURE__*/ optional(/*#__PURE__*/ listOf(number)) },
  ({ dimensions, signs }, at) => {
    at.claim(3 * sizeOf(pointShape("elementwiseAffine", dimensions)));
    return elementwiseAffine({ dimensions, ...defined({ signs }) });
  },
);
