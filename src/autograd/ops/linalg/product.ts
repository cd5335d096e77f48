import { ShapeError } from "../../../tensor/errors.ts";
import { type Layout, matmul as matmulKernel } from "../../../tensor/kernels/matmul.ts";
import { formatShape, sameShape } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { apply, type Rule } from "../../rule.ts";
import type { Variable } from "../../variable.ts";
import { countOf, lastTwo, leading } from "./stack.ts";

const productRule: Rule<[a: Tensor, b: Tensor], [layout: Layout]> = {
  name: "product",
  shape([a, b], layout) {
    const [M, innerA] = layout === "TN" ? lastTwo(a.shape).reverse() : lastTwo(a.shape);
    const [innerB, N] = layout === "NT" ? lastTwo(b.shape).reverse() : lastTwo(b.shape);
    if (innerA !== innerB || !sameShape(leading(a.shape), leading(b.shape))) {
      throw new ShapeError(
        `product: shapes do not fit; ${formatShape(a.shape)} and ${formatShape(b.shape)}, ${layout}`,
      );
    }
    return [...leading(a.shape), M, N];
  },
  forward([a, b], y, layout) {
    const [M, N] = lastTwo(y.shape);
    const [rowsA, columnsA] = lastTwo(a.shape);
    const K = layout === "TN" ? rowsA : columnsA;
    for (let i = 0; i < countOf(y); i++) {
      const of = (x: Tensor, size: number): Float64Array => x.data.subarray(i * size, (i + 1) * size);
      matmulKernel(of(y, M * N), of(a, M * K), of(b, K * N), M, N, K, layout);
    }
  },
  vjp([a, b], _y, g, layout) {
    if (layout === "NN") return [() => product(g, b, "NT"), () => product(a, g, "TN")]; // y = A·B:  gBᵀ, Aᵀg
    if (layout === "TN") return [() => product(b, g, "NT"), () => product(a, g, "NN")]; // y = AᵀB:  Bgᵀ, Ag
    return [() => product(g, b, "NN"), () => product(g, a, "TN")]; //                      y = ABᵀ:  gB, gᵀA
  },
};

/** A·B, Aᵀ·B or A·Bᵀ, matrix by matrix, of two stacks with the same leading axes. */
export function product(a: Tensor, b: Tensor, layout: Layout = "NN"): Variable {
  return apply(productRule, [a, b], layout);
}
