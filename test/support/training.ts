import { type Flow, Random, realNVP, type Step, type Tensor, type TrainOptions, train } from "diffeo";

/** A flow of the plane that trains in no time. */
export function smallFlow(seed = 1): Flow {
  return realNVP({ dimensions: 2, layers: 4, hidden: [8], random: new Random(seed) });
}

/** The bits of tensors, as numbers that can be compared. */
export function bitsOf(tensors: readonly Tensor[]): number[][] {
  return tensors.map((p) => Array.from(new Uint32Array(p.data.slice().buffer)));
}

/** All steps of a training. */
export function run(flow: Flow, x: Tensor, options: TrainOptions): Step[] {
  return [...train(flow, x, options)];
}
