// z_i = spline_i(x_i): J is diagonal, and log|det J| = Σ ln dz_i/dx_i.

import { expandDims } from "../../autograd/ops/rearrange.ts";
import { parameter } from "../../autograd/variable.ts";
import { type Kind, kind, type Reader, readDefinition } from "../../tensor/definitions/reading.ts";
import { checkOptions } from "../../tensor/options.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { zeros } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type Dimensions, pointShape, readDimensions } from "../dimensions.ts";
import type { Element } from "../elements/element.ts";
import { SPLINE, type SplineElementOptions, splineElement, splineEntry } from "../elements/spline.ts";
import { holding, layer } from "../layer.ts";
import type { PointwiseOptions } from "./pointwise.ts";

/** What {@link elementwiseSpline} takes. */
export interface ElementwiseSplineOptions extends PointwiseOptions, SplineElementOptions {}

/**
 * z_i = spline_i(x_i): each coordinate has a monotone rational-quadratic spline of its own, whose knots are learned.
 *
 * Log-det: Σ ln dz_i/dx_i; J is diagonal. Inverse: that of the element.
 * Parameters: the raw numbers of the splines, P·D of them, parameter after parameter ([P·C, H, W] for images), unconstrained;
 * they start at 0, the identity. Smoothness: C¹, piecewise C∞.
 * Cost: O(K·D) for the knots, once for all points, and O(log K) for each number, both ways. Throws as {@link splineElement}.
 * Reference: Durkan, Bekasov, Murray & Papamakarios (2019), https://arxiv.org/abs/1906.04032.
 *
 * @example
 * const spline = elementwiseSpline({ dimensions: 1, bins: 4 });
 * spline.parameters[0].shape; // [11], 3·4 − 1 raw numbers
 * spline.forward(tensor([[0.5], [9]])).z; // [[0.5], [9]] at the start
 */
export function elementwiseSpline(options: ElementwiseSplineOptions): Bijection {
  checkOptions("elementwiseSpline", options, { dimensions: true, ...SPLINE });
  const { dimensions, ...spline } = options;
  return elementwiseOf(splineElement(spline), dimensions);
}

function elementwiseOf(element: Element, dimensions: Dimensions): Bijection {
  const shape = pointShape("elementwiseSpline", dimensions);
  const raw = parameter(zeros([element.rawPerDimension * shape[0], ...shape.slice(1)]), "raw");
  const made = layer({
    shape,
    parameters: [raw],
    definition: { type: "elementwiseSpline", dimensions, element: element.definition },
    forward: (x) => element.forward(x, expandDims(raw, 0)),
    inverse: (z) => element.inverse(z, expandDims(raw, 0)),
  });
  return holding(made, element);
}

const readSpline: Reader<Element> = (value, at) => readDefinition("a spline", { spline: splineEntry }, value, at);

/** Rebuilds elementwiseSpline from its definition. */
export const elementwiseSplineEntry: Kind<Bijection> = /*#__PURE__*/ kind(
  { dimensions: readDimensions, element: readSpline },
  ({ dimensions, element }, at) => {
    at.claim(element.rawPerDimension * sizeOf(pointShape("elementwiseSpline", dimensions)));
    return elementwiseOf(element, dimensions);
  },
);
