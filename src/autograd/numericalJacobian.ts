import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

const EPSILON = 2.220446049250313e-16;
/** Central differences are taken at h₀, h₀/2, …, h₀/2¹¹. */
const LEVELS = 12;
/** Richardson extrapolation removes the error terms h², h⁴, … h¹⁰. */
const ORDERS = 5;
/** While f is not finite around x, h₀ is halved, at most this often. */
const MOST_HALVINGS = 60;
/** The noise of f is read off third differences over this many points … */
const NOISE_POINTS = 9;
/**
 * … spaced these fractions of h₀: 0.7·2⁻²⁰ and 1.13·2⁻²⁰, so close that f is straight. Two, because rounding can look
 * smooth at one: at x = −2.019 the first alone measures no noise of (1.7x + 1e6) − 1e6.
 */
const NOISE_SPACINGS: readonly number[] = [6.67572021484375e-7, 1.07765197753906e-6];

export interface NumericalJacobianOptions {
  /** f maps a batch [N, ...x's shape] to [N, ...f's shape], row by row: all points are then evaluated in a few calls. */
  readonly batched?: boolean;
  /** Divides the first step: another start gives an independent estimate. 1 by default. */
  readonly stepDivisor?: number;
}

/** A Jacobian and, entry by entry, a bound that its error kept within a third of when it was measured. */
export interface CertifiedJacobian {
  readonly jacobian: Tensor;
  readonly error: Tensor;
}

/** f at many points: rows of `points` are inputs, rows of the result are outputs. NaN where f throws DomainError. */
type Evaluate = (points: Float64Array[]) => Float64Array[];

/**
 * J[i][j] = ∂f_i/∂x_j from values of f alone, with a certificate: central differences at twelve steps, extrapolated
 * to h → 0 (Richardson, Neville's tableau); of all the estimates the one whose own error estimate is least.
 *
 * The error estimate of an entry T[l][m] is max(|T[l][m] − T[l][m−1]|, |T[l][m] − T[l−1][m−1]|) (truncation)
 * + max(16·eps·max|f|, ν)/(2h_l) (round-off, ν the measured noise of f) + 4·eps·|T|. An analytic entry agrees when it is
 * within ten times the certificate.
 *
 * Shape: jacobian and error are [...f's shape, ...x's shape].
 * Special cases: while f(x ± h) is not finite, or throws DomainError, h₀ is halved; DomainError if that never ends.
 * Cost: 44 evaluations of f per element of x.
 * Reference: Richardson (1911); the certificate is derived in docs/numerics.md.
 */
export function numericalJacobian(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  options: NumericalJacobianOptions = {},
): CertifiedJacobian {
  let outputShape: Shape | undefined;
  const note = (shape: Shape): void => {
    if (outputShape !== undefined && !sameShape(shape, outputShape)) {
      throw new ShapeError(
        `numericalJacobian: f's shape must not vary; ${formatShape(outputShape)} and ${formatShape(shape)}`,
      );
    }
    outputShape = shape;
  };
  const one = (point: Float64Array): Float64Array => {
    const y = f(new Tensor(point, x.shape));
    note(y.shape);
    return y.data;
  };
  const evaluate: Evaluate = options.batched ? batchEvaluation(f, x.shape, note) : (points) => points.map(one);
  const safely: Evaluate = (points) => {
    try {
      return evaluate(points);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return points.length === 1 ? [Float64Array.of(Number.NaN)] : points.flatMap((point) => safely([point]));
    }
  };

  const columns = Array.from({ length: x.size }, (_, j) => differentiate(safely, x.data, j, options.stepDivisor ?? 1));
  if (outputShape === undefined) safely([x.data.slice()]); // x is empty: only the shape of f is wanted
  const outputs = columns[0]?.length ?? 0;
  const jacobian = new Float64Array(outputs * x.size);
  const error = new Float64Array(outputs * x.size);
  columns.forEach((column, j) => {
    column.forEach((entry, i) => {
      jacobian[i * x.size + j] = entry.estimate;
      error[i * x.size + j] = entry.error;
    });
  });
  const shape = [...(outputShape ?? []), ...x.shape];
  return { jacobian: new Tensor(jacobian, shape), error: new Tensor(error, shape) };
}

/** Evaluates all points as one batch, and cuts the result into rows. */
function batchEvaluation(f: (x: Tensor) => Tensor, inputShape: Shape, note: (shape: Shape) => void): Evaluate {
  return (points) => {
    const width = points[0].length;
    const batch = new Float64Array(points.length * width);
    points.forEach((point, i) => {
      batch.set(point, i * width);
    });
    const y = f(new Tensor(batch, [points.length, ...inputShape]));
    if (y.shape[0] !== points.length) {
      throw new ShapeError(
        `numericalJacobian: a batched f keeps the batch; got ${formatShape(y.shape)} for ${points.length} rows`,
      );
    }
    note(y.shape.slice(1));
    const rowSize = y.size / points.length;
    return points.map((_, i) => y.data.slice(i * rowSize, (i + 1) * rowSize));
  };
}

interface Entry {
  readonly estimate: number;
  readonly error: number;
}

/** The column ∂f/∂x_j. */
function differentiate(evaluate: Evaluate, x: Float64Array, j: number, stepDivisor: number): Entry[] {
  const shifted = (value: number): Float64Array => {
    const point = x.slice();
    point[j] = value;
    return point;
  };
  let h = (0.25 * Math.max(1, Math.abs(x[j]) / 4)) / stepDivisor;
  for (let halvings = 0; ; halvings++) {
    if (evaluate([shifted(x[j] - h), shifted(x[j] + h)]).every((y) => y.every(isFiniteNumber))) break;
    if (halvings === MOST_HALVINGS)
      throw new DomainError(`numericalJacobian: f must be finite around x; it is not near x[${j}] = ${x[j]}`);
    h /= 2;
  }

  const lower: number[] = [];
  const upper: number[] = [];
  for (let level = 0, step = h; level < LEVELS; level++, step /= 2) {
    lower.push(x[j] - step);
    upper.push(x[j] + step);
  }
  const around = NOISE_SPACINGS.flatMap((spacing) =>
    Array.from({ length: NOISE_POINTS }, (_, k) => x[j] + (k - (NOISE_POINTS - 1) / 2) * spacing * h),
  );
  const values = evaluate([...lower, ...upper, ...around].map(shifted));

  return Array.from({ length: values[0].length }, (_, i) => {
    const component = values.map((y) => y[i]);
    const noise = NOISE_SPACINGS.map((_spacing, k) => {
      const first = 2 * LEVELS + k * NOISE_POINTS;
      return thirdDifferenceNoise(component.slice(first, first + NOISE_POINTS));
    });
    const [low, high] = [component.slice(0, LEVELS), component.slice(LEVELS, 2 * LEVELS)];
    return extrapolate(low, high, lower, upper, Math.max(...noise));
  });
}

/** Neville's tableau over the central differences; the entry whose own error estimate is least. */
function extrapolate(low: number[], high: number[], lower: number[], upper: number[], noise: number): Entry {
  let best: Entry = { estimate: Number.NaN, error: Number.POSITIVE_INFINITY };
  let before: number[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const width = upper[level] - lower[level]; // the step really taken
    const row = [(high[level] - low[level]) / width];
    const size = Math.max(Math.abs(low[level]), Math.abs(high[level]));
    const roundOff = Math.max(16 * EPSILON * size, noise) / width;
    for (let m = 1, power = 4; m <= Math.min(level, ORDERS); m++, power *= 4) {
      row[m] = row[m - 1] + (row[m - 1] - before[m - 1]) / (power - 1);
      const truncation = Math.max(Math.abs(row[m] - row[m - 1]), Math.abs(row[m] - before[m - 1]));
      const error = truncation + roundOff + 4 * EPSILON * Math.abs(row[m]);
      if (error < best.error) best = { estimate: row[m], error };
    }
    before = row;
  }
  return best;
}

/** Half the largest third difference: what is left of f once everything smooth is differenced away. */
function thirdDifferenceNoise(y: number[]): number {
  let largest = 0;
  for (let k = 0; k + 3 < y.length; k++) {
    largest = Math.max(largest, Math.abs(y[k + 3] - 3 * y[k + 2] + 3 * y[k + 1] - y[k]));
  }
  return largest / 2;
}

function isFiniteNumber(value: number): boolean {
  return Math.abs(value) < Number.POSITIVE_INFINITY;
}
