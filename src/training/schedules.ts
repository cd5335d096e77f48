import { checkPositive } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { cosPi } from "../tensor/kernels/elementary.ts";
import { pow } from "../tensor/kernels/power.ts";
import { checkOptions } from "../tensor/options.ts";

/** The learning rate at step 0, 1, 2, … */
export type Schedule = (step: number) => number;

/** What most schedules start from. */
interface RateOptions {
  /** η₀, at step 0. */
  readonly learningRate: number;
}

/** What {@link cosineSchedule} takes. */
export interface CosineScheduleOptions extends RateOptions {
  /** T, the step at which the minimum is reached; it stays there. */
  readonly steps: number;
  /** The last learning rate; 0 by default. */
  readonly minimum?: number;
}

/**
 * η(k) = η_min + (η₀ − η_min)(1 + cos(πk/T))/2 for k ≤ T, then η_min.
 *
 * Throws DomainError unless T is positive.
 * Reference: Loshchilov & Hutter (2017), without restarts, https://arxiv.org/abs/1608.03983.
 *
 * @example
 * const rate = cosineSchedule({ learningRate: 1, steps: 4 });
 * [0, 1, 2, 3, 4, 5].map(rate); // [1, 0.853553, 0.5, 0.146447, 0, 0]
 */
export function cosineSchedule(options: CosineScheduleOptions): Schedule {
  checkOptions("cosineSchedule", options, { learningRate: true, steps: true, minimum: true });
  const { learningRate, steps, minimum = 0 } = options;
  checkRates("cosineSchedule", { learningRate, minimum });
  checkPositive("cosineSchedule", "steps", steps);
  return (step) => minimum + ((learningRate - minimum) * (1 + cosPi(Math.min(step, steps) / steps))) / 2;
}

/** What {@link stepSchedule} takes. */
export interface StepScheduleOptions extends RateOptions {
  /** S, how many steps have the same learning rate. */
  readonly stepSize: number;
  /** γ, the factor from one stair to the next; 0.1 by default. */
  readonly gamma?: number;
}

/**
 * η(k) = η₀·γ^⌊k/S⌋: stairs of equal length. Throws DomainError unless S is positive and γ ≥ 0.
 *
 * @example
 * const rate = stepSchedule({ learningRate: 1, stepSize: 2, gamma: 0.5 });
 * [0, 1, 2, 3, 4].map(rate); // [1, 1, 0.5, 0.5, 0.25]
 */
export function stepSchedule(options: StepScheduleOptions): Schedule {
  checkOptions("stepSchedule", options, { learningRate: true, stepSize: true, gamma: true });
  const { learningRate, stepSize, gamma = 0.1 } = options;
  checkRates("stepSchedule", { learningRate, gamma });
  checkPositive("stepSchedule", "stepSize", stepSize);
  return (step) => learningRate * pow(gamma, Math.floor(step / stepSize));
}

/** What {@link multiStepSchedule} takes. */
export interface MultiStepScheduleOptions extends RateOptions {
  /** The steps from which on the learning rate is lower, in any order. */
  readonly milestones: readonly number[];
  /** γ, the factor at each of them; 0.1 by default. */
  readonly gamma?: number;
}

/**
 * η(k) = η₀·γ^n, n the number of milestones ≤ k. Throws DomainError unless the milestones are numbers and γ ≥ 0.
 *
 * @example
 * const rate = multiStepSchedule({ learningRate: 1, milestones: [1, 3], gamma: 0.5 });
 * [0, 1, 2, 3].map(rate); // [1, 0.5, 0.5, 0.25]
 */
export function multiStepSchedule(options: MultiStepScheduleOptions): Schedule {
  checkOptions("multiStepSchedule", options, { learningRate: true, milestones: true, gamma: true });
  const { learningRate, milestones, gamma = 0.1 } = options;
  checkRates("multiStepSchedule", { learningRate, gamma });
  if (!Array.isArray(milestones) || !milestones.every((milestone) => Number.isFinite(milestone))) {
    throw new DomainError(
      `multiStepSchedule: milestones must be a list of finite numbers; got ${describeValue(milestones)}`,
    );
  }
  const list = [...milestones];
  return (step) => learningRate * pow(gamma, list.filter((milestone) => milestone <= step).length);
}

/** What {@link exponentialSchedule} takes. */
export interface ExponentialScheduleOptions extends RateOptions {
  /** γ, the factor from one step to the next. */
  readonly gamma: number;
}

/**
 * η(k) = η₀·γᵏ. Throws DomainError unless γ ≥ 0.
 *
 * @example
 * const rate = exponentialSchedule({ learningRate: 1, gamma: 0.5 });
 * [0, 1, 2].map(rate); // [1, 0.5, 0.25]
 */
export function exponentialSchedule(options: ExponentialScheduleOptions): Schedule {
  checkOptions("exponentialSchedule", options, { learningRate: true, gamma: true });
  const { learningRate, gamma } = options;
  checkRates("exponentialSchedule", { learningRate, gamma });
  return (step) => learningRate * pow(gamma, step);
}

/** What {@link warmupSchedule} takes. */
export interface WarmupScheduleOptions {
  /** η₀, which the factors multiply. */
  readonly learningRate: number;
  /** W, how many steps it takes from the first factor to the last. */
  readonly steps: number;
  /** The factor at step 0; ⅓ by default. */
  readonly start?: number;
  /** The factor from step W on; 1 by default. */
  readonly end?: number;
}

/**
 * η(k) = η₀·(start + (end − start)·min(k, W)/W): a straight line, then constant.
 *
 * Throws DomainError unless W is positive and the factors are ≥ 0.
 *
 * @example
 * const rate = warmupSchedule({ learningRate: 1, steps: 4, start: 0 });
 * [0, 1, 2, 3, 4, 5].map(rate); // [0, 0.25, 0.5, 0.75, 1, 1]
 */
export function warmupSchedule(options: WarmupScheduleOptions): Schedule {
  checkOptions("warmupSchedule", options, { learningRate: true, steps: true, start: true, end: true });
  const { learningRate, steps, start = 1 / 3, end = 1 } = options;
  checkRates("warmupSchedule", { learningRate, start, end });
  checkPositive("warmupSchedule", "steps", steps);
  return (step) => learningRate * (start + ((end - start) * Math.min(step, steps)) / steps);
}

/** What {@link warmupCosineSchedule} takes. */
export interface WarmupCosineScheduleOptions extends CosineScheduleOptions {
  /** W, how many of the steps lead up to the learning rate. */
  readonly warmupSteps: number;
}

/**
 * η(k) = η₀·(k + 1)/W for k < W, then {@link cosineSchedule}'s η(k − W) over the T − W steps that are left.
 *
 * Throws DomainError unless 0 ≤ W < T.
 * Reference: Goyal et al. (2017), §2.2, for the warm-up, https://arxiv.org/abs/1706.02677.
 *
 * @example
 * const rate = warmupCosineSchedule({ learningRate: 1, warmupSteps: 2, steps: 4 });
 * [0, 1, 2, 3, 4].map(rate); // [0.5, 1, 1, 0.5, 0]
 */
export function warmupCosineSchedule(options: WarmupCosineScheduleOptions): Schedule {
  checkOptions("warmupCosineSchedule", options, { learningRate: true, steps: true, minimum: true, warmupSteps: true });
  const { learningRate, warmupSteps, steps, minimum = 0 } = options;
  checkRates("warmupCosineSchedule", { learningRate, minimum });
  checkPositive("warmupCosineSchedule", "steps", steps);
  if (!(typeof warmupSteps === "number" && warmupSteps >= 0 && warmupSteps < steps)) {
    const came = describeValue(warmupSteps);
    throw new DomainError(`warmupCosineSchedule: needs 0 ≤ warmupSteps < steps; got ${came} and ${steps}`);
  }
  const cosine = cosineSchedule({ learningRate, steps: steps - warmupSteps, minimum });
  return (step) => (step < warmupSteps ? (learningRate * (step + 1)) / warmupSteps : cosine(step - warmupSteps));
}

function checkRates(operation: string, rates: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(rates)) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new DomainError(`${operation}: ${option} must be finite and ≥ 0; got ${describeValue(value)}`);
  }
}
