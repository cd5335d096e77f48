import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, block, matrixAt, rowsReversed, transposed } from "../../../src/tensor/kernels/block.ts";
import { subtractProduct } from "../../../src/tensor/kernels/update.ts";
import { seeds } from "../../support/arbitraries.ts";

const at = (A: Block, i: number, j: number): number => A.data[A.start + i * A.rowStride + j * A.columnStride];

/** A matrix somewhere in a larger array of NaN, read straight, transposed or with its rows reversed. */
function embedded(values: Float64Array, m: number, n: number, view: number): Block {
  const [rows, columns] = view === 1 ? [n, m] : [m, n];
  const width = columns + 3;
  const whole = matrixAt(new Float64Array((rows + 4) * width).fill(Number.NaN), rows + 4, width);
  const inner = block(whole, 2, 2 + rows, 1, 1 + columns);
  const A = view === 1 ? transposed(inner) : view === 2 && m > 0 ? rowsReversed(inner) : inner;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) A.data[A.start + i * A.rowStride + j * A.columnStride] = values[i * n + j];
  }
  return A;
}

const side = fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 66, 130));

describe("subtractProduct", () => {
  it("subtracts term after term, to the bit, wherever and however the blocks lie, and writes nothing else", () => {
    fc.assert(
      fc.property(side, side, fc.oneof(fc.nat(9), fc.constantFrom(127, 128, 129, 257)), seeds, (M, N, K, seed) => {
        const random = new Random(seed);
        const views = random.integers([3], 3).data;
        const A = embedded(random.normal([M, K]).data, M, K, views[0]);
        const B = embedded(random.normal([K, N]).data, K, N, views[1]);
        const C = embedded(random.normal([M, N]).data, M, N, views[2]);
        const expected = C.data.slice();
        for (let i = 0; i < M; i++) {
          for (let j = 0; j < N; j++) {
            let entry = at(C, i, j);
            for (let k = 0; k < K; k++) entry -= at(A, i, k) * at(B, k, j);
            expected[C.start + i * C.rowStride + j * C.columnStride] = entry;
          }
        }
        subtractProduct(C, A, B);
        expect(C.data).toEqual(expected);
      }),
    );
  });

  it("has the same bits when the terms are subtracted in several calls", () => {
    fc.assert(
      fc.property(seeds, fc.nat(150), (seed, cut) => {
        const random = new Random(seed);
        const [A, B, C] = [
          [9, 150],
          [150, 7],
          [9, 7],
        ].map(([m, n]) => matrixAt(random.normal([m, n]).data, m, n));
        const again = { ...C, data: C.data.slice() };
        subtractProduct(C, A, B);
        subtractProduct(again, block(A, 0, 9, 0, cut), block(B, 0, cut, 0, 7));
        subtractProduct(again, block(A, 0, 9, cut, 150), block(B, cut, 150, 0, 7));
        expect(again.data).toEqual(C.data);
      }),
    );
  });
});
