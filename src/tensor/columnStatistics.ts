import { DomainError } from "./errors.ts";
import { maximum, minimum, pairwiseSum } from "./kernels/reduce.ts";
import { Tensor } from "./tensor.ts";

// N rows, D columns

/** Where columns are centred and how wide they are. */
export interface ColumnStatistics {
  /** [D] */
  readonly mean: Tensor;
  /** The population standard deviation √((1/N) Σ (x − mean)²), [D]; 0 for a constant column. */
  readonly deviation: Tensor;
}

/** What callers call a column, and its rows. */
export type ColumnWords = readonly [column: string, rows: string];

/**
 * Mean and population standard deviation of each column of x [N, D], in any unit: nothing overflows or underflows on the way, and the mean
 * is corrected by that of what is left (one pass loses all digits where the mean is large).
 *
 * A column is constant, with a deviation of exactly 0, if its numbers are equal but for their last two bits.
 * Throws DomainError, in the name of the operation, for no rows, for NaN and ∞, and for a column whose range is beyond float64.
 */
export function columnStatistics(
  operation: string,
  x: Tensor,
  [column, rows]: ColumnWords = ["column", "rows"],
): ColumnStatistics {
  const [N, D] = x.shape;
  if (N === 0) throw new DomainError(`${operation}: needs at least one row; got none`);
  const mean = new Float64Array(D);
  const deviation = new Float64Array(D);
  const values = new Float64Array(N);
  for (let j = 0; j < D; j++) {
    for (let i = 0; i < N; i++) values[i] = x.data[i * D + j];
    const [least, most] = [minimum(values, 0, 1, N), maximum(values, 0, 1, N)];
    if (!(most - least < Number.POSITIVE_INFINITY)) {
      const came = `${column} ${j} goes from ${least} to ${most} over ${N} ${rows}`;
      throw new DomainError(`${operation}: every ${column} must be finite, and so must its range; ${came}`);
    }
    const largest = Math.max(-least, most);
    const unit = unitFor(largest);
    for (let i = 0; i < N; i++) values[i] *= unit;
    const centre = average(values);
    for (let i = 0; i < N; i++) values[i] -= centre;
    const correction = average(values);
    for (let i = 0; i < N; i++) values[i] = (values[i] - correction) * (values[i] - correction);
    const constant = most - least <= 4 * EPSILON * largest;
    mean[j] = most === least ? most : (centre + correction) / unit;
    deviation[j] = constant ? 0 : Math.sqrt(average(values)) / unit;
  }
  return { mean: new Tensor(mean, [D]), deviation: new Tensor(deviation, [D]) };
}

/** The statistics of x [N, D], if every column varies. Throws DomainError, in the name of the operation, for one that is constant. */
export function checkVaries(
  operation: string,
  statistics: ColumnStatistics,
  x: Tensor,
  [column, rows]: ColumnWords = ["column", "rows"],
): ColumnStatistics {
  const j = statistics.deviation.data.indexOf(0);
  if (j < 0) return statistics;
  const [N, D] = x.shape;
  const exactly = x.data.every((value, i) => i % D !== j || value === x.data[j]);
  const came = `${column} ${j} is constant${exactly ? "" : " but for rounding"} over ${N} ${rows}`;
  throw new DomainError(`${operation}: every ${column} must vary; ${came}`);
}

const EPSILON = 2.220446049250313e-16; // 2^−52

/** A power of two that brings numbers of up to that size where neither their squares nor those of their last bits leave float64. */
function unitFor(largest: number): number {
  if (largest > 2.5822498780869086e120) return 2.409919865102884e-181; // 2^400, 2^−600
  return largest < 3.8725919148493183e-121 ? 4.149515568880993e180 : 1; // 2^−400, 2^600
}

function average(values: Float64Array): number {
  return pairwiseSum(values, 0, 1, values.length) / values.length;
}
