import type { Parameter } from "../autograd/variable.ts";
import { checkOptions } from "../tensor/options.ts";
import { ADAM_OPTIONS, type AdamOptions, adamRule } from "./adam.ts";
import { type Optimizer, optimizerOf } from "./optimizer.ts";

/**
 * Adam with decoupled weight decay: θ ← (1 − ηλ)θ, then the step of {@link adam} without decay.
 *
 * Decay is not divided by √v̂ here: every weight shrinks at the same rate, whatever its gradients. `weightDecay`, λ, is
 * 0.01 by default, and η that of the parameter, with the factor of `rateOf`; the other options are adam's.
 *
 * Cost: as adam. Throws DomainError for options out of their range; step throws NonFiniteError, and then nothing has
 * changed. Reference: Loshchilov & Hutter (2019), https://arxiv.org/abs/1711.05101; λ is multiplied by η, as in PyTorch.
 *
 * @example
 * const w = parameter([1]);
 * adamW([w], { learningRate: 0.1 }).step([tensor([5])]);
 * w; // [0.899] = (1 − 0.1·0.01)·1 − 0.1
 */
export function adamW(parameters: readonly Parameter[], options: AdamOptions): Optimizer {
  checkOptions("adamW", options, ADAM_OPTIONS);
  const { weightDecay = 0.01 } = options;
  const rule = adamRule("adamW", options);
  const { asAdam } = rule;
  return optimizerOf(
    {
      ...rule,
      update(theta, g, memory, rate, numbers, decay) {
        const kept = 1 - rate * decay;
        for (let i = 0; i < theta.length; i++) theta[i] *= kept;
        return rule.update(theta, g, memory, rate, numbers, 0);
      },
      ...(asAdam && {
        asAdam: (rate, numbers, decay) => ({ ...asAdam(rate, numbers, 0), kept: 1 - rate * decay }),
      }),
    },
    parameters,
    { ...options, weightDecay },
  );
}
