import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { indexOfMaximum, maximum, minimum, reduceAxis } from "../../tensor/kernels/reduce.ts";
import { collectTies, shareAmongTies } from "../../tensor/kernels/ties.ts";
import { formatShape, normalizeAxis, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";
import { reduceAsOne } from "./axes.ts";
import { type ReductionOptions, reducedShape, zerosLike } from "./broadcast.ts";

// ── max and min: reductions that choose ─────────────────────────────────────────────────────────────────────────────

const maxRule: Rule<[x: Tensor], [axis: number]> = {
  name: "max",
  shape: ([x], axis) => reducedShape(x.shape, [axis], true),
  forward: ([x], y, axis) => reduceAxis(maximum, x.data, x.shape, axis, y.data),
  vjp: ([x], y, g, axis) => [() => apply(shareRule, [g, x, y], axis)],
};

const minRule: Rule<[x: Tensor], [axis: number]> = {
  name: "min",
  shape: ([x], axis) => reducedShape(x.shape, [axis], true),
  forward: ([x], y, axis) => reduceAxis(minimum, x.data, x.shape, axis, y.data),
  vjp: ([x], y, g, axis) => [() => apply(shareRule, [g, x, y], axis)],
};

/** g divided equally among the elements of x that are the extremum, 0 for the others: selected, so that 0·∞ never arises. */
const shareRule: Rule<[g: Tensor, x: Tensor, extremum: Tensor], [axis: number]> = {
  name: "share",
  shape: ([_g, x]) => x.shape,
  forward: ([g, x, extremum], y, axis) => shareAmongTies(g.data, x.data, extremum.data, x.shape, axis, y.data),
  vjp: ([_g, x, extremum], _y, g, axis) => [
    () => apply(collectRule, [g, x, extremum], axis),
    () => zerosLike(x),
    () => zerosLike(extremum),
  ],
};

/** The mean of u over the elements of x that are the extremum: the adjoint of sharing. */
const collectRule: Rule<[u: Tensor, x: Tensor, extremum: Tensor], [axis: number]> = {
  name: "collect",
  shape: ([_u, _x, extremum]) => extremum.shape,
  forward: ([u, x, extremum], y, axis) => collectTies(u.data, x.data, extremum.data, x.shape, axis, y.data),
  vjp: ([_u, x, extremum], _y, g, axis) => [
    () => apply(shareRule, [g, x, extremum], axis),
    () => zerosLike(x),
    () => zerosLike(extremum),
  ],
};

/** Throws DomainError when there is nothing along the axis to choose from. */
function checkNotEmpty(operation: string, x: Tensor, axis: number): void {
  if (x.shape[axis] > 0) return;
  throw new DomainError(
    `${operation}: nothing has no ${operation}; got ${formatShape(x.shape)}, empty along axis ${axis}`,
  );
}

/**
 * The largest element along the axes (over everything if none is named).
 *
 * Gradient: g to the largest element; ties share it equally. Special cases: NaN if an element is NaN, and then those get
 * the gradient. Throws DomainError for an empty axis, ShapeError for an axis that is not there.
 *
 * @example
 * max(tensor([[1, 5], [4, 2]]), 1); // [5, 4]
 */
export function max(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  return reduceAsOne("max", x, axis, options, (operand, along) => {
    checkNotEmpty("max", operand, along);
    return apply(maxRule, [operand], along);
  });
}

/**
 * The smallest element along the axes (over everything if none is named).
 *
 * Gradient: g to the smallest element; ties share it equally. Special cases: NaN if an element is NaN, and then those get
 * the gradient. Throws DomainError for an empty axis, ShapeError for an axis that is not there.
 *
 * @example
 * min(tensor([[1, 5], [4, 2]])); // 1
 */
export function min(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  return reduceAsOne("min", x, axis, options, (operand, along) => {
    checkNotEmpty("min", operand, along);
    return apply(minRule, [operand], along);
  });
}

// ── argMax: has no derivative ───────────────────────────────────────────────────────────────────────────────────────

/**
 * The index of the first largest element along the axis. Not differentiable: the result remembers nothing.
 *
 * Shape: without the axis. Special cases: the first NaN counts as the largest.
 * Throws DomainError for an empty axis, ShapeError for an axis that is not there.
 *
 * @example
 * argMax(tensor([[1, 5], [4, 2]]), 1); // [1, 0]
 */
export function argMax(x: Operand, axis: number): Variable {
  const operand = asTensor("argMax", x);
  if (operand.rank === 0) throw new ShapeError("argMax: needs at least one axis; got shape []");
  const along = normalizeAxis("argMax", axis, operand.rank);
  checkNotEmpty("argMax", operand, along);
  const shape = reducedShape(operand.shape, [along], false);
  const indices = new Float64Array(sizeOf(shape));
  reduceAxis(indexOfMaximum, operand.data, operand.shape, along, indices);
  return new Variable(indices, shape);
}
