import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { copyStrided } from "../../tensor/kernels/layout.ts";
import { stridesOf } from "../../tensor/kernels/strides.ts";
import { formatShape, normalizeAxes, normalizeAxis, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { memo } from "../memo.ts";
import { apply, applyMany, asTensor, type ManyRule, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { reshape } from "./broadcast.ts";

/** The shape with another length along the axis. */
export function withLength(shape: Shape, axis: number, length: number): Shape {
  return shape.map((current, i) => (i === axis ? length : current));
}

// ── permute: its own adjoint, with the axes put back ────────────────────────────────────────────────────────────────

const permuteRule: Rule<[x: Tensor], [axes: readonly number[]]> = {
  name: "permute",
  shape: ([x], axes) => axes.map((axis) => x.shape[axis]),
  forward([x], y, axes) {
    const strides = stridesOf(x.shape);
    const view = { start: 0, strides: axes.map((axis) => strides[axis]) };
    copyStrided(y.shape, x.data, view, y.data, { start: 0, strides: stridesOf(y.shape) });
  },
  lowering: "permute",
  vjp: (_inputs, _y, g, axes) => [() => apply(permuteRule, [g], inverse(axes))],
};

/** Where each axis went. */
function inverse(axes: readonly number[]): number[] {
  const positions: number[] = new Array(axes.length);
  axes.forEach((axis, position) => {
    positions[axis] = position;
  });
  return positions;
}

/**
 * The axes in another order: axis i of the result is axis axes[i] of x; negatives count from the end.
 *
 * Gradient: g with its axes put back. Cost: a copy. Throws ShapeError unless every axis is named once, DomainError for what is no list.
 *
 * @example
 * permute(zeros([10, 3, 28, 28]), [0, 2, 3, 1]).shape; // [10, 28, 28, 3], channels last
 */
export function permute(x: Operand, axes: readonly number[]): Variable {
  const operand = asTensor("permute", x);
  if (!Array.isArray(axes)) throw new DomainError(`permute: axes are a list of numbers; got ${describeValue(axes)}`);
  const named = normalizeAxes("permute", axes, operand.rank); // refuses repeats
  if (named.length !== operand.rank) {
    throw new ShapeError(`permute: every axis once; got ${formatShape(axes)} for ${formatShape(operand.shape)}`);
  }
  return apply(
    permuteRule,
    [operand],
    axes.map((axis) => normalizeAxis("permute", axis, operand.rank)),
  );
}

/**
 * xᵀ: the last two axes exchanged. Gradient: gᵀ. Throws ShapeError for fewer than two axes.
 *
 * @example
 * transpose(tensor([[1, 2, 3], [4, 5, 6]])); // [[1, 4], [2, 5], [3, 6]]
 */
export function transpose(x: Operand): Variable {
  const operand = asTensor("transpose", x);
  const { rank } = operand;
  if (rank < 2) throw new ShapeError(`transpose: needs at least two axes; got ${formatShape(operand.shape)}`);
  const leading = operand.shape.slice(0, -2).map((_, axis) => axis);
  return apply(permuteRule, [operand], [...leading, rank - 1, rank - 2]);
}

// ── squeeze and expandDims: reshape by another name ─────────────────────────────────────────────────────────────────

/**
 * x without the axes named (without all axes of length 1 if none is).
 *
 * Gradient: g in the shape of x. Throws ShapeError for an axis that is not there or not of length 1.
 *
 * @example
 * squeeze(zeros([1, 3, 1])).shape; // [3]
 * squeeze(zeros([1, 3, 1]), 0).shape; // [3, 1]
 */
export function squeeze(x: Operand, axis?: number | readonly number[]): Variable {
  const operand = asTensor("squeeze", x);
  const { shape } = operand;
  const dropped =
    axis === undefined
      ? shape.map((_, i) => i).filter((i) => shape[i] === 1)
      : normalizeAxes("squeeze", axis, operand.rank);
  for (const i of dropped) {
    if (shape[i] !== 1)
      throw new ShapeError(`squeeze: the axis must have length 1; got axis ${i} of ${formatShape(shape)}`);
  }
  return reshape(
    operand,
    shape.filter((_, i) => !dropped.includes(i)),
  );
}

/**
 * x with an axis of length 1 more, at that place in the result; negatives count from its end.
 *
 * Gradient: g in the shape of x. Throws ShapeError for a place outside −(rank + 1) … rank.
 *
 * @example
 * expandDims(tensor([1, 2]), -1); // [[1], [2]]
 */
export function expandDims(x: Operand, axis: number): Variable {
  const operand = asTensor("expandDims", x);
  const place = normalizeAxis("expandDims", axis, operand.rank + 1);
  return reshape(operand, [...operand.shape.slice(0, place), 1, ...operand.shape.slice(place)]);
}

// ── concat and split: each is the other's adjoint ───────────────────────────────────────────────────────────────────

/** A part of a whole along an axis, as a matrix [outer, width] whose rows are `total` apart. */
function copyPart(part: Tensor, whole: Tensor, axis: number, start: number, direction: "into" | "outOf"): void {
  const inner = sizeOf(whole.shape.slice(axis + 1));
  const width = part.shape[axis] * inner;
  const lengths = [sizeOf(whole.shape.slice(0, axis)), width];
  const partView = { start: 0, strides: [width, 1] };
  const wholeView = { start: start * inner, strides: [whole.shape[axis] * inner, 1] };
  if (direction === "into") copyStrided(lengths, part.data, partView, whole.data, wholeView);
  else copyStrided(lengths, whole.data, wholeView, part.data, partView);
}

const concatRule: Rule<readonly Tensor[], [axis: number]> = {
  name: "concat",
  shape(xs, axis) {
    const [first] = xs;
    for (const x of xs) {
      const fits = x.rank === first.rank && x.shape.every((length, i) => i === axis || length === first.shape[i]);
      if (!fits) {
        throw new ShapeError(
          `concat: shapes must agree but on axis ${axis}; ${formatShape(first.shape)} and ${formatShape(x.shape)}`,
        );
      }
    }
    return withLength(
      first.shape,
      axis,
      xs.reduce((total, x) => total + x.shape[axis], 0),
    );
  },
  forward(xs, y, axis) {
    let start = 0;
    for (const x of xs) {
      copyPart(x, y, axis, start, "into");
      start += x.shape[axis];
    }
  },
  lowering: "concat",
  vjp(xs, _y, g, axis) {
    const sizes = xs.map((x) => x.shape[axis]);
    const parts = memo(() => applyMany(splitRule, [g], sizes, axis));
    return xs.map((_, i) => () => parts()[i]);
  },
};

/** The operands of an op that takes a list of them. */
function operandsOf(operation: string, xs: readonly Operand[]): Tensor[] {
  if (!Array.isArray(xs)) throw new DomainError(`${operation}: takes a list of tensors; got ${describeValue(xs)}`);
  if (xs.length === 0) throw new ShapeError(`${operation}: needs at least one tensor; got none`);
  return xs.map((x) => asTensor(operation, x));
}

/**
 * The tensors one after another along the axis. Gradient: g, split. Throws ShapeError unless the other axes agree,
 * and for none; DomainError for what is no list.
 *
 * @example
 * concat([tensor([[1, 2]]), tensor([[3, 4], [5, 6]])], 0); // [[1, 2], [3, 4], [5, 6]]
 */
export function concat(xs: readonly Operand[], axis: number): Variable {
  const operands = operandsOf("concat", xs);
  return apply(concatRule, operands, normalizeAxis("concat", axis, operands[0].rank));
}

/**
 * The tensors one after another along a new axis, at that place in the result.
 *
 * Gradient: g, split. Throws ShapeError unless the shapes are equal, and for none; DomainError for what is no list.
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])], 1); // [[1, 3], [2, 4]]
 */
export function stack(xs: readonly Operand[], axis: number): Variable {
  const operands = operandsOf("stack", xs);
  const [first] = operands;
  const place = normalizeAxis("stack", axis, first.rank + 1);
  for (const { shape } of operands) {
    if (sameShape(shape, first.shape)) continue;
    throw new ShapeError(`stack: shapes must be equal; ${formatShape(first.shape)} and ${formatShape(shape)}`);
  }
  const layers = operands.map((x) => expandDims(x, place));
  return apply(concatRule, layers, place);
}

const splitRule: ManyRule<[x: Tensor], [sizes: readonly number[], axis: number]> = {
  name: "split",
  shapes: ([x], sizes, axis) => sizes.map((size) => withLength(x.shape, axis, size)),
  forward([x], ys, _sizes, axis) {
    let start = 0;
    for (const y of ys) {
      copyPart(y, x, axis, start, "outOf");
      start += y.shape[axis];
    }
  },
  lowering: "split",
  vjp: (_inputs, _ys, gs, _sizes, axis) => [() => concat(gs, axis)],
};

/**
 * x cut along the axis into pieces of those sizes. Gradient: the pieces' cotangents, joined.
 *
 * Throws ShapeError unless the sizes are integers ≥ 0 that add up to the axis, DomainError for what is no list.
 *
 * @example
 * split(tensor([1, 2, 3]), [1, 2], 0); // [[1], [2, 3]]
 */
export function split(x: Operand, sizes: readonly number[], axis: number): Variable[] {
  const operand = asTensor("split", x);
  const along = normalizeAxis("split", axis, operand.rank);
  if (!Array.isArray(sizes)) throw new DomainError(`split: sizes are a list of numbers; got ${describeValue(sizes)}`);
  const valid = sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (!valid || sizes.reduce((sum, size) => sum + size, 0) !== operand.shape[along]) {
    throw new ShapeError(
      `split: sizes must add up to the axis; ${describeValue(sizes)} for axis ${along} of ${formatShape(operand.shape)}`,
    );
  }
  return [...applyMany(splitRule, [operand], sizes, along)];
}
