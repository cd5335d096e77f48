// z = x − μ: log|det J| = 0.

import { add, sub } from "../../autograd/ops/arithmetic.ts";
import { pure } from "../../autograd/pure.ts";
import { checkTensor } from "../../tensor/checks.ts";
import { type Kind, kind } from "../../tensor/definitions/reading.ts";
import { zeroLogDet } from "../logDet.ts";
import type { Element } from "./element.ts";

/**
 * z = x − μ, with the raw number for μ.
 *
 * Log-det: 0, volume is preserved. Inverse: x = z + μ. Parameters: none of its own; μ is unconstrained. Smoothness: C∞.
 * Cost: O(D) both ways. Its methods throw ShapeError for points [B, D] and raw numbers [B, D] that do not fit.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516; they write z = x + m, that is μ = −m. Ours is the
 * affine element with σ = 1.
 *
 * @example
 * additiveElement().forward(tensor([[5]]), tensor([[2]])); // { z: [[3]], logDet: [0] }
 */
export function additiveElement(): Element {
  return pure({
    rawPerDimension: 1,
    definition: { type: "additive" },
    forward: (x, mu) => ({ z: sub(x, mu), logDet: zeroLogDet(checkTensor("additiveElement", "x", x)) }),
    inverse: (z, mu) => ({ x: add(z, mu), logDet: zeroLogDet(checkTensor("additiveElement", "z", z)) }),
  });
}

/** Rebuilds additive from its definition. */
export const additiveEntry: Kind<Element> = /*#__PURE__*/ kind({}, () => additiveElement());
