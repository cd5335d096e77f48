import { DomainError } from "../tensor/errors.ts";
import { cosPi } from "../tensor/kernels/elementary.ts";

/** The learning rate at step 0, 1, 2, … */
export type Schedule = (step: number) => number;

/** What {@link cosineSchedule} takes. */
export interface CosineScheduleOptions {
  /** η₀, at step 0. */
  readonly learningRate: number;
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
 */
export function cosineSchedule({ learningRate, steps, minimum = 0 }: CosineScheduleOptions): Schedule {
  if (!(steps > 0)) throw new DomainError(`cosineSchedule: steps must be positive; got ${steps}`);
  return (step) => minimum + ((learningRate - minimum) * (1 + cosPi(Math.min(step, steps) / steps))) / 2;
}
