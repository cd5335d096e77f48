// z_i = f(x_i) with one f for all i: J is diagonal, and log|det J| = Σ ln|f′(x_i)|.
import { sum } from "../../autograd/ops/broadcast.ts";
import type { Variable } from "../../autograd/variable.ts";
import { eventAxes } from "../../distributions/distribution.ts";
import type { Json } from "../../tensor/definitions/definition.ts";
import { type Kind, kind } from "../../tensor/definitions/reading.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bijection } from "../bijection.ts";
import { type Dimensions, pointShape, readDimensions } from "../dimensions.ts";
import { checkDomain, type Domain, keepInside } from "../domain.ts";
import { layer } from "../layer.ts";

/** What every layer takes that moves all coordinates by one and the same function. */
export interface PointwiseOptions {
  /** D, or [C, H, W] for images. */
  readonly dimensions: Dimensions;
}

/** A function of one number, and its inverse. */
interface PointwiseMap {
  /** z = f(x) and ln|f′(x)|, each in the shape of x. */
  readonly forward: (x: Tensor) => { readonly z: Variable; readonly logSlope: Tensor };
  /** x = f⁻¹(z) and ln|(f⁻¹)′(z)|, each in the shape of z. */
  readonly inverse: (z: Tensor) => { readonly x: Variable; readonly logSlope: Tensor };
  /** Where f is defined; everywhere if absent. */
  readonly domain?: Domain;
  /** Where f⁻¹ is defined; everywhere if absent. */
  readonly range?: Domain;
  /** What the layer can be rebuilt from, besides its dimensions. */
  readonly options?: { readonly [option: string]: Json };
}

/**
 * z_i = f(x_i): z_i depends on x_i alone, so J is diagonal, and log|det J| = Σ_i ln|f′(x_i)|.
 *
 * Throws DomainError for numbers on which f or f⁻¹ is not defined: no argument is clamped. What f and f⁻¹ give lies in the range and
 * in the domain, whatever rounding does, so that it can be mapped back, and scored by a base on the same interval.
 */
export function pointwise(type: string, dimensions: Dimensions, map: PointwiseMap): Bijection {
  const { domain, range } = map;
  return layer({
    shape: pointShape(type, dimensions),
    definition: { type, dimensions, ...map.options },
    forward(x) {
      if (domain !== undefined) checkDomain(type, "x", x, domain);
      const { z, logSlope } = map.forward(x);
      return { z: range === undefined ? z : keepInside(z, range), logDet: sum(logSlope, eventAxes(x)) };
    },
    inverse(z) {
      if (range !== undefined) checkDomain(type, "z", z, range);
      const { x, logSlope } = map.inverse(z);
      return { x: domain === undefined ? x : keepInside(x, domain), logDet: sum(logSlope, eventAxes(z)) };
    },
  });
}

/** Rebuilds, from its definition, a layer that has no parameters and no options but its dimensions. */
export function pointwiseEntry(make: (options: PointwiseOptions) => Bijection): Kind<Bijection> {
  return kind({ dimensions: readDimensions }, make);
}
