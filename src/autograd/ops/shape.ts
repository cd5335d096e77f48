import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { copyColumns, scatterAddAxis, takeAxis, transposeMatrices } from "../../tensor/kernels/layout.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { apply, applyMany, type ManyRule, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { asTensor } from "./broadcast.ts";

/** The number of elements that one step along the axis jumps over. */
function innerSize(shape: Shape, axis: number): number {
  return sizeOf(shape.slice(axis + 1));
}

/** The shape with another length along the axis. */
function withLength(shape: Shape, axis: number, length: number): Shape {
  return shape.map((current, i) => (i === axis ? length : current));
}

// ── take and scatterAdd: each is the other's adjoint ────────────────────────────────────────────────────────────────

const takeRule: Rule<[x: Tensor], [indices: readonly number[], axis: number]> = {
  name: "take",
  shape: ([x], indices, axis) => withLength(x.shape, axis, indices.length),
  forward: ([x], y, indices, axis) => takeAxis(x.data, x.shape[axis], indices, innerSize(x.shape, axis), y.data),
  vjp: ([x], _y, g, indices, axis) => [() => apply(scatterAddRule, [g], indices, axis, x.shape[axis])],
};

/** y = 0 but y[…, indices[i], …] += x[…, i, …]: the adjoint of take, not exported. */
const scatterAddRule: Rule<[x: Tensor], [indices: readonly number[], axis: number, length: number]> = {
  name: "scatterAdd",
  shape: ([x], _indices, axis, length) => withLength(x.shape, axis, length),
  forward: ([x], y, indices, axis, length) => scatterAddAxis(x.data, length, indices, innerSize(x.shape, axis), y.data),
  vjp: (_inputs, _y, g, indices, axis) => [() => apply(takeRule, [g], indices, axis)],
};

/**
 * y[…, i, …] = x[…, indices[i], …] along the axis; negative indices count from the end, repeats are allowed.
 *
 * Gradient: g added up where each element came from. Throws ShapeError for an axis or index that is not there.
 */
export function take(x: Operand, indices: readonly number[] | Tensor, axis: number): Variable {
  const operand = asTensor("take", x);
  const along = normalizeAxis("take", axis, operand.rank);
  const length = operand.shape[along];
  const list = indices instanceof Tensor ? Array.from(indices.data) : indices;
  const normalized = list.map((index) => {
    if (!Number.isInteger(index)) throw new DomainError(`take: indices must be integers; got ${index}`);
    if (index < -length || index >= length) {
      throw new ShapeError(`take: index out of range; got ${index} for an axis of length ${length}`);
    }
    return index < 0 ? index + length : index;
  });
  return apply(takeRule, [operand], normalized, along);
}

// ── concat and split: each is the other's adjoint ───────────────────────────────────────────────────────────────────

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
    const inner = innerSize(y.shape, axis);
    let start = 0;
    for (const x of xs) {
      const width = x.shape[axis] * inner;
      copyColumns(x.data, width, 0, y.data, y.shape[axis] * inner, start, width);
      start += width;
    }
  },
  vjp(xs, _y, g, axis) {
    let parts: readonly Variable[] | undefined; // split once, whichever of the inputs ask
    const sizes = xs.map((x) => x.shape[axis]);
    return xs.map((_, i) => () => {
      parts ??= applyMany(splitRule, [g], sizes, axis);
      return parts[i];
    });
  },
};

/** The tensors one after another along the axis. Gradient: g, split. Throws ShapeError unless the other axes agree. */
export function concat(xs: readonly Operand[], axis: number): Variable {
  if (xs.length === 0) throw new ShapeError("concat: needs at least one tensor; got none");
  return apply(concatRule, xs, normalizeAxis("concat", axis, asTensor("concat", xs[0]).rank));
}

const splitRule: ManyRule<[x: Tensor], [sizes: readonly number[], axis: number]> = {
  name: "split",
  shapes([x], sizes, axis) {
    if (sizes.reduce((total, size) => total + size, 0) !== x.shape[axis] || sizes.some((size) => !(size >= 0))) {
      throw new ShapeError(
        `split: sizes must add up to the axis; ${formatShape(sizes)} for axis ${axis} of ${formatShape(x.shape)}`,
      );
    }
    return sizes.map((size) => withLength(x.shape, axis, size));
  },
  forward([x], ys, sizes, axis) {
    const inner = innerSize(x.shape, axis);
    let start = 0;
    ys.forEach((y, i) => {
      const width = sizes[i] * inner;
      copyColumns(x.data, x.shape[axis] * inner, start, y.data, width, 0, width);
      start += width;
    });
  },
  vjp: (_inputs, _ys, gs, _sizes, axis) => [() => concat(gs, axis)],
};

/** x cut along the axis into pieces of those sizes. Gradient: the pieces' cotangents, joined. Throws ShapeError. */
export function split(x: Operand, sizes: readonly number[], axis: number): Variable[] {
  const operand = asTensor("split", x);
  return [...applyMany(splitRule, [operand], sizes, normalizeAxis("split", axis, operand.rank))];
}

// ── transpose: its own adjoint ──────────────────────────────────────────────────────────────────────────────────────

const transposeRule: Rule<[x: Tensor]> = {
  name: "transpose",
  shape([x]) {
    if (x.rank < 2) throw new ShapeError(`transpose: needs at least two axes; got ${formatShape(x.shape)}`);
    return [...x.shape.slice(0, -2), x.shape[x.rank - 1], x.shape[x.rank - 2]];
  },
  forward: ([x], y) => transposeMatrices(x.data, x.shape[x.rank - 2], x.shape[x.rank - 1], y.data),
  vjp: (_inputs, _y, g) => [() => transpose(g)],
};

/** xᵀ: the last two axes exchanged. Gradient: gᵀ. Throws ShapeError for fewer than two axes. */
export function transpose(x: Operand): Variable {
  return apply(transposeRule, [x]);
}
