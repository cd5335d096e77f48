import { DomainError, ShapeError } from "../../tensor/errors.ts";
import { type Layout, matmul as matmulKernel } from "../../tensor/kernels/matmul.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";

/** The sizes M, N of the product and the inner K of both operands, as the layout reads them. */
function sizes(a: Tensor, b: Tensor, layout: Layout): { M: number; N: number; innerA: number; innerB: number } {
  const [M, innerA] = layout === "TN" ? [a.shape[1], a.shape[0]] : a.shape;
  const [N, innerB] = layout === "NT" ? b.shape : [b.shape[1], b.shape[0]];
  return { M, N, innerA, innerB };
}

const matmulRule: Rule<[a: Tensor, b: Tensor], [layout: Layout]> = {
  name: "matmul",
  shape([a, b], layout) {
    const operands = `${formatShape(a.shape)}${layout === "TN" ? "ᵀ" : ""} · ${formatShape(b.shape)}${layout === "NT" ? "ᵀ" : ""}`;
    if (a.rank !== 2 || b.rank !== 2) throw new ShapeError(`matmul: operands must be matrices; ${operands}`);
    const { M, N, innerA, innerB } = sizes(a, b, layout);
    if (innerA !== innerB) throw new ShapeError(`matmul: inner sizes differ; ${operands}`);
    return [M, N];
  },
  forward([a, b], y, layout) {
    const { M, N, innerA } = sizes(a, b, layout);
    matmulKernel(y.data, a.data, b.data, M, N, innerA, layout);
  },
  vjp([a, b], _y, g, layout) {
    if (layout === "NN") return [() => matmul(g, b, "NT"), () => matmul(a, g, "TN")]; // y = A·B:  gBᵀ, Aᵀg
    if (layout === "TN") return [() => matmul(b, g, "NT"), () => matmul(a, g, "NN")]; // y = AᵀB:  Bgᵀ, Ag
    return [() => matmul(g, b, "NN"), () => matmul(g, a, "TN")]; //                      y = ABᵀ:  gB, gᵀA
  },
};

/**
 * The matrix product A·B ("NN"), Aᵀ·B ("TN") or A·Bᵀ ("NT") of two matrices.
 *
 * Gradient: products again, in one of the three layouts, so that no backward pass copies a transpose.
 * Shape: [M, K]·[K, N] → [M, N], operands read transposed as the layout says.
 * Cost: 2·M·N·K operations. Throws ShapeError unless both are matrices with equal inner sizes.
 */
export function matmul(a: Operand, b: Operand, layout: Layout = "NN"): Variable {
  if (layout !== "NN" && layout !== "TN" && layout !== "NT") {
    throw new DomainError(`matmul: the layout is "NN", "TN" or "NT"; got ${String(layout)}`);
  }
  return apply(matmulRule, [a, b], layout);
}
