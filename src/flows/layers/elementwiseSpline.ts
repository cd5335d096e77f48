// z_i = spline_i(x_i): J is diagonal, and log|det J| = Σ ln dz_i/dx_i.
import { expandDims } from "../../autograd/ops/rearrange.ts";
import { parameter } from "../../autograd/variable.ts";
import { type Kind, kind } from "../../tensor/definitions/reading.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { pointShape, readDimensions } from "../dimensions.ts";
import { readSplineOptions, type SplineElementOptions, splineElement } from "../elements/spline.ts";
import { layer } from "../layer.ts";
import type { PointwiseOptions } from "./pointwise.ts";

/** What {@link elementwiseSpline} takes: dimensions, and the options of its splines. */
export interface ElementwiseSplineOptions extends PointwiseOptions, SplineElementOptions {}

/**
 * z_i = spline_i(x_i): each coordinate has a monotone rational-quadratic spline of its own, whose knots are learned.
 *
 * Log-det: Σ ln dz_i/dx_i; J is diagonal. Inverse: that of the element.
 * Parameters: the raw numbers of the splines, P·D of them, parameter after parameter ([P·C, H, W] for images), unconstrained;
 * they start at 0, the identity. Smoothness: C¹, piecewise C∞.
 * Cost: O(K·D) for the knots, once for all points, and O(log K) for each number, both ways. Throws as {@link splineElement}.
 * Reference: Durkan, Bekasov, Murray & Papamakarios (2019), https://arxiv.org/abs/1906.04032.
 */
export function elementwiseSpline({ dimensions, ...options }: ElementwiseSplineOptions): Bijection {
  const shape = pointShape("elementwiseSpline", dimensions);
  const element = splineElement(options);
  const raw = parameter(zeros([element.rawPerDimension * shape[0], ...shape.slice(1)]), "raw");
  return layer({
    shape,
    parameters: [raw],
    definition: { type: "elementwiseSpline", dimensions, element: element.definition },
    forward: (x) => element.forward(x, expandDims(raw, 0)),
    inverse: (z) => element.inverse(z, expandDims(raw, 0)),
  });
}

/** {@link elementwiseSpline}, in definitions. */
export const elementwiseSplineEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, element: readSplineOptions },
  ({ dimensions, element }, at) => {
    at.claim((3 * element.bins + 1) * sizeOf(pointShape("elementwiseSpline", dimensions)));
    return elementwiseSpline({ dimensions, ...element });
  },
);
