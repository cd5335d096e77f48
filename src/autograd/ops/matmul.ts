import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import type { Layout } from "../../tensor/kernels/matrixProduct.ts";
import { forEachOffset, stretchedStrides } from "../../tensor/kernels/strides.ts";
import { broadcastShapes, broadcasts, formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import { type StrongOperands, strongMatmul } from "../../tensor/simd/strongMatmul.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { mul } from "./arithmetic.ts";
import { reshape, sum, sumTo } from "./broadcast.ts";
import { expandDims } from "./rearrange.ts";

/** The sizes M, N of the product and the inner K of both operands, as the layout reads them. */
function sizes(a: Tensor, b: Tensor, layout: Layout): { M: number; N: number; innerA: number; innerB: number } {
  const [rowsA, columnsA] = a.shape.slice(-2);
  const [rowsB, columnsB] = b.shape.slice(-2);
  const [M, innerA] = layout === "TN" ? [columnsA, rowsA] : [rowsA, columnsA];
  const [N, innerB] = layout === "NT" ? [rowsB, columnsB] : [columnsB, rowsB];
  return { M, N, innerA, innerB };
}

/** The axes before the last two. */
function stackOf({ shape }: Tensor): Shape {
  return shape.slice(0, -2);
}

// The derivatives of a product are products in which the zeros of the cotangent are strong, as in aligned.ts.

const matmulRule: Rule<[a: Tensor, b: Tensor], [layout: Layout, strong: StrongOperands]> = {
  name: "matmul",
  shape([a, b], layout) {
    const { M, N } = sizes(a, b, layout);
    return [...broadcastShapes("matmul", stackOf(a), stackOf(b)), M, N];
  },
  forward([a, b], y, layout, strong) {
    const { M, N, innerA: K } = sizes(a, b, layout);
    const stack = stackOf(y);
    // in matrices
    const walk = {
      lengths: stack,
      stridesA: stretchedStrides(stack, stackOf(a)),
      stridesB: stretchedStrides(stack, stackOf(b)),
    };
    let start = 0;
    forEachOffset(walk, stack.length, (ia, ib) => {
      strongMatmul(strong, y.data, a.data, b.data, M, N, K, layout, start, ia * M * K, ib * K * N);
      start += M * N;
    });
  },
  lowering: "matmul",
  vjp([a, b], _y, g, layout, strong) {
    const [strongA, strongB] = [strong.includes("A"), strong.includes("B")];
    /** A product with g, on the left or on the right, as a cotangent. */
    const from = (other: Tensor, isStrong: boolean, gLayout: Layout, like: Tensor): Variable =>
      sumTo(product(g, other, gLayout, isStrong ? "AB" : "A"), like.shape);
    const to = (other: Tensor, isStrong: boolean, gLayout: Layout, like: Tensor): Variable =>
      sumTo(product(other, g, gLayout, isStrong ? "AB" : "B"), like.shape);
    // y = A·B:   gBᵀ, Aᵀg
    if (layout === "NN") return [() => from(b, strongB, "NT", a), () => to(a, strongA, "TN", b)];
    // y = Aᵀ·B:  Bgᵀ, Ag
    if (layout === "TN") return [() => to(b, strongB, "NT", a), () => to(a, strongA, "NN", b)];
    // y = A·Bᵀ:  gB, gᵀA
    return [() => from(b, strongB, "NN", a), () => from(a, strongA, "TN", b)];
  },
};

/**
 * The product of two stacks of matrices that fit. When all of them are multiplied by the same B, the rows of the A's make
 * one long matrix, and the gradient of B is one product, too, instead of a stack of them that is then summed.
 */
function product(a: Tensor, b: Tensor, layout: Layout, strong: StrongOperands = "none"): Variable {
  const stack = stackOf(a);
  if (layout === "TN" || stack.length === 0 || sizeOf(stackOf(b)) !== 1)
    return apply(matmulRule, [a, b], layout, strong);
  const { M, N, innerA } = sizes(a, b, layout);
  const rows = reshape(a, [sizeOf(stack) * M, innerA]);
  const y = apply(matmulRule, [rows, reshape(b, b.shape.slice(-2))], layout, strong);
  return reshape(y, [...broadcastShapes("matmul", stack, stackOf(b)), M, N]);
}

/**
 * The matrix product A·B ("NN"), Aᵀ·B ("TN") or A·Bᵀ ("NT"), as `numpy.matmul`.
 *
 * Leading axes are stacks of matrices and broadcast. A vector on the left is a row, on the right a column, in every layout
 * (a vector has no transpose); the axis it lends is removed from the result, so that two vectors give a number.
 *
 * Gradient: products again, in one of the three layouts, so that no backward pass copies a transpose; summed over the stacks
 * along which an operand was stretched. Shape: [..., M, K]·[..., K, N] → [..., M, N], operands read transposed as the
 * layout says. Special cases: K = 0 gives zeros. Cost: 2·M·N·K operations for each matrix of the stack.
 * Throws ShapeError for scalars, different inner sizes, or stacks that do not broadcast; DomainError for another layout.
 *
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // [3, 7]
 * matmul(ones([5, 2, 3]), ones([3, 4])).shape; // [5, 2, 4]
 */
export function matmul(a: Operand, b: Operand, layout: Layout = "NN"): Variable {
  if (layout !== "NN" && layout !== "TN" && layout !== "NT") {
    throw new DomainError(`matmul: the layout is "NN", "TN" or "NT"; got ${describeValue(layout)}`);
  }
  const [left, right] = [asTensor("matmul", a), asTensor("matmul", b)];
  const [transposedA, transposedB] = [layout === "TN" && left.rank > 1, layout === "NT" && right.rank > 1];
  const operands = `${formatShape(left.shape)}${transposedA ? "ᵀ" : ""} · ${formatShape(right.shape)}${transposedB ? "ᵀ" : ""}`;
  if (left.rank === 0 || right.rank === 0) {
    throw new ShapeError(`matmul: operands must be vectors, matrices or stacks of them; ${operands}`);
  }
  const A = left.rank === 1 ? reshape(left, [1, left.size]) : left;
  const B = right.rank === 1 ? reshape(right, [right.size, 1]) : right;
  const read: Layout = transposedA ? "TN" : transposedB ? "NT" : "NN";
  const { M, N, innerA, innerB } = sizes(A, B, read);
  if (innerA !== innerB) throw new ShapeError(`matmul: inner sizes differ; ${operands}`);
  if (!broadcasts(stackOf(A), stackOf(B))) throw new ShapeError(`matmul: stacks do not broadcast; ${operands}`);
  const y = product(A, B, read);
  if (left.rank > 1 && right.rank > 1) return y;
  const lent = [...(left.rank === 1 ? [] : [M]), ...(right.rank === 1 ? [] : [N])];
  return reshape(y, [...y.shape.slice(0, -2), ...lent]);
}

/** The product of two matrices as the chain rule has it, where the zeros of cotangents, and of masked weights, are strong. */
export function chainMatmul(a: Tensor, b: Tensor, layout: Layout, strong: StrongOperands): Variable {
  return apply(matmulRule, [a, b], layout, strong);
}

/**
 * y = Σ a·b over the last axis: the inner product of vectors, and of stacks of them, whose leading axes broadcast.
 *
 * Gradient: g·b and g·a. Shape: [..., n], [..., n] → [...]. Numerics: summed pairwise. Throws ShapeError for scalars, and
 * unless the last axes have the same length.
 *
 * @example
 * dot(tensor([1, 2, 3]), tensor([4, 5, 6])); // 32
 */
export function dot(a: Operand, b: Operand): Variable {
  const [left, right] = [asTensor("dot", a), asTensor("dot", b)];
  const operands = `${formatShape(left.shape)} and ${formatShape(right.shape)}`;
  if (left.rank === 0 || right.rank === 0) throw new ShapeError(`dot: operands must have an axis; ${operands}`);
  if (left.shape[left.rank - 1] !== right.shape[right.rank - 1]) {
    throw new ShapeError(`dot: the last axes must have the same length; ${operands}`);
  }
  broadcastShapes("dot", left.shape, right.shape);
  return sum(mul(left, right), -1);
}

/**
 * y[…, i, j] = a[…, i]·b[…, j]: the outer product of vectors, and of stacks of them, whose leading axes broadcast.
 *
 * Gradient: g·b and g·a, summed over the other's axis. Shape: [..., M], [..., N] → [..., M, N]. Throws ShapeError for
 * scalars, and for stacks that do not broadcast.
 *
 * @example
 * outer(tensor([1, 2]), tensor([3, 4, 5])); // [[3, 4, 5], [6, 8, 10]]
 */
export function outer(a: Operand, b: Operand): Variable {
  const [left, right] = [asTensor("outer", a), asTensor("outer", b)];
  if (left.rank === 0 || right.rank === 0) {
    throw new ShapeError(
      `outer: operands must have an axis; ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
    );
  }
  broadcastShapes("outer", left.shape.slice(0, -1), right.shape.slice(0, -1));
  return mul(expandDims(left, -1), expandDims(right, -2));
}
