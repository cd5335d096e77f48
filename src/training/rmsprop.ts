import type { Parameter } from "../autograd/variable.ts";
import { checkFlag, checkRange } from "../tensor/checks.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import { type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.ts";

/** What {@link rmsprop} takes. */
export interface RmspropOptions extends OptimizerOptions {
  /** α, the decay rate of the averages; 0.99 by default. */
  readonly alpha?: number;
  /** ε, added to the denominator; 1e−8 by default. */
  readonly eps?: number;
  /** Divide by the standard deviation of the gradients instead of their root mean square. Off by default. */
  readonly centered?: boolean;
  /** μ, how much of the velocity a step keeps; 0 by default. */
  readonly momentum?: number;
}

const KNOWN: Known<RmspropOptions> = {
  learningRate: true,
  weightDecay: true,
  rateOf: true,
  alpha: true,
  eps: true,
  centered: true,
  momentum: true,
};

type Memory = "square" | "mean" | "velocity";

/**
 * RMSprop: v ← αv + (1 − α)g²,  b ← μb + g/(√v + ε),  θ ← θ − ηb.
 *
 * With `centered`, √v is √(v − m²), m ← αm + (1 − α)g. With weight decay λ, g is ∂s/∂θ + λθ. Without momentum b is the
 * step itself.
 *
 * Special cases: v − m², which rounding may make negative when all gradients are alike, counts as 0 then.
 * Cost: O(number of parameters) time, and one to three times their memory.
 * Throws DomainError for options out of their range; step throws NonFiniteError, and then nothing has changed.
 * Reference: Tieleman & Hinton (2012), lecture 6.5; centered: Graves (2013), https://arxiv.org/abs/1308.0850.
 *
 * @example
 * const w = parameter([1]);
 * rmsprop([w], { learningRate: 0.1, alpha: 0.75 }).step([tensor([5])]);
 * w; // [0.8] = 1 − 0.1·5/√(¼·25)
 */
export function rmsprop(parameters: readonly Parameter[], options: RmspropOptions): Optimizer {
  checkOptions("rmsprop", options, KNOWN);
  const { alpha = 0.99, eps = 1e-8, centered = false, momentum = 0 } = options;
  checkRange("rmsprop", "alpha", alpha, 0, 1);
  checkFlag("rmsprop", "centered", centered);
  for (const [option, value] of [
    ["eps", eps],
    ["momentum", momentum],
  ] as const) {
    checkRange("rmsprop", option, value, 0, Number.POSITIVE_INFINITY);
  }
  const memory: Memory[] = ["square"];
  if (centered) memory.push("mean");
  if (momentum > 0) memory.push("velocity");
  return optimizerOf<never, Memory>(
    {
      name: "rmsprop",
      numbers: {},
      memory,
      advance: () => ({}),
      update(theta, gradient, { square: v, mean: m, velocity: b }, rate, _numbers, decay) {
        for (let i = 0; i < theta.length; i++) {
          const g = gradient[i] + decay * theta[i];
          v[i] = alpha * v[i] + (1 - alpha) * g * g;
          if (centered) m[i] = alpha * m[i] + (1 - alpha) * g;
          const spread = centered ? Math.max(0, v[i] - m[i] * m[i]) : v[i];
          let step = g / (Math.sqrt(spread) + eps);
          if (momentum > 0) {
            b[i] = momentum * b[i] + step;
            step = b[i];
          }
          theta[i] -= rate * step;
        }
      },
    },
    parameters,
    options,
  );
}
