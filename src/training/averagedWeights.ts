import type { Parameter } from "../autograd/variable.ts";
import { install, sameValues, type Values, valuesOf } from "./bestWeights.ts";

/** What {@link AveragedWeights} remembers: dᵗ, and θ̄_t (null before the first step). */
export interface AverageState {
  readonly power: number;
  readonly values: Values | null;
}

/**
 * θ̄_t = (1 − d)/(1 − dᵗ) · Σ_{s ≤ t} dᵗ⁻ˢ θ_s: the average of the weights θ_s after each step s, a step ago weighing d times as much.
 *
 * The factor 1/(1 − dᵗ) corrects as Adam's does: without it the average would begin at 0. It is kept as
 * θ̄_t = θ̄_{t−1} + (1 − d)/(1 − dᵗ) · (θ_t − θ̄_{t−1}), the same in exact arithmetic, so that what does not change is its own average to the bit;
 * dᵗ is a running product.
 * Cost: the memory of the weights once more, and O(weights) time per step.
 * Reference: Polyak & Juditsky (1992); exponentially decaying, with this correction: Kingma & Ba (2015), §7.2, https://arxiv.org/abs/1412.6980.
 */
export class AveragedWeights {
  readonly #decay: number;
  #power = 1;
  #values: Float64Array[] | null = null;

  constructor(decay: number) {
    this.#decay = decay;
  }

  /** Takes the weights after one more step into the average. */
  take(weights: Values): void {
    this.#power *= this.#decay;
    if (this.#values === null) {
      this.#values = weights.map((theta) => theta.slice());
      return;
    }
    const share = (1 - this.#decay) / (1 - this.#power);
    for (const [k, average] of this.#values.entries()) {
      const theta = weights[k];
      for (let i = 0; i < theta.length; i++) average[i] += share * (theta[i] - average[i]);
    }
  }

  /** What {@link goOn} needs to go on from here: a copy, which parameters may adopt. */
  state(): AverageState {
    return { power: this.#power, values: this.#values?.map((average) => average.slice()) ?? null };
  }

  /** Goes on from there. */
  goOn({ power, values }: AverageState): void {
    this.#power = power;
    this.#values = values?.map((average) => average.slice()) ?? null;
  }
}

/**
 * Does something while the parameters have these values. Then each has its own again, also after an error, unless someone else has assigned
 * to it meanwhile: that stays, for whoever looks for it.
 */
export function withWeights<Result>(parameters: readonly Parameter[], values: Values, action: () => Result): Result {
  const own = valuesOf(parameters);
  install(parameters, values);
  try {
    return action();
  } finally {
    for (const [k, parameter] of parameters.entries()) {
      if (sameValues(parameter.data, values[k])) parameter.adopt(own[k]);
    }
  }
}
