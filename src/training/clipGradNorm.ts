import { DomainError } from "../tensor/errors.ts";
import { pairwiseSum } from "../tensor/kernels/reduce.ts";
import { Tensor } from "../tensor/tensor.ts";

/** ‖g‖ = √Σ gᵢ² over all elements of all gradients; scaled by the largest, so that it does not overflow. */
export function gradNorm(grads: readonly Tensor[]): number {
  let largest = 0;
  for (const { data } of grads) {
    for (let i = 0; i < data.length; i++) {
      const size = Math.abs(data[i]);
      if (!(size <= largest)) largest = size;
      if (largest !== largest) return largest;
    }
  }
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return largest;
  const scale = largest;
  const squares = new Float64Array(grads.reduce((longest, { size }) => Math.max(longest, size), 0));
  const sums = grads.map(({ data }) => {
    for (let i = 0; i < data.length; i++) {
      const ratio = data[i] / scale;
      squares[i] = ratio * ratio;
    }
    return pairwiseSum(squares, 0, 1, data.length);
  });
  return scale * Math.sqrt(pairwiseSum(Float64Array.from(sums), 0, 1, sums.length));
}

/**
 * The gradients times min(1, maxNorm/(‖g‖ + 10⁻⁶)), ‖g‖ their common norm: the direction is kept, the length bounded.
 *
 * Throws DomainError unless maxNorm is positive.
 * Reference: Pascanu, Mikolov & Bengio (2013), https://arxiv.org/abs/1211.5063.
 */
export function clipGradNorm(grads: readonly Tensor[], maxNorm: number): Tensor[] {
  if (!(maxNorm > 0)) throw new DomainError(`clipGradNorm: maxNorm must be positive; got ${maxNorm}`);
  const factor = Math.min(1, maxNorm / (gradNorm(grads) + 1e-6));
  return grads.map((g) =>
    factor === 1
      ? g
      : new Tensor(
          g.data.map((value) => value * factor),
          g.shape,
        ),
  );
}
