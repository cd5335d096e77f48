import { type Flow, Random, type Tensor, type TrainOptions } from "diffeo";
import { expect } from "vitest";
import { type Outcome, outcomesOf, withoutPlans } from "../../src/plan/planning.ts";
import { bitsOf, noted } from "./training.ts";

/** What a training says of itself, to the bit. */
interface Trace {
  readonly steps: readonly (readonly [loss: number, norm: number, rate: number])[];
  readonly parameters: readonly (readonly number[])[];
  readonly validation: readonly number[];
}

function trace(make: () => Flow, x: Tensor, options: Omit<TrainOptions, "random">): Trace {
  const flow = make();
  const { history, notes } = noted(
    flow,
    x,
    { ...options, random: new Random(7) },
    ({ loss, gradNorm, learningRate }) => {
      return [loss, gradNorm, learningRate] as const;
    },
  );
  return { steps: notes, parameters: bitsOf(flow.parameters), validation: history.validation };
}

/**
 * Trains what `make` makes twice, with plans and without; fails unless every loss, every norm, all parameters and averages are the same to the bit. Returns
 * what became of the plans. Steps are 50 unless the options say otherwise.
 */
export function comparePlans(
  make: () => Flow,
  x: Tensor,
  options: Omit<TrainOptions, "random"> | (() => Omit<TrainOptions, "random">) = {},
): Partial<Record<Outcome, number>> {
  const given = (): Omit<TrainOptions, "random"> => ({
    ...{ steps: 50, batchSize: 20 },
    ...(typeof options === "function" ? options() : options),
  });
  const { result: planned, outcomes } = outcomesOf(() => trace(make, x, given()));
  const { result: eager, outcomes: none } = outcomesOf(() => withoutPlans(() => trace(make, x, given())));
  expect(none).toEqual({});
  expect(planned.steps.length).toBeGreaterThan(0);
  const differs = planned.steps.findIndex(
    (step, k) => !step.every((value, i) => Object.is(value, eager.steps[k]?.[i])),
  );
  if (differs >= 0) expect(planned.steps[differs], `step ${differs + 1}`).toEqual(eager.steps[differs]);
  expect(planned).toEqual(eager);
  return outcomes;
}

/** What becomes of a plan that is used in all steps but the one that is recorded, and the one that is compared. */
export function usedIn(steps = 50): Partial<Record<Outcome, number>> {
  return { made: 1, proven: 1, used: steps - 2 };
}
