// z = x within ±T, and grows like a logarithm outside: log|det J| = −Σ ln(1 + |x_i| − T) over the coordinates outside.

import { relu } from "../../autograd/ops/activation.ts";
import { add, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { lessEqual } from "../../autograd/ops/comparison.ts";
import { expm1, log1p } from "../../autograd/ops/exponential.ts";
import { abs, sign, where } from "../../autograd/ops/selection.ts";
import type { Variable } from "../../autograd/variable.ts";
import { type Kind, kind, number } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { readDimensions } from "../dimensions.ts";
import { type PointwiseOptions, pointwise } from "./pointwise.ts";

/** What {@link logTails} takes. */
export interface LogTailsOptions extends PointwiseOptions {
  /** T: within ±T nothing moves. A positive number; 3 by default. */
  readonly threshold?: number;
}

/**
 * z = x where |x| ≤ T, else sign(x)·(T + ln(1 + |x| − T)), coordinate by coordinate: heavy tails become light ones.
 *
 * Under a normal base the tails of the density fall like exp(−½ ln²|x|)/|x|, slower than any exponential; a point a hundred deviations away costs tens of
 * nats, not thousands. Behind `standardization`, T counts deviations.
 *
 * Log-det: −Σ ln(1 + |x_i| − T) over those outside. Inverse: x = z where |z| ≤ T, else sign(z)·(T + e^(|z| − T) − 1), with log-det Σ (|z_i| − T) over those
 * outside. Parameters: none; T is fixed. Smoothness: C¹; at ±T the second derivative jumps. Special cases: ±∞ to ±∞, with a log-det of −∞;
 * back, what lies beyond |z| = T + 709.78 has an x beyond float64, ±∞. Cost: O(D) both ways.
 * Throws DomainError unless the threshold is a positive number.
 *
 * @example
 * logTails({ dimensions: 1 }).forward(tensor([[2], [3 + Math.E - 1]])).z; // [[2], [4]]
 */
export function logTails(options: LogTailsOptions): Bijection {
  checkOptions("logTails", options, { dimensions: true, threshold: true });
  const { dimensions, threshold: T = 3 } = options;
  if (!(Number.isFinite(T) && T > 0)) {
    throw new DomainError(`logTails: the threshold must be a positive number; got ${describeValue(T)}`);
  }
  /** |x| − T, or 0 inside */
  const excess = (x: Tensor): Variable => relu(sub(abs(x), T));
  /** x inside, sign(x)·(T + y) outside */
  const outside = (x: Tensor, y: Tensor): Variable => where(lessEqual(abs(x), T), x, mul(sign(x), add(y, T)));
  return pointwise("logTails", dimensions, {
    forward(x) {
      const logarithm = log1p(excess(x));
      return { z: outside(x, logarithm), logSlope: neg(logarithm) };
    },
    inverse(z) {
      const beyond = excess(z);
      return { x: outside(z, expm1(beyond)), logSlope: beyond };
    },
    options: { threshold: T },
  });
}

/** Rebuilds logTails from its definition. */
export const logTailsEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, threshold: number },
  logTails,
);
