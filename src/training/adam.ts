import type { Parameter } from "../autograd/variable.ts";
import { checkFlag, checkRange } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions, type Known } from "../tensor/options.ts";
import { type AdamNumbers, adamStep } from "../tensor/simd/simdAdam.ts";
import { type Optimizer, type OptimizerOptions, optimizerOf, type UpdateRule } from "./optimizer.ts";

/** What {@link adam} takes. */
export interface AdamOptions extends OptimizerOptions {
  /** β₁ and β₂, the decay rates of the two averages; [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** ε, added to the denominator; 1e−8 by default. */
  readonly eps?: number;
  /** Divide by the largest v there has been, so that steps never grow again. Off by default. */
  readonly amsgrad?: boolean;
}

/** The options of adam and adamW. */
export const ADAM_OPTIONS: Known<AdamOptions> = {
  learningRate: true,
  weightDecay: true,
  rateOf: true,
  betas: true,
  eps: true,
  amsgrad: true,
};

/**
 * Adam: m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * With weight decay λ, g is ∂s/∂θ + λθ. With `amsgrad`, v̂ = max(v₁, …, v_t)/(1 − β₂ᵗ). βᵗ is kept as a running product,
 * so that the bits do not depend on a power function.
 *
 * Cost: O(number of parameters) time, and twice their memory (three times with `amsgrad`).
 * Throws DomainError for options out of their range; step throws NonFiniteError, and then nothing has changed.
 * Reference: Kingma & Ba (2015), algorithm 1, https://arxiv.org/abs/1412.6980; Reddi, Kale & Kumar (2018),
 * https://arxiv.org/abs/1904.09237, whose algorithm has no bias correction: this one divides by 1 − β₂ᵗ, as PyTorch.
 *
 * @example
 * const w = parameter([1, 1]);
 * adam([w], { learningRate: 0.1 }).step([tensor([5, -0.01])]);
 * w; // [0.9, 1.1]: a first step is η long, whatever the gradient
 */
export function adam(parameters: readonly Parameter[], options: AdamOptions): Optimizer {
  checkOptions("adam", options, ADAM_OPTIONS);
  return optimizerOf(adamRule("adam", options), parameters, options);
}

/** β₁ᵗ and β₂ᵗ */
type Powers = Readonly<Record<"power1" | "power2", number>>;

/** Adam's step; λ·θ is added to the gradient. */
export function adamRule(name: string, options: AdamOptions): UpdateRule<"power1" | "power2", "m" | "v" | "vMax"> {
  const { betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = options;
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new DomainError(`${name}: betas are two numbers; got ${describeValue(betas)}`);
  }
  checkFlag(name, "amsgrad", amsgrad);
  const [beta1, beta2] = betas;
  checkRange(name, "β₁", beta1, 0, 1);
  checkRange(name, "β₂", beta2, 0, 1);
  checkRange(name, "eps", eps, 0, Number.POSITIVE_INFINITY);
  const constantsOf = (rate: number, { power1, power2 }: Powers, decay: number): AdamNumbers => {
    const step = rate / (1 - power1); // η/(1 − β₁ᵗ)
    const correction = Math.sqrt(1 - power2); // √v̂ = √v/correction
    return [decay, beta1, 1 - beta1, beta2, 1 - beta2, step, correction, eps];
  };
  return {
    name,
    numbers: { power1: 1, power2: 1 }, // β₁ᵗ and β₂ᵗ
    memory: amsgrad ? ["m", "v", "vMax"] : ["m", "v"],
    advance: ({ power1, power2 }) => ({ power1: power1 * beta1, power2: power2 * beta2 }),
    update(theta, gradient, { m, v, vMax = v }, rate, numbers, decay) {
      const constants = constantsOf(rate, numbers, decay);
      const [, , rest1, , rest2, step, correction] = constants;
      const finite = amsgrad ? null : adamStep(theta, gradient, m, v, constants);
      if (finite !== null) return finite;
      // adamStep is this loop in WebAssembly
      for (let i = 0; i < theta.length; i++) {
        const g = gradient[i] + decay * theta[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
        vMax[i] = Math.max(vMax[i], v[i]); // without amsgrad vMax is v itself
        theta[i] -= (step * m[i]) / (Math.sqrt(vMax[i]) / correction + eps);
      }
      return false;
    },
    ...(!amsgrad && { asAdam: (rate, numbers, decay) => ({ numbers: constantsOf(rate, numbers, decay), kept: 1 }) }),
  };
}
