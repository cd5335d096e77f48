import { type Bijection, bijectionFrom, noGrad, Random, Tensor } from "diffeo";
import fc from "fast-check";
import { expect } from "vitest";
import { bitsOf, seeds } from "../arbitraries.ts";
import { LAYERS } from "./index.ts";
import type { LayerRow } from "./layerRow.ts";
import { perturbParameters, randomizeParameters } from "./parameters.ts";

/** A definition after a journey through a file. */
export const fromFile = <Definition>(definition: Definition): Definition => JSON.parse(JSON.stringify(definition));

/** A layer rebuilt, with the numbers of the one that was saved. */
export function rebuild(layer: Bijection): Bijection {
  const rebuilt = bijectionFrom(fromFile(layer.definition), { buffers: layer.buffers });
  expect(rebuilt.parameters.map(({ name, shape }) => [name, shape])).toEqual(
    layer.parameters.map(({ name, shape }) => [name, shape]),
  );
  for (const [k, parameter] of rebuilt.parameters.entries()) parameter.assign(layer.parameters[k]);
  return rebuilt;
}

/** Fails unless two layers are the same to the bit, at points [n, D] of the shape that each of them takes. */
export function expectSame(rebuilt: Bijection, layer: Bijection, x: Tensor, context?: Tensor): void {
  const [n] = x.shape;
  expect(rebuilt.definition).toEqual(fromFile(layer.definition));
  expect([...rebuilt.buffers.keys()]).toEqual([...layer.buffers.keys()]);
  for (const [name, buffer] of layer.buffers) expect(rebuilt.buffers.get(name), name).toEqual(buffer);
  expect(rebuilt.cost).toEqual(layer.cost);
  noGrad(() => {
    const there = layer.forward(x, context);
    const again = rebuilt.forward(new Tensor(x.data, [n, ...rebuilt.dataShape]), context);
    expect(bitsOf(again.z)).toEqual(bitsOf(there.z));
    expect(bitsOf(again.logDet)).toEqual(bitsOf(there.logDet));
    const back = layer.inverse(there.z, context);
    const backAgain = rebuilt.inverse(new Tensor(there.z.data, [n, ...rebuilt.latentShape]), context);
    expect(bitsOf(backAgain.x)).toEqual(bitsOf(back.x));
    expect(bitsOf(backAgain.logDet)).toEqual(bitsOf(back.logDet));
  });
}

/** What decides a case. */
export interface Choice {
  readonly seed: number;
  readonly D: number;
  readonly context: number;
}

/** All choices for a row. */
export const choicesOf = ({ leastD = 2 }: LayerRow): fc.Arbitrary<Choice> =>
  fc.record({ seed: seeds, D: fc.integer({ min: leastD, max: 6 }), context: fc.integer({ min: 0, max: 2 }) });

/** A layer of that row with random parameters, and points for it, [3, D]. */
export function makeRow(
  row: LayerRow,
  { seed, D, context: width }: Choice,
): { layer: Bijection; context: Tensor | undefined; x: Tensor } {
  const random = new Random(seed);
  const layer = row.make({ D, context: row.conditional ? width : 0, random });
  (row.nearStart ? perturbParameters : randomizeParameters)(layer, random);
  const context = row.conditional && width > 0 ? random.normal([1, width]) : undefined;
  const shape = [3, layer.dataShape[0]] as const;
  const x = row.draw?.(random, shape, layer, context) ?? random.normal(shape);
  return { layer, context, x };
}

/** Rows of elements with maps of their own, which cannot be rebuilt … */
export const CUSTOM: readonly LayerRow[] = LAYERS.filter(({ name }) =>
  /maps of its own|knots of its own|splineFlow, autoregressive/.test(name),
);
/** … and all others. */
export const SAVED: readonly LayerRow[] = LAYERS.filter((row) => !CUSTOM.includes(row));
