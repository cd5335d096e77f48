import {
  type Draw,
  type Flow,
  type History,
  Random,
  realNVP,
  type Step,
  type Tensor,
  type TrainOptions,
  train,
} from "diffeo";

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

/** A training to its end: what is told of it, and what `note` says after every step. */
export function noted<Note>(
  flow: Flow,
  x: Tensor | Draw,
  options: TrainOptions,
  note: (step: Step) => Note,
): { history: History; notes: Note[] } {
  const notes: Note[] = [];
  const steps = train(flow, x, options);
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done) return { history: next.value, notes };
    notes.push(note(next.value));
  }
}
