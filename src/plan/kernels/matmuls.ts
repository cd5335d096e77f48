import type { Layout } from "../../tensor/kernels/matrixProduct.ts";
import type { Place } from "../emitter.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";
import { inShardsOf, levelsOf, pack, packedSize, product, productOverRows } from "./products.ts";

/** The sizes of the product of two matrices; null for stacks of several. */
function sizesOf({ inputs: [a, b], attributes: [layout] }: Op) {
  const isStack = [a, b].some(({ shape }) => shape.slice(0, -2).some((length) => length !== 1));
  if (isStack) return null;
  const [[rowsA, columnsA], [rowsB, columnsB]] = [a.shape.slice(-2), b.shape.slice(-2)];
  const [M, K] = layout === "TN" ? [columnsA, rowsA] : [rowsA, columnsA];
  return { M, K, N: layout === "NT" ? rowsB : columnsB, layout: layout as Layout };
}

type Sizes = NonNullable<ReturnType<typeof sizesOf>>;

/** A·B, Aᵀ·B, A·Bᵀ of two matrices. */
export const matmulLowering: KernelLowering = {
  can: (op) => {
    const sizes = sizesOf(op);
    return sizes !== null && sizes.M * sizes.N * sizes.K > 0;
  },
  workspace(op) {
    const { M, N, K, layout } = sizesOf(op) as Sizes;
    if (layout === "TN") return Array.from({ length: levelsOf(K) }, () => M * N + 1);
    return [packedSize(N + 1, K), N % 2 === 0 ? 0 : M * (N + 1)];
  },
  constants: () => [],
  pitched: () => [null, null, null],
  sums(op, rows) {
    const { K, layout } = sizesOf(op) as Sizes;
    return layout === "TN" && inShardsOf(rows, K) ? [0] : [];
  },
  emit(op, emit) {
    const { M, N, K, layout } = sizesOf(op) as Sizes;
    const [a, b, to] = [...op.inputs, ...op.outputs].map(({ storage }) => emit.place(storage).at);
    if (layout === "TN") {
      const [left, right] = [
        { at: a, next: 8, step: 8 * M },
        { at: b, strip: 64, step: 8 * N },
      ];
      productOverRows(emit, to, emit.workspace, left, right, [M, N, K]);
      return;
    }
    const [packed, room] = emit.workspace;
    const isOdd = N % 2 === 1;
    const even = N + (N % 2);
    const from = { at: b, rowBytes: layout === "NT" ? 8 * K : 8 * N };
    const right = pack(emit, packed, from, even, K, layout === "NT" ? "rows" : "columns");
    const place = (row: number): Place => ({ at: (isOdd ? room : to) + 8 * row * even, rowBytes: 8 * even });
    product(emit, place, { at: a, next: 8 * K, step: 8 }, right, [M, even, K]);
    // chunks of terms are added in place, and a number too many must not be the next row's
    if (isOdd)
      emit.copy(
        [
          { length: M, from: 8 * even, to: 8 * N },
          { length: N, from: 8, to: 8 },
        ],
        to,
        room,
      );
  },
};
