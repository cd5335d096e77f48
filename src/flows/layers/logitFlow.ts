// z = ln y − ln(1 − y) with y = α + (1 − 2α)x: log|det J| = Σ (ln(1 − 2α) − ln y_i − ln(1 − y_i)).

import { add, div, mul, neg, sub } from "../../autograd/ops/arithmetic.ts";
import { log, logSigmoid, sigmoid } from "../../autograd/ops/exponential.ts";
import type { Operand } from "../../autograd/rule.ts";
import type { Variable } from "../../autograd/variable.ts";
import { type Kind, kind, number } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { log as logOf } from "../../tensor/kernels/elementary.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { readDimensions } from "../dimensions.ts";
import { type Domain, lastInside } from "../domain.ts";
import { type PointwiseOptions, pointwise } from "./pointwise.ts";

/** What {@link logitFlow} takes. */
export interface LogitFlowOptions extends PointwiseOptions {
  /** α, 0 ≤ α < ½: how far 0 and 1 are kept from where the logit is infinite; 0 by default. */
  readonly alpha?: number;
}

/**
 * z = ln y − ln(1 − y) with y = α + (1 − 2α)x, coordinate by coordinate: pixels become real numbers.
 *
 * 1 − y is formed as α + (1 − 2α)(1 − x), which keeps its digits near x = 1.
 * Log-det: Σ(ln(1 − 2α) − ln y − ln(1 − y)). Inverse: x = (sigmoid(z) − α)/(1 − 2α), with log-det
 * Σ(ln sigmoid(z) + ln sigmoid(−z) − ln(1 − 2α)). Parameters: none; α is fixed.
 * Domain: where 0 < y < 1: (0, 1) for α = 0, a little more than [0, 1] for others; what the inverse gives lies in it, so that every sample
 * can be scored. Smoothness: C∞. Cost: O(D) both ways.
 * Throws DomainError for x outside, and unless 0 ≤ α < ½.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), §4.1, https://arxiv.org/abs/1605.08803; they write α + (1 − α)x, which is not
 * symmetric.
 *
 * @example
 * logitFlow({ dimensions: 1 }).forward(tensor([[0.5]])); // { z: [[0]], logDet: [1.38629] }, ln 4
 */
export function logitFlow(options: LogitFlowOptions): Bijection {
  checkOptions("logitFlow", options, { dimensions: true, alpha: true });
  const { dimensions, alpha = 0 } = options;
  if (typeof alpha !== "number" || !(alpha >= 0 && alpha < 0.5)) {
    throw new DomainError(`logitFlow: alpha must be at least 0 and below 1/2; got ${describeValue(alpha)}`);
  }
  const width = 1 - 2 * alpha;
  const logWidth = logOf(width);
  const squeezed = (x: Operand): Variable => add(mul(x, width), alpha); // [0, 1] → [α, 1 − α]
  return pointwise("logitFlow", dimensions, {
    forward(x) {
      const [below, above] = [log(squeezed(x)), log(squeezed(sub(1, x)))]; // ln y, ln(1 − y)
      return { z: sub(below, above), logSlope: sub(logWidth, add(below, above)) };
    },
    inverse: (z) => ({
      x: div(sub(sigmoid(z), alpha), width),
      logSlope: sub(add(logSigmoid(z), logSigmoid(neg(z))), logWidth),
    }),
    domain: domainOf(alpha, width),
    options: { alpha },
  });
}

/** Where y and 1 − y are positive in the arithmetic of `squeezed`, so that no logarithm is ever of 0. */
function domainOf(alpha: number, width: number): Domain {
  const isInside = (x: number): boolean => x * width + alpha > 0 && (1 - x) * width + alpha > 0;
  const outside = alpha / width;
  return {
    least: lastInside(isInside, 0.5, -1 - 2 * outside),
    greatest: lastInside(isInside, 0.5, 2 + 2 * outside),
    name: `(${outside === 0 ? 0 : -outside}, ${1 + outside})`,
  };
}

/** Rebuilds logitFlow from its definition. */
export const logitFlowEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, alpha: number },
  logitFlow,
);
