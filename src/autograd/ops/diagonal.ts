import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import { copyBand, copyStrided, type View } from "../../tensor/kernels/layout.ts";
import { formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";

// Parts of matrices. Stacks of them have leading axes; element (i, j) lies on the diagonal j − i.

/** The operand, checked to be a matrix or a stack of them, and the diagonal to be an integer. */
function matricesOf(operation: string, x: Operand, diagonalIndex: number): Tensor {
  const operand = asTensor(operation, x);
  if (operand.rank < 2) {
    throw new ShapeError(`${operation}: needs at least two axes; got ${formatShape(operand.shape)}`);
  }
  if (!Number.isInteger(diagonalIndex)) {
    throw new DomainError(`${operation}: a diagonal is an integer; got ${describeValue(diagonalIndex)}`);
  }
  return operand;
}

// ── tril and triu: a projection is its own adjoint ──────────────────────────────────────────────────────────────────

const bandRule: Rule<[x: Tensor], [low: number, high: number]> = {
  name: "band",
  shape: ([x]) => x.shape,
  forward: ([x], y, low, high) => copyBand(x.data, x.shape[x.rank - 2], x.shape[x.rank - 1], low, high, y.data),
  vjp: (_inputs, _y, g, low, high) => [() => apply(bandRule, [g], low, high)],
};

/**
 * The lower triangle: x where j − i ≤ k, 0 elsewhere. k = 0 keeps the main diagonal, −1 drops it.
 *
 * Gradient: the lower triangle of g. Special cases: NaN and ∞ in the other triangle become 0.
 * Throws ShapeError for fewer than two axes, DomainError unless k is an integer.
 *
 * @example
 * tril(tensor([[1, 2], [3, 4]])); // [[1, 0], [3, 4]]
 */
export function tril(x: Operand, k = 0): Variable {
  return apply(bandRule, [matricesOf("tril", x, k)], Number.NEGATIVE_INFINITY, k);
}

/**
 * The upper triangle: x where j − i ≥ k, 0 elsewhere. k = 0 keeps the main diagonal, 1 drops it.
 *
 * Gradient: the upper triangle of g. Special cases: NaN and ∞ in the other triangle become 0.
 * Throws ShapeError for fewer than two axes, DomainError unless k is an integer.
 *
 * @example
 * triu(tensor([[1, 2], [3, 4]]), 1); // [[0, 2], [0, 0]]
 */
export function triu(x: Operand, k = 0): Variable {
  return apply(bandRule, [matricesOf("triu", x, k)], k, Number.POSITIVE_INFINITY);
}

// ── diagonal and its placement in zeros: each is the other's adjoint ────────────────────────────────────────────────

/** How many elements the diagonal of a matrix has. */
function diagonalLength(rows: number, columns: number, offset: number): number {
  return Math.max(0, Math.min(rows + Math.min(0, offset), columns - Math.max(0, offset)));
}

/** Where the diagonals of a stack of matrices lie, and where the same elements lie one after another. */
function diagonalViews(shape: Shape, offset: number): { lengths: Shape; inMatrices: View; alone: View } {
  const [rows, columns] = shape.slice(-2);
  const length = diagonalLength(rows, columns, offset);
  const start = offset >= 0 ? offset : -offset * columns;
  return {
    lengths: [sizeOf(shape.slice(0, -2)), length],
    inMatrices: { start, strides: [rows * columns, columns + 1] },
    alone: { start: 0, strides: [length, 1] },
  };
}

const diagonalRule: Rule<[x: Tensor], [offset: number]> = {
  name: "diagonal",
  shape: ([x], offset) => [...x.shape.slice(0, -2), diagonalLength(x.shape[x.rank - 2], x.shape[x.rank - 1], offset)],
  forward([x], y, offset) {
    const { lengths, inMatrices, alone } = diagonalViews(x.shape, offset);
    copyStrided(lengths, x.data, inMatrices, y.data, alone);
  },
  vjp: ([x], _y, g, offset) => [() => apply(placeDiagonalRule, [g], x.shape, offset)],
};

/** Zeros of that shape, with the last axis of v on a diagonal of the last two. */
const placeDiagonalRule: Rule<[v: Tensor], [shape: Shape, offset: number]> = {
  name: "diagonalMatrix",
  shape: (_inputs, shape) => shape,
  forward([v], y, shape, offset) {
    const { lengths, inMatrices, alone } = diagonalViews(shape, offset);
    y.data.fill(0);
    copyStrided(lengths, v.data, alone, y.data, inMatrices);
  },
  vjp: (_inputs, _y, g, _shape, offset) => [() => apply(diagonalRule, [g], offset)],
};

/**
 * y[…, i] = x[…, i, i + offset] (x[…, i − offset, i] for a negative offset): a diagonal of the last two axes.
 *
 * Gradient: g on that diagonal of zeros. Shape: [..., M, N] → [..., length of the diagonal], 0 outside the matrix.
 * Throws ShapeError for fewer than two axes, DomainError unless the offset is an integer.
 *
 * @example
 * diagonal(tensor([[1, 2], [3, 4]])); // [1, 4]
 */
export function diagonal(x: Operand, offset = 0): Variable {
  return apply(diagonalRule, [matricesOf("diagonal", x, offset)], offset);
}

/**
 * Square matrices with the last axis of v on a diagonal and zeros elsewhere: diagonal(diagonalMatrix(v, k), k) = v.
 *
 * Gradient: that diagonal of g. Shape: [..., n] → [..., n + |offset|, n + |offset|].
 * Throws ShapeError for a scalar, DomainError unless the offset is an integer.
 *
 * @example
 * diagonalMatrix(tensor([1, 2])); // [[1, 0], [0, 2]]
 */
export function diagonalMatrix(v: Operand, offset = 0): Variable {
  const operand = asTensor("diagonalMatrix", v);
  if (operand.rank < 1) throw new ShapeError("diagonalMatrix: needs at least one axis; got shape []");
  if (!Number.isInteger(offset)) {
    throw new DomainError(`diagonalMatrix: a diagonal is an integer; got ${describeValue(offset)}`);
  }
  const side = operand.shape[operand.rank - 1] + Math.abs(offset);
  return apply(placeDiagonalRule, [operand], [...operand.shape.slice(0, -1), side, side], offset);
}
