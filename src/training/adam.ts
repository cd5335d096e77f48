import { firstNonFinite, NonFiniteError } from "../autograd/ops/checkFinite.ts";
import type { Parameter } from "../autograd/variable.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkGradients, type Optimizer, type OptimizerOptions } from "./optimizer.ts";

/** What {@link adam} takes. */
export interface AdamOptions extends OptimizerOptions {
  /** β₁ and β₂, the decay rates of the two averages; [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** ε, added to the denominator; 1e−8 by default. */
  readonly eps?: number;
}

/**
 * Adam: m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * With weight decay λ, g is ∂s/∂θ + λθ. βᵗ is kept as a running product, so that the bits do not depend on a power
 * function. Cost: O(number of parameters) time, and twice their memory.
 * Throws NonFiniteError if a new value would not be finite; then nothing has changed.
 * Reference: Kingma & Ba (2015), algorithm 1, https://arxiv.org/abs/1412.6980.
 */
export function adam(parameters: readonly Parameter[], options: AdamOptions): Optimizer {
  const { learningRate, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
  if (!(learningRate >= 0)) throw new DomainError(`adam: the learning rate must be ≥ 0; got ${learningRate}`);
  const empty = (): Float64Array[] => parameters.map(({ size }) => new Float64Array(size));
  let m = empty();
  let v = empty();
  let power1 = 1; // β₁ᵗ
  let power2 = 1; // β₂ᵗ

  return {
    step(grads, rate = learningRate) {
      checkGradients("adam", parameters, grads);
      const nextPower1 = power1 * beta1;
      const nextPower2 = power2 * beta2;
      const nextM = empty();
      const nextV = empty();
      const values = parameters.map((parameter, k) => {
        const next = new Tensor(new Float64Array(parameter.size), parameter.shape);
        const update = { theta: next.data, m: nextM[k], v: nextV[k] };
        updateOne(update, parameter.data, grads[k].data, m[k], v[k]);
        const index = firstNonFinite(next);
        if (index !== null) {
          const place = `${parameter.name || `parameter ${k}`}${formatShape(index)}`;
          throw new NonFiniteError(`adam: new values must be finite; ${place} = ${next.at(...index)}`, {
            op: "adam",
            index,
          });
        }
        return next;
      });
      [m, v, power1, power2] = [nextM, nextV, nextPower1, nextPower2];
      parameters.forEach((parameter, k) => {
        parameter.assign(values[k]);
      });

      function updateOne(
        next: { theta: Float64Array; m: Float64Array; v: Float64Array },
        theta: Float64Array,
        gradient: Float64Array,
        mBefore: Float64Array,
        vBefore: Float64Array,
      ): void {
        const step = rate / (1 - nextPower1);
        const correction = Math.sqrt(1 - nextPower2);
        for (let i = 0; i < theta.length; i++) {
          const g = gradient[i] + weightDecay * theta[i];
          next.m[i] = beta1 * mBefore[i] + (1 - beta1) * g;
          next.v[i] = beta2 * vBefore[i] + (1 - beta2) * g * g;
          next.theta[i] = theta[i] - (step * next.m[i]) / (Math.sqrt(next.v[i]) / correction + eps);
        }
      }
    },
    state: () => ({
      numbers: { power1, power2 },
      tensors: { m: m.map((values, k) => copy(values, k)), v: v.map((values, k) => copy(values, k)) },
    }),
    restore(state) {
      for (const name of ["m", "v"]) {
        if (state.tensors[name]?.length !== parameters.length) {
          throw new ShapeError(`adam.restore: one ${name} per parameter; got ${state.tensors[name]?.length}`);
        }
        checkGradients("adam.restore", parameters, state.tensors[name]);
      }
      m = state.tensors.m.map(({ data }) => data.slice());
      v = state.tensors.v.map(({ data }) => data.slice());
      ({ power1, power2 } = state.numbers as { power1: number; power2: number });
    },
  };

  function copy(values: Float64Array, k: number): Tensor {
    return new Tensor(values.slice(), parameters[k].shape);
  }
}
