import type { Parameter } from "../autograd/variable.ts";
import { checkFlag, checkRange } from "../tensor/checks.ts";
import { DomainError } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import { type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.ts";

/** What {@link sgd} takes. */
export interface SgdOptions extends OptimizerOptions {
  /** μ, how much of the velocity a step keeps; 0 by default. */
  readonly momentum?: number;
  /** τ, how much of a gradient does not enter the velocity, after the first step; 0 by default. */
  readonly dampening?: number;
  /** Nesterov's momentum: the gradient, and then the velocity it will have after one more step. Off by default. */
  readonly nesterov?: boolean;
}

const KNOWN: Known<SgdOptions> = {
  learningRate: true,
  weightDecay: true,
  rateOf: true,
  momentum: true,
  dampening: true,
  nesterov: true,
};

/**
 * Gradient descent with momentum: v ← μv + (1 − τ)g (v = g at the first step),  θ ← θ − ηv.
 *
 * Nesterov: θ ← θ − η(g + μv). With weight decay λ, g is ∂s/∂θ + λθ. Without momentum v is g, and nothing is remembered.
 *
 * Cost: O(number of parameters) time, and their memory once more with momentum.
 * Throws DomainError for options out of their range; step throws NonFiniteError, and then nothing has changed.
 * Reference: Sutskever, Martens, Dahl & Hinton (2013); the learning rate multiplies v here, as in PyTorch.
 *
 * @example
 * const w = parameter([1]);
 * const optimizer = sgd([w], { learningRate: 0.1, momentum: 0.5 });
 * optimizer.step([tensor([1])]);
 * w; // [0.9]
 * optimizer.step([tensor([1])]);
 * w; // [0.75] = 0.9 − 0.1·(0.5 + 1)
 */
export function sgd(parameters: readonly Parameter[], options: SgdOptions): Optimizer {
  checkOptions("sgd", options, KNOWN);
  const { momentum = 0, dampening = 0, nesterov = false } = options;
  checkRange("sgd", "momentum", momentum, 0, Number.POSITIVE_INFINITY);
  checkRange("sgd", "dampening", dampening, 0, Number.POSITIVE_INFINITY);
  checkFlag("sgd", "nesterov", nesterov);
  if (nesterov && !(momentum > 0 && dampening === 0)) {
    throw new DomainError(
      `sgd: nesterov needs momentum and no dampening; got momentum ${momentum}, dampening ${dampening}`,
    );
  }
  if (momentum === 0) return plainDescent(parameters, options);
  return optimizerOf<"steps", "velocity">(
    {
      name: "sgd",
      numbers: { steps: 0 },
      memory: ["velocity"],
      advance: ({ steps }) => ({ steps: steps + 1 }),
      update(theta, gradient, { velocity: v }, rate, { steps }, decay) {
        const taken = steps === 1 ? 1 : 1 - dampening;
        for (let i = 0; i < theta.length; i++) {
          const g = gradient[i] + decay * theta[i];
          v[i] = momentum * v[i] + taken * g;
          theta[i] -= rate * (nesterov ? g + momentum * v[i] : v[i]);
        }
      },
    },
    parameters,
    options,
  );
}

/** θ ← θ − ηg */
function plainDescent(parameters: readonly Parameter[], options: SgdOptions): Optimizer {
  return optimizerOf<never, never>(
    {
      name: "sgd",
      numbers: {},
      memory: [],
      advance: () => ({}),
      update(theta, gradient, _memory, rate, _numbers, decay) {
        for (let i = 0; i < theta.length; i++) theta[i] -= rate * (gradient[i] + decay * theta[i]);
      },
    },
    parameters,
    options,
  );
}
