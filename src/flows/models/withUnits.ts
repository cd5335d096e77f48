import type { Bijection } from "../bijection.ts";
import { type Composition, compose, invert } from "../compose.ts";
import { standardization } from "../layers/standardization.ts";

/**
 * Layers of D coordinates in a row, of which the first takes the statistics of the data; and a last one that leaves everything as it is,
 * unless the whole is turned around by `invert` and data come to it first: then it is the one that standardises them.
 */
export function withUnits(dimensions: number, layers: readonly Bijection[]): Composition {
  return compose(...layers, invert(standardization({ dimensions })));
}
