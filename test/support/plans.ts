import { type Flow, Random, Tensor, type TrainOptions } from "diffeo";
import { expect } from "vitest";
import { type Plan, planOf } from "../../src/plan/plan.ts";
import { type Outcome, outcomesOf, withoutPlans } from "../../src/plan/planning.ts";
import { type Program, programOf } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";
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

/** A function of tensors as a plan: what it gives for other values of the same shapes. */
export interface Planned {
  readonly program: Program;
  readonly plan: Plan;
  /** The results for those values, copied. Dead numbers are NaN, and so is what is wanted before the run. */
  run(given: readonly Tensor[]): readonly Tensor[];
}

/** Records what f does with those values, and plans it. */
export function plannedOf(f: (...xs: Tensor[]) => readonly Tensor[], given: readonly Tensor[]): Planned {
  const { result, events } = record(() => f(...given));
  const program = programOf(events, given, result) as Program;
  const plan = planOf(program, { poison: true }) as Plan;
  expect(program).not.toBeNull();
  expect(plan).not.toBeNull();
  const { numbers } = plan.memory;
  return {
    program,
    plan,
    run(values) {
      result.forEach(({ size }, k) => {
        if (program.wanted[k].source === "made") {
          numbers.fill(Number.NaN, plan.wanted[k] / 8, plan.wanted[k] / 8 + size);
        }
      });
      values.forEach(({ data }, k) => {
        numbers.set(data, plan.given[k] / 8);
      });
      plan.run();
      return result.map(({ size, shape }, k) => {
        return new Tensor(numbers.slice(plan.wanted[k] / 8, plan.wanted[k] / 8 + size), shape);
      });
    },
  };
}

/** Fails unless the plan of f gives the bits of f, twice for the values that it was recorded with, and for others. Returns the plan. */
export function comparePlan(
  f: (...xs: Tensor[]) => readonly Tensor[],
  given: readonly Tensor[],
  others: readonly Tensor[] = given,
): Planned {
  const planned = plannedOf(f, given);
  for (const values of [given, others, given]) {
    const actual = planned.run(values);
    f(...values).forEach(({ data }, k) => {
      const i = data.findIndex((value, j) => !Object.is(value, actual[k].data[j]));
      if (i >= 0)
        expect(`${actual[k].data[i]} is number ${i} of result ${k}`).toBe(`${data[i]} is number ${i} of result ${k}`);
    });
  }
  return planned;
}

/** The names of the kernels that a plan calls, in order; "forward" for an op's own. */
export function kernelsIn({ plan }: Planned): string[] {
  return plan.calls.flatMap(({ kernel }) => kernel ?? []);
}
