import type { Parameter } from "../autograd/variable.ts";
import { ShapeError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What an optimiser remembers between steps: numbers, and tensors in the order of the parameters. */
export interface OptimizerState {
  readonly numbers: { readonly [name: string]: number };
  readonly tensors: { readonly [name: string]: readonly Tensor[] };
}

/** Changes parameters along their gradients. */
export interface Optimizer {
  /** One step; `learningRate` overrides the optimiser's own, for this step. All parameters change, or none. */
  step(grads: readonly Tensor[], learningRate?: number): void;
  /** What `restore` needs to go on from here. */
  state(): OptimizerState;
  /** Goes on from that state. */
  restore(state: OptimizerState): void;
}

/** The options that every optimiser understands. */
export interface OptimizerOptions {
  readonly learningRate: number;
  /** λ: adds λ·θ to the gradient of θ; 0 by default. */
  readonly weightDecay?: number;
}

/** Throws ShapeError unless there is one gradient per parameter, of its shape. */
export function checkGradients(operation: string, parameters: readonly Parameter[], grads: readonly Tensor[]): void {
  if (grads.length !== parameters.length) {
    throw new ShapeError(`${operation}: one gradient per parameter; got ${grads.length} for ${parameters.length}`);
  }
  parameters.forEach((parameter, k) => {
    if (sameShape(parameter.shape, grads[k].shape)) return;
    throw new ShapeError(
      `${operation}: gradients have their parameters' shapes; ${parameter.name || `parameter ${k}`} is ` +
        `${formatShape(parameter.shape)}, its gradient ${formatShape(grads[k].shape)}`,
    );
  });
}
