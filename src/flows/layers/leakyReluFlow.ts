// z = x where x > 0, else slope·x: log|det J| = ln slope for each x_i ≤ 0.

import { leakyRelu } from "../../autograd/ops/activation.ts";
import { div, mul } from "../../autograd/ops/arithmetic.ts";
import { lessEqual } from "../../autograd/ops/comparison.ts";
import { where } from "../../autograd/ops/selection.ts";
import { type Kind, kind, number } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import { log as logOf } from "../../tensor/kernels/elementary.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { Bijection } from "../bijection.ts";
import { readDimensions } from "../dimensions.ts";
import { type PointwiseOptions, pointwise } from "./pointwise.ts";

/** What {@link leakyReluFlow} takes. */
export interface LeakyReluFlowOptions extends PointwiseOptions {
  /** The slope for x ≤ 0, a positive number; 0.01 by default. */
  readonly slope?: number;
}

/**
 * z = x where x > 0, else slope·x, coordinate by coordinate.
 *
 * Log-det: ln slope for each x ≤ 0. Inverse: x = z where z > 0, else z/slope. Parameters: none; the slope is fixed.
 * Smoothness: piecewise linear. At 0 it has no derivative, and counts as slope·x. Cost: O(D) both ways.
 * Throws DomainError unless the slope is a positive number.
 * Reference: Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, ICML.
 *
 * @example
 * leakyReluFlow({ dimensions: 2, slope: 0.5 }).forward(tensor([[1, -2]])); // { z: [[1, -1]], logDet: [-0.693147] }
 */
export function leakyReluFlow(options: LeakyReluFlowOptions): Bijection {
  checkOptions("leakyReluFlow", options, { dimensions: true, slope: true });
  const { dimensions, slope = 0.01 } = options;
  if (!(Number.isFinite(slope) && slope > 0)) {
    throw new DomainError(`leakyReluFlow: the slope must be a positive number; got ${describeValue(slope)}`);
  }
  const logSlope = logOf(slope);
  return pointwise("leakyReluFlow", dimensions, {
    forward: (x) => ({ z: leakyRelu(x, slope), logSlope: mul(lessEqual(x, 0), logSlope) }),
    inverse: (z) => ({
      x: where(lessEqual(z, 0), div(z, slope), z),
      logSlope: mul(lessEqual(z, 0), -logSlope),
    }),
    options: { slope },
  });
}

/** Rebuilds leakyReluFlow from its definition. */
export const leakyReluFlowEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, slope: number },
  leakyReluFlow,
);
