import { type Bijection, jacobian, Random, type Tensor, tensor } from "diffeo";
import fc from "fast-check";
import { matrixOf } from "../matrix.ts";
import type { LayerRow } from "./layerRow.ts";
import { perturbParameters, randomizeParameters } from "./parameters.ts";

/** A seed decides everything else; fast-check prints it when a case fails. */
export const casesOf = ({
  leastD = 2,
}: LayerRow): fc.Arbitrary<{ readonly seed: number; readonly D: number; readonly context: number }> =>
  fc.record({
    seed: fc.nat(2 ** 31 - 1),
    D: fc.integer({ min: leastD, max: 7 }),
    context: fc.integer({ min: 0, max: 2 }),
  });

/** A layer with random parameters, at a point. */
export interface LayerCase {
  readonly layer: Bijection;
  readonly random: Random;
  /** One point [1, D], and the context that goes with it. */
  readonly x: Tensor;
  readonly context: Tensor | undefined;
  /** How many coordinates the point has: the D that was drawn, if the row has no shapes of its own. */
  readonly D: number;
}

/** The case of a choice. */
export function makeCase(row: LayerRow, { seed, D, context }: { seed: number; D: number; context: number }): LayerCase {
  const random = new Random(seed);
  const width = row.conditional ? context : 0;
  const layer = row.make({ D, context: width, random });
  (row.nearStart ? perturbParameters : randomizeParameters)(layer, random);
  const [size] = layer.dataShape;
  const given = width === 0 ? undefined : random.normal([1, width]);
  return { layer, random, D: size, x: drawPoints(row, random, [1, size], layer, given), context: given };
}

/** Points of a row, as it draws them. */
export function drawPoints(row: LayerRow, ...what: Parameters<NonNullable<LayerRow["draw"]>>): Tensor {
  const [random, shape] = what;
  return row.draw === undefined ? random.normal(shape) : row.draw(...what);
}

/** J at x, [D, D]. */
export function forwardJacobian({ layer, context, D }: LayerCase, x: Tensor): readonly (readonly number[])[] {
  return matrixOf(
    jacobian((point) => layer.forward(point, context).z, x),
    D,
  );
}

/** Points of either sign, from 1e-6 to 1e6 in size, and some as large as that. */
export function ofAllSizes(random: Random, shape: readonly [n: number, D: number]): Tensor {
  const exponents = random.uniform(shape, -6, 8).data;
  const signs = random.uniform(shape, -1, 1).data;
  return tensor(
    Array.from(exponents, (exponent, i) => Math.sign(signs[i]) * 10 ** Math.min(exponent, 6)),
    shape,
  );
}
