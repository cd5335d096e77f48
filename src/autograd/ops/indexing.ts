import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { gatherAt, gatherOffsets, scatterAddAt, scatterAddAxis, takeAxis } from "../../tensor/kernels/layout.ts";
import { checkShape, formatShape, normalizeAxis, type Shape, sizeOf } from "../../tensor/shape.ts";
import { type NestedArray, Tensor, tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";
import { zerosLike } from "./broadcast.ts";
import { withLength } from "./rearrange.ts";

/** Throws DomainError for an index that is no integer, ShapeError for one outside `low` … length − 1. */
function checkIndices(operation: string, indices: ArrayLike<number>, low: number, length: number, what: string): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index))
      throw new DomainError(`${operation}: indices must be integers; got ${describeValue(index)}`);
    if (index < low || index >= length)
      throw new ShapeError(`${operation}: index out of range; got ${index} for ${what}`);
  }
}

// ── take and scatterAdd: each is the other's adjoint ────────────────────────────────────────────────────────────────

const takeRule: Rule<[x: Tensor], [indices: readonly number[], axis: number]> = {
  name: "take",
  shape: ([x], indices, axis) => withLength(x.shape, axis, indices.length),
  forward: ([x], y, indices, axis) => takeAxis(x.data, x.shape[axis], indices, sizeOf(x.shape.slice(axis + 1)), y.data),
  lowering: "take",
  vjp: ([x], _y, g, indices, axis) => [() => apply(scatterAddRule, [g], indices, axis, x.shape[axis])],
};

/** y = 0 but y[…, indices[i], …] += x[…, i, …]: the adjoint of take, not exported. */
const scatterAddRule: Rule<[x: Tensor], [indices: readonly number[], axis: number, length: number]> = {
  name: "scatterAdd",
  shape: ([x], _indices, axis, length) => withLength(x.shape, axis, length),
  forward: ([x], y, indices, axis, length) =>
    scatterAddAxis(x.data, length, indices, sizeOf(x.shape.slice(axis + 1)), y.data),
  lowering: "scatterAdd",
  vjp: (_inputs, _y, g, indices, axis) => [() => apply(takeRule, [g], indices, axis)],
};

/**
 * y[…, i, …] = x[…, indices[i], …] along the axis; negative indices count from the end, repeats are allowed.
 *
 * Gradient: g added up where each element came from. Throws ShapeError for an axis or index that is not there, DomainError
 * for an index that is no integer.
 *
 * @example
 * take(tensor([10, 20, 30]), [2, 0, -1], 0); // [30, 10, 30]
 */
export function take(x: Operand, indices: readonly number[] | Tensor, axis: number): Variable {
  const operand = asTensor("take", x);
  const along = normalizeAxis("take", axis, operand.rank);
  const length = operand.shape[along];
  if (!Array.isArray(indices) && !(indices instanceof Tensor)) {
    throw new DomainError(`take: indices are a list or a Tensor of integers; got ${describeValue(indices)}`);
  }
  const list: readonly number[] = indices instanceof Tensor ? Array.from(indices.data) : indices;
  checkIndices("take", list, -length, length, `an axis of length ${length}`);
  return apply(
    takeRule,
    [operand],
    list.map((index) => (index < 0 ? index + length : index)),
    along,
  );
}

// ── gather and its scatterAdd: each is the other's adjoint ──────────────────────────────────────────────────────────

const gatherRule: Rule<[x: Tensor, indices: Tensor], [axis: number]> = {
  name: "gather",
  shape: ([_x, indices]) => indices.shape,
  forward: ([x, indices], y, axis) =>
    gatherAt(x.data, gatherOffsets(indices.data, indices.shape, x.shape, axis), y.data),
  vjp: ([x, indices], _y, g, axis) => [
    () => apply(scatterAddAlongRule, [g, indices], axis, x.shape),
    () => zerosLike(indices),
  ],
};

/** The adjoint of gather with respect to x: y = 0 but y[…, indices[i], …] += x[i] for every index i. Not exported. */
const scatterAddAlongRule: Rule<[x: Tensor, indices: Tensor], [axis: number, shape: Shape]> = {
  name: "scatterAdd",
  shape: (_inputs, _axis, shape) => shape,
  forward: ([x, indices], y, axis) =>
    scatterAddAt(x.data, gatherOffsets(indices.data, indices.shape, y.shape, axis), y.data),
  vjp: ([_x, indices], _y, g, axis) => [() => apply(gatherRule, [g, indices], axis), () => zerosLike(indices)],
};

/**
 * y[i₀, …, i_axis, …] = x[i₀, …, indices[i₀, …, i_axis, …], …]: along the axis each element chooses for itself.
 *
 * Negative indices count from the end. Gradient: g added up where each element came from; none to the indices.
 * Shape: that of the indices, which has the rank of x and is nowhere longer but along the axis.
 * Throws ShapeError for shapes that do not fit, an axis or index that is not there; DomainError for an index that is no
 * integer.
 *
 * @example
 * gather(tensor([[1, 2, 3], [4, 5, 6]]), tensor([[2], [0]]), 1); // [[3], [4]]
 */
export function gather(x: Operand, indices: Tensor, axis: number): Variable {
  const operand = asTensor("gather", x);
  if (!(indices instanceof Tensor)) {
    throw new DomainError(`gather: indices must be a Tensor of integers; got ${describeValue(indices)}`);
  }
  const along = normalizeAxis("gather", axis, operand.rank);
  const { shape } = operand;
  if (indices.rank !== operand.rank || indices.shape.some((length, i) => i !== along && length > shape[i])) {
    throw new ShapeError(
      `gather: indices must have the rank of x, and be longer only along axis ${along}; ${formatShape(indices.shape)} into ${formatShape(shape)}`,
    );
  }
  checkIndices("gather", indices.data, -shape[along], shape[along], `an axis of length ${shape[along]}`);
  return apply(gatherRule, [operand, indices], along);
}

// ── oneHot: has no derivative ───────────────────────────────────────────────────────────────────────────────────────

/**
 * y[…, c] = 1 where c is the index, 0 elsewhere, c = 0 … classes − 1. Not differentiable: the result remembers nothing.
 *
 * Shape: that of the indices (a number, nested arrays or a Tensor), and a last axis of length `classes`.
 * Throws DomainError for an index or a number of classes that is no integer, ShapeError for an index outside
 * 0 … classes − 1 (negative ones, too: they often mark missing labels).
 *
 * @example
 * oneHot([2, 0], 3); // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(indices: Tensor | NestedArray, classes: number): Variable {
  const operand = indices instanceof Tensor ? indices : tensor(indices);
  const shape = checkShape("oneHot", [...operand.shape, classes]);
  checkIndices("oneHot", operand.data, 0, classes, `${classes} classes`);
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < operand.size; i++) data[i * classes + operand.data[i]] = 1;
  return new Variable(data, shape);
}
