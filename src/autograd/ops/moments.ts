import { DomainError, describeValue } from "../../tensor/errors.ts";
import { euclideanNorm, reduceAxis } from "../../tensor/kernels/reduce.ts";
import { normalizeAxes, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { add, div, square, sub } from "./arithmetic.ts";
import { reduceAsOne } from "./axes.ts";
import { keepsDims, type ReductionOptions, reducedShape, sum } from "./broadcast.ts";
import { chain } from "./chain.ts";
import { mean } from "./reduction.ts";

// ── norm ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const normRule: Rule<[x: Tensor], [axis: number]> = {
  name: "norm",
  shape: ([x], axis) => reducedShape(x.shape, [axis], true),
  forward: ([x], y, axis) => reduceAxis(euclideanNorm, x.data, x.shape, axis, y.data),
  vjp: ([x], y, g) => [() => chain(g, div(x, add(y, infiniteWhereZero(y))))],
};

/** The length of the zero vector is taken as ∞ when directions x/|x| are formed: they, and all derivatives, are then 0. */
function infiniteWhereZero(y: Tensor): Tensor {
  return new Tensor(
    y.data.map((value) => (value === 0 ? Number.POSITIVE_INFINITY : 0)),
    y.shape,
  );
}

/**
 * y = √Σ x² over the axes (over everything if none is named), without overflow or underflow on the way.
 *
 * Gradient: g·x/y; at the zero vector, where there is none, 0. Special cases: the norm of nothing is 0, NaN if an element is
 * NaN, else ∞ if one is infinite. Throws ShapeError for an axis that is not there.
 *
 * @example
 * norm(tensor([[3, 4], [6, 8]]), 1); // [5, 10]
 */
export function norm(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  return reduceAsOne("norm", x, axis, options, (operand, along) => apply(normRule, [operand], along));
}

// ── variance and std ────────────────────────────────────────────────────────────────────────────────────────────────

/** What {@link variance} takes. */
export interface VarianceOptions extends ReductionOptions {
  /** Subtracted from the number of elements in the divisor: 0 (the default) for the population, 1 for Bessel's correction. */
  readonly correction?: number;
}

/** x less its mean over the axes, and the divisor max(0, n − correction): what both moments start from. */
function centred(
  operation: string,
  x: Operand,
  axis: number | readonly number[] | undefined,
  options: VarianceOptions,
): { deviations: Variable; axes: number[]; divisor: number; keepDims: boolean } {
  const operand = asTensor(operation, x);
  const axes = normalizeAxes(operation, axis, operand.rank);
  const keepDims = keepsDims(operation, options);
  const correction = options.correction ?? 0;
  if (!Number.isFinite(correction)) {
    throw new DomainError(`${operation}: the correction is a finite number; got ${describeValue(correction)}`);
  }
  const divisor = Math.max(0, sizeOf(axes.map((i) => operand.shape[i])) - correction);
  return { deviations: sub(operand, mean(operand, axes, { keepDims: true })), axes, divisor, keepDims };
}

/**
 * y = Σ (x − mean)²/(n − correction) over the axes (over everything if none is named), in two passes: the digits survive a
 * large mean.
 *
 * Gradient: 2g·(x − mean)/(n − correction). Special cases: where n ≤ correction the divisor is 0, and 0/0 is NaN: so is the
 * variance of nothing. Squares overflow beyond 10¹⁵⁴. Throws ShapeError for an axis that is not there, DomainError unless
 * the correction is a finite number.
 *
 * @example
 * variance(tensor([1, 2, 3, 4])); // 1.25
 * variance(tensor([1, 2, 3, 4]), 0, { correction: 1 }); // 1.66667
 */
export function variance(x: Operand, axis?: number | readonly number[], options: VarianceOptions = {}): Variable {
  const { deviations, axes, divisor, keepDims } = centred("variance", x, axis, options);
  return div(sum(square(deviations), axes, { keepDims }), divisor);
}

/**
 * y = √variance, as |x − mean|/√(n − correction).
 *
 * Gradient: g·(x − mean)/(y·(n − correction)); 0 where all elements are equal, and there is none. Special cases: as
 * variance, but squares do not overflow. Throws what variance throws.
 *
 * @example
 * std(tensor([[1, 3], [5, 5]]), 1); // [1, 0]
 */
export function std(x: Operand, axis?: number | readonly number[], options: VarianceOptions = {}): Variable {
  const { deviations, axes, divisor, keepDims } = centred("std", x, axis, options);
  return div(norm(deviations, axes, { keepDims }), Math.sqrt(divisor));
}
