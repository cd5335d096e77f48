import { type Bijection, concat, diagonalNormal, Flow, noGrad, parameter, Random, type Tensor, zeros } from "diffeo";
import { describe, expect, it } from "vitest";
import { pure } from "../../src/autograd/pure.ts";
import { isLayer } from "../../src/flows/layer.ts";
import { LAYERS } from "../support/flows/index.ts";
import { drawPoints } from "../support/flows/layerCase.ts";
import type { LayerRow } from "../support/flows/layerRow.ts";
import { perturbParameters } from "../support/flows/parameters.ts";
import { comparePlans, usedIn } from "../support/plans.ts";

/** A flow of the layer, and rows for it. */
function flowOf(
  row: LayerRow,
  size: number,
  width: number,
): { make: () => Flow; x: Tensor; context: Tensor | undefined } {
  const layerOf = (): Bijection => {
    const random = new Random(5);
    const layer = row.make({ D: size, context: width, random });
    perturbParameters(layer, random);
    // images seen as vectors: what sends data through would take images
    return isLayer(layer) ? layer : pure({ ...layer, buffers: layer.buffers, initialize: () => {} });
  };
  const make = (): Flow => {
    const layer = layerOf();
    const [loc, logScale] = ["loc", "logScale"].map((name) => parameter(zeros(layer.latentShape), name));
    return new Flow(diagonalNormal({ loc, logScale }), layer);
  };
  const random = new Random(9);
  const [layer, N] = [layerOf(), 67];
  const [D, C] = [layer.dataShape[0], width];
  const rows = Array.from({ length: N }, () => {
    const context = C === 0 ? undefined : random.normal([1, C]);
    return { x: drawPoints(row, random, [1, D], layer, context), context };
  });
  const x = noGrad(() =>
    concat(
      rows.map(({ x }) => x),
      0,
    ),
  );
  return {
    make,
    x,
    context:
      C === 0
        ? undefined
        : noGrad(() =>
            concat(
              rows.map(({ context }) => context as Tensor),
              0,
            ),
          ),
  };
}

/** Elements with functions of their own: nobody has declared them, so they go the eager way. */
const isOwn = ({ name }: LayerRow): boolean => /maps of its own|knots of its own|splineFlow, autoregressive/.test(name);

describe("50 steps with a plan are the same to the bit as without", () => {
  for (const row of LAYERS) {
    for (const [D, width] of row.conditional
      ? [
          [4, 0],
          [5, 2],
        ]
      : [
          [4, 0],
          [5, 0],
        ]) {
      it(`${row.name}, D = ${D}, context ${width}`, () => {
        const { make, x, context } = flowOf(row, D, width);
        const outcomes = comparePlans(make, x, { ...(context && { context }), learningRate: 1e-4 });
        expect(outcomes).toEqual(isOwn(row) ? {} : usedIn());
      });
    }
  }
});
