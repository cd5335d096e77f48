import { matmul, type Tensor } from "diffeo";
import fc from "fast-check";
import { tensors } from "../arbitraries.ts";
import { type DualTensor, times, total } from "../dual.ts";
import { type OpRow, sumOf } from "./opCase.ts";

function product(layout: "NN" | "TN" | "NT"): OpRow {
  const side = fc.nat(3);
  const cases = fc
    .tuple(side, side, side)
    .chain(([M, N, K]) =>
      fc.record({
        a: tensors(layout === "TN" ? [K, M] : [M, K]),
        b: tensors(layout === "NT" ? [N, K] : [K, N]),
        sizes: fc.constant([M, N, K]),
      }),
    )
    .map(({ a, b, sizes: [M, N, K] }) => ({
      call: `matmul ${layout}`,
      f: (A: Tensor, B: Tensor) => matmul(A, B, layout),
      inputs: [a, b],
      shape: [M, N],
      element: ([i, j]: readonly number[]) =>
        sumOf(
          Array.from(
            { length: K },
            (_, k) => (layout === "TN" ? a.at(k, i) : a.at(i, k)) * (layout === "NT" ? b.at(j, k) : b.at(k, j)),
          ),
        ),
      dual: ([i, j]: readonly number[], [A, B]: readonly DualTensor[]) =>
        total(
          Array.from({ length: K }, (_, k) =>
            times(layout === "TN" ? A.at(k, i) : A.at(i, k), layout === "NT" ? B.at(j, k) : B.at(k, j)),
          ),
        ),
    }));
  return { name: "matmul", variant: layout, cases };
}

/** Products. */
export const products: readonly OpRow[] = [product("NN"), product("TN"), product("NT")];
