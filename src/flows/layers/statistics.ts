import { DomainError } from "../../tensor/errors.ts";
import { sumAxis } from "../../tensor/kernels/reduce.ts";
import { Tensor } from "../../tensor/tensor.ts";

/**
 * Mean and population standard deviation of each column of x [N, D], in two passes (one pass loses all digits when the
 * mean is large).
 *
 * Throws DomainError, in the name of the operation, for no rows and for a constant column; `words` are what the caller calls
 * a column and its rows.
 */
export function columnStatistics(
  operation: string,
  x: Tensor,
  words: readonly [column: string, rows: string] = ["column", "rows"],
): { mean: Tensor; deviation: Tensor } {
  const [column, rows] = words;
  const [N, D] = x.shape;
  if (N === 0) throw new DomainError(`${operation}: needs at least one row; got none`);
  const mean = new Float64Array(D);
  sumAxis(x.data, x.shape, 0, mean);
  for (let j = 0; j < D; j++) mean[j] /= N;
  const squares = x.data.map((value, i) => {
    const centred = value - mean[i % D];
    return centred * centred;
  });
  const deviation = new Float64Array(D);
  sumAxis(squares, x.shape, 0, deviation);
  for (let j = 0; j < D; j++) {
    deviation[j] = Math.sqrt(deviation[j] / N);
    // what is left of a constant column is the rounding of its mean
    if (deviation[j] <= 1e-15 * Math.abs(mean[j])) {
      throw new DomainError(`${operation}: every ${column} must vary; ${column} ${j} is constant over ${N} ${rows}`);
    }
  }
  return { mean: new Tensor(mean, [D]), deviation: new Tensor(deviation, [D]) };
}
