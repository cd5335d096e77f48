import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { copyLoop } from "../../tensor/kernels/binaryLoops.ts";
import { broadcast } from "../../tensor/kernels/broadcasting.ts";
import { sumAxis } from "../../tensor/kernels/reduce.ts";
import {
  broadcastShapes,
  checkShape,
  formatShape,
  normalizeAxes,
  type Shape,
  sameShape,
  sizeOf,
} from "../../tensor/shape.ts";
import { copySimd } from "../../tensor/simd/simdArithmetic.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";

/** What reductions such as {@link sum} take. */
export interface ReductionOptions {
  /** Keep the reduced axes with length 1, so that the result broadcasts against x. */
  readonly keepDims?: boolean;
}

/** Whether the reduced axes stay. Throws DomainError for anything but options. */
export function keepsDims(operation: string, options: ReductionOptions): boolean {
  if (typeof options !== "object" || options === null || typeof (options.keepDims ?? false) !== "boolean") {
    throw new DomainError(`${operation}: the options are { keepDims?: boolean }; got ${describeValue(options)}`);
  }
  return options.keepDims ?? false;
}

/** The shape that is left when the axes are summed over: without them, or with length 1 in their places. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return keepDims
    ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** Zeros of that shape that remember nothing: the cotangent of an input on which an op depends only in steps. */
export function zerosLike(x: Tensor): Variable {
  return new Variable(new Float64Array(x.size), x.shape);
}

// ── sum and broadcastTo: each is the other's adjoint ────────────────────────────────────────────────────────────────

const sumRule: Rule<[x: Tensor], [axes: readonly number[], keepDims: boolean]> = {
  name: "sum",
  shape: ([x], axes, keepDims) => reducedShape(x.shape, axes, keepDims),
  forward([x], y, axes) {
    if (axes.length === 0) {
      y.data.set(x.data);
      return;
    }
    // neighbouring axes count as one; the last group goes first
    let { data, shape } = x as { data: Float64Array; shape: Shape };
    for (let last = axes.length - 1; last >= 0; last--) {
      let first = last;
      while (first > 0 && axes[first - 1] === axes[first] - 1) first--;
      const [from, to] = [axes[first], axes[last] + 1];
      const merged = [...shape.slice(0, from), sizeOf(shape.slice(from, to)), ...shape.slice(to)];
      const kept = [...shape.slice(0, from), ...shape.slice(to)];
      const result = first === 0 ? y.data : new Float64Array(sizeOf(kept));
      sumAxis(data, merged, from, result);
      data = result;
      shape = kept;
      last = first;
    }
  },
  lowering: "sum",
  vjp: ([x], _y, g, axes) => [() => broadcastTo(reshape(g, reducedShape(x.shape, axes, true)), x.shape)],
};

/**
 * y = Σ x over the axes (all of them if none is named).
 *
 * Gradient: ∂s/∂x = g, stretched along the axes. Special cases: an empty sum is 0.
 * Numerics: pairwise in a fixed order, error O(log n·eps·Σ|x|). Cost: O(n). Throws ShapeError for an axis that is not there.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * sum(x); // 10
 * sum(x, 0); // [4, 6]
 * sum(x, 1, { keepDims: true }); // [[3], [7]]
 */
export function sum(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  const operand = asTensor("sum", x);
  return apply(sumRule, [operand], normalizeAxes("sum", axis, operand.rank), keepsDims("sum", options));
}

const broadcastToRule: Rule<[x: Tensor], [shape: Shape]> = {
  name: "broadcastTo",
  shape([x], shape) {
    if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
      throw new ShapeError(`broadcastTo: axes only stretch from 1; ${formatShape(x.shape)} to ${formatShape(shape)}`);
    }
    return shape;
  },
  forward: ([x], y) => broadcast(copyLoop, x, x, y),
  lowering: copySimd,
  vjp: ([x], _y, g) => [() => sumTo(g, x.shape)],
};

/**
 * x stretched to the shape: axes of length 1 are repeated, missing leading axes added.
 *
 * Gradient: ∂s/∂x = g summed over what was stretched. Throws ShapeError when the shape cannot be reached.
 *
 * @example
 * broadcastTo(tensor([[1], [2]]), [2, 3]); // [[1, 1, 1], [2, 2, 2]]
 */
export function broadcastTo(x: Operand, shape: Shape): Variable {
  return apply(broadcastToRule, [x], [...checkShape("broadcastTo", shape)]);
}

/** g summed over the axes along which an operand of that shape was stretched: the adjoint of broadcasting. */
export function sumTo(g: Variable, shape: Shape): Variable {
  if (sameShape(g.shape, shape)) return g;
  const added = g.rank - shape.length;
  const axes = g.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && g.shape[axis] !== 1));
  return reshape(sum(g, axes, { keepDims: true }), shape);
}

// ── reshape: its own adjoint ────────────────────────────────────────────────────────────────────────────────────────

const reshapeRule: Rule<[x: Tensor], [shape: Shape]> = {
  name: "reshape",
  sharesBuffer: true,
  shape: (_inputs, shape) => shape,
  forward: () => {},
  vjp: ([x], _y, g) => [() => reshape(g, x.shape)],
};

/**
 * The same elements in row-major order under another shape; one axis may be −1 and takes what is left.
 *
 * Gradient: g in the shape of x. Cost: none, the result shares the buffer of x. Throws ShapeError unless the sizes are equal,
 * DomainError for what is no list of numbers.
 *
 * @example
 * reshape(arange(6), [2, -1]); // [[0, 1, 2], [3, 4, 5]]
 */
export function reshape(x: Operand, shape: Shape): Variable {
  const operand = asTensor("reshape", x);
  if (!Array.isArray(shape) || !shape.every((length) => typeof length === "number")) {
    throw new DomainError(`reshape: a shape is an array of integers; got ${describeValue(shape)}`);
  }
  const known = sizeOf(shape.filter((length) => length !== -1));
  const inferred = shape.map((length) => (length === -1 && known > 0 ? operand.size / known : length));
  const valid = inferred.every((length) => Number.isInteger(length) && length >= 0);
  if (!valid || sizeOf(inferred) !== operand.size || shape.filter((length) => length === -1).length > 1) {
    throw new ShapeError(`reshape: sizes must be equal; ${formatShape(operand.shape)} to ${formatShape(shape)}`);
  }
  return apply(reshapeRule, [operand], inferred);
}
