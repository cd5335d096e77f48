import { checkPositive, checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { euclideanNorm } from "../tensor/kernels/reduce.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * ‖g‖ = √Σ gᵢ² over all elements of all gradients, without overflow or underflow on the way. NaN if an element is, else ∞ if one is. Cost: O(n).
 * Throws DomainError for what is no list of Tensors.
 *
 * @example
 * gradNorm([tensor([1, 2]), tensor([2])]); // 3
 */
export function gradNorm(grads: readonly Tensor[]): number {
  checkGradients("gradNorm", grads);
  const norms = Float64Array.from(grads, ({ data }) => euclideanNorm(data, 0, 1, data.length));
  return euclideanNorm(norms, 0, 1, norms.length);
}

/**
 * The gradients times min(1, maxNorm/(‖g‖ + 10⁻⁶)), ‖g‖ their common norm: the direction is kept, the length bounded.
 *
 * Throws DomainError unless maxNorm is positive and the gradients are a list of Tensors.
 * Reference: Pascanu, Mikolov & Bengio (2013), https://arxiv.org/abs/1211.5063.
 *
 * @example
 * clipGradNorm([tensor([3]), tensor([4])], 1); // [[0.6], [0.8]]
 * clipGradNorm([tensor([3]), tensor([4])], 10); // [[3], [4]]
 */
export function clipGradNorm(grads: readonly Tensor[], maxNorm: number): Tensor[] {
  checkPositive("clipGradNorm", "maxNorm", maxNorm);
  checkGradients("clipGradNorm", grads);
  const factor = clipFactor(gradNorm(grads), maxNorm);
  return grads.map((g) =>
    factor === 1
      ? g
      : new Tensor(
          g.data.map((value) => value * factor),
          g.shape,
        ),
  );
}

/** What gradients of that norm are multiplied by, so that theirs is at most maxNorm. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

function checkGradients(operation: string, grads: unknown): void {
  if (!Array.isArray(grads)) {
    throw new DomainError(`${operation}: gradients are a list, one for each parameter; got ${describeValue(grads)}`);
  }
  for (const g of grads) checkTensor(operation, "every gradient", g);
}
