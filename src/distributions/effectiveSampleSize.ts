import { checkTensor } from "../tensor/checks.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { exp } from "../tensor/kernels/elementary.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * (Σ w)²/Σ w², for weights w = exp(logWeights), [n]: how many equally weighted draws tell as much as these. n if all weights are equal, 1 if one has it all.
 *
 * The weights need no normalisation, and may lie beyond the range of exp; −∞ is a weight of 0. Cost: O(n). Throws ShapeError unless there is one list
 * of weights, DomainError for none, for NaN and +∞, and if all are 0.
 * Reference: Kong (1992), A note on importance sampling using standardized weights, University of Chicago, technical report 348.
 *
 * @example
 * effectiveSampleSize(tensor([0, 0, Number.NEGATIVE_INFINITY])); // 2
 */
export function effectiveSampleSize(logWeights: Tensor): number {
  checkTensor("effectiveSampleSize", "logWeights", logWeights);
  const { data, rank, shape } = logWeights;
  if (rank !== 1) throw new ShapeError(`effectiveSampleSize: log-weights must be [n]; got ${formatShape(shape)}`);
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!(value < Number.POSITIVE_INFINITY)) {
      throw new DomainError(`effectiveSampleSize: log-weights must be below +∞; got ${value}`);
    }
    largest = Math.max(largest, value);
  }
  if (largest === Number.NEGATIVE_INFINITY) {
    throw new DomainError(`effectiveSampleSize: some weight must be above 0; got ${data.length} that are not`);
  }
  let [sum, squares] = [0, 0];
  for (const value of data) {
    const weight = exp(value - largest);
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum) / squares;
}
