import { add, div, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/broadcast.ts";
import { exp, tanh } from "../../autograd/ops/exponential.ts";
import { split } from "../../autograd/ops/shape.ts";
import type { Variable } from "../../autograd/variable.ts";
import { eventAxes } from "../../distributions/distribution.ts";
import { DomainError } from "../../tensor/errors.ts";
import * as elementary from "../../tensor/kernels/elementary.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Element } from "./element.ts";

/** What {@link affineElement} takes. */
export interface AffineElementOptions {
  /** c, the bound of |log σ| in the default map; 2 by default. */
  readonly maximumLogScale?: number;
  /** a ↦ log σ, from the first raw number; c·tanh(a/c) by default. */
  readonly logScale?: (a: Variable) => Variable;
  /** (b, log σ) ↦ μ, from the second raw number; b by default. */
  readonly shift?: (b: Variable, logSigma: Variable) => Variable;
}

/**
 * z = (x − μ)·exp(−log σ), with log σ = c·tanh(a/c) and μ = b for raw numbers (a, b).
 *
 * Log-det: −Σ log σ, from the very same log σ. Inverse: x = z·exp(log σ) + μ.
 * Parameters: none of its own; a and b are unconstrained, and log σ lies in (−c, c), so that nothing can overflow.
 * Smoothness: C∞. Cost: O(D) both ways.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803; they write z = x·eˢ + t, that is
 * σ = e⁻ˢ and μ = −t·e⁻ˢ.
 */
export function affineElement(options: AffineElementOptions = {}): Element {
  const c = options.maximumLogScale ?? 2;
  if (!(c > 0)) throw new DomainError(`affineElement: maximumLogScale must be positive; got ${c}`);
  const logScale = options.logScale ?? ((a) => mul(tanh(div(a, c)), c));
  const shift = options.shift ?? ((b) => b);

  /** μ and log σ in the shape of x. */
  const read = (x: Tensor, raw: Tensor): { mu: Variable; logSigma: Variable } => {
    const [a, b] = split(raw, [x.shape[1], x.shape[1]], 1);
    const logSigma = logScale(a);
    return { mu: shift(b, logSigma), logSigma };
  };
  const element: Element = {
    rawPerDimension: 2,
    definition: {
      type: "affine",
      ...(options.logScale === undefined ? { maximumLogScale: c } : { logScale: "custom" }),
      ...(options.shift === undefined ? {} : { shift: "custom" }),
    },
    ...(options.logScale === undefined && options.shift === undefined ? { inverseEach: inverseEach(c) } : {}),
    forward(x, raw) {
      const { mu, logSigma } = read(x, raw);
      return { z: mul(sub(x, mu), exp(neg(logSigma))), logDet: neg(sum(logSigma, eventAxes(x))) };
    },
    inverse(z, raw) {
      const { mu, logSigma } = read(z, raw);
      return { x: add(mul(z, exp(logSigma)), mu), logDet: sum(logSigma, eventAxes(z)) };
    },
  };
  return options.logScale === undefined && options.shift === undefined ? element : element;
}

/** x = z·exp(log σ) + μ with the default maps, number by number. */
function inverseEach(c: number): NonNullable<Element["inverseEach"]> {
  return (values, start, count, raw, logDets) => {
    for (let k = 0; k < count; k++) {
      const logSigma = elementary.tanh(raw[k] / c) * c;
      values[start + k] = values[start + k] * elementary.exp(logSigma) + raw[count + k];
      logDets[start + k] = logSigma;
    }
  };
}
