// What a model says of a few points travels with it. Weights can arrive wrong and still be weights: transposed, say, which no log-det of an
// orthogonal matrix shows. What the flow makes of the points then differs, and the file is refused.

import type { Flow } from "../../flows/flow.ts";
import { Random } from "../../tensor/random.ts";
import { formatShape, sameShape, unravel } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FormatError } from "../formatError.ts";

/** How many points. */
const POINTS = 4;
/** Seeds the latents that they are the images of. */
const SEED = 20_191_213;
/** By how much, relative to 1 + |value|, another engine or version may round differently. */
const TOLERANCE = 1e-9;

/** Points x [4, …], images of fixed latents and never rows of the data, their contexts [4, C], and what the flow makes of them. */
export type ReferencePoints = ReadonlyMap<"points" | "context" | "latents" | "logProb", Tensor>;

/** Points x = f⁻¹(z) of latents drawn with a fixed seed, under contexts drawn likewise, with f(x) and log p(x). */
export function referencePointsOf(flow: Flow): ReferencePoints {
  const random = new Random(SEED);
  const context = flow.context > 0 ? random.normal([POINTS, flow.context]) : undefined;
  const points = flow.sample(POINTS, random, context);
  return new Map([
    ["points", points],
    ...(context === undefined ? [] : [["context", context] as const]),
    ["latents", flow.toLatent(points, context)],
    ["logProb", flow.score(points, context)],
  ]);
}

/** Throws FormatError unless the flow makes of the points what the file says, to 1e−9·(1 + |value|). */
export function checkReferencePoints(operation: string, flow: Flow, saved: ReadonlyMap<string, Tensor>): void {
  const { dataShape, latentShape } = flow.bijection;
  const shapes = {
    points: [POINTS, ...dataShape],
    ...(flow.context > 0 ? { context: [POINTS, flow.context] } : {}),
    latents: [POINTS, ...latentShape],
    logProb: [POINTS],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const found = saved.get(name);
    if (found !== undefined && sameShape(found.shape, shape)) continue;
    const came = found === undefined ? "there is none" : `got ${formatShape(found.shape)}`;
    throw new FormatError(`${operation}: reference.${name} must be ${formatShape(shape)}; ${came}`, 0);
  }
  const [points, context] = [saved.get("points") as Tensor, saved.get("context")];
  const now = { latents: flow.toLatent(points, context), logProb: flow.score(points, context) };
  for (const [name, { data, shape }] of Object.entries(now)) {
    const { data: then } = saved.get(name) as Tensor;
    const wrong = data.findIndex((value, i) => !agree(value, then[i]));
    if (wrong < 0) continue;
    throw new FormatError(
      `${operation}: the flow must make of its reference points what the file says; ${name}${formatShape(unravel(wrong, shape))} is ` +
        `${data[wrong]}, the file says ${then[wrong]}: weights were changed on the way (transposed, perhaps), or layers handed in are others`,
      0,
    );
  }
}

function agree(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(b));
}
