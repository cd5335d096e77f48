import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, gradientBound, valueBound } from "../compare.ts";
import { type Adapted, assign, gradients, type Theirs } from "./adapted.ts";
import type { FlowStored, TrainingStored } from "./stored.ts";

/** The transform of a case with fresh parameters of theirs, which an optimiser can change. */
export interface Trainable {
  readonly transform: Adapted;
  readonly theirs: Readonly<Record<string, d.Parameter>>;
  readonly x: d.Variable;
}

/** The steps of each optimiser that a case has, from a fresh start each. */
export function replayTraining(stored: FlowStored, open: () => Trainable): void {
  const { adam, sgd_momentum, grads_mean_nll } = stored;
  if (grads_mean_nll !== undefined) {
    const { transform, theirs, x } = open();
    const grads = gradients(meanNLL(transform, x), transform, theirs, x);
    for (const [name, expected] of Object.entries(grads_mean_nll)) {
      compare(`the gradient of the mean NLL in ${name}`, grads[name], expected, gradientBound(stored));
    }
  }
  if (adam !== undefined) replaySteps(stored, adam, open(), d.adam);
  if (sgd_momentum !== undefined) replaySteps(stored, sgd_momentum, open(), d.sgd);
}

/** −mean log p(x) under a standard normal base, nats. */
export function meanNLL({ layer }: Adapted, x: d.Tensor): d.Variable {
  return d.forwardKL(new d.Flow(d.standardNormal(layer.latentShape), layer), x);
}

function replaySteps(
  stored: FlowStored,
  { config, steps, losses, params_after }: TrainingStored,
  { transform, theirs, x }: Trainable,
  optimizerOf: (parameters: readonly d.Parameter[], options: { learningRate: number }) => d.Optimizer,
): void {
  const { lr: learningRate, ...rest } = config;
  assert.equal(losses.length, steps + 1, "the number of losses");
  const optimizer = optimizerOf(Object.values(theirs), { learningRate, ...rest });
  losses.forEach((loss, k) => {
    assign(transform, theirs);
    const value = meanNLL(transform, x);
    compare(`the loss before step ${k}`, value, { shape: [], data: [loss] }, valueBound(stored));
    if (k === steps) return;
    const grads: Theirs = gradients(value, transform, theirs, x);
    optimizer.step(Object.keys(theirs).map((name) => grads[name]));
  });
  for (const [name, expected] of Object.entries(params_after)) {
    compare(`${name} after ${steps} steps`, theirs[name], expected, valueBound(stored));
  }
}
