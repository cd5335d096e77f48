import { Random } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, block, matrixAt, rowsReversed, transposed } from "../../../src/tensor/kernels/block.ts";
import { subtractProduct } from "../../../src/tensor/kernels/subtractProduct.ts";
import { FREE_START } from "../../../src/tensor/simd/packing.ts";
import { subtractProduct as subtractProductInVectors } from "../../../src/tensor/simd/simdSubtractProduct.ts";
import { scratch, usesSimd } from "../../../src/tensor/simd/webAssembly.ts";
import { seeds } from "../../support/arbitraries.ts";

const at = (A: Block, i: number, j: number): number => A.data[A.start + i * A.rowStride + j * A.columnStride];

const reversed = (A: Block): Block => (A.rows > 0 ? rowsReversed(A) : A);

/** How a matrix may lie: straight, transposed, and both with their rows reversed before. */
const VIEWS = [(A: Block) => A, transposed, reversed, (A: Block) => transposed(reversed(A))];

/** A matrix somewhere in a larger array of NaN, with that margin around it. */
function embedded(values: Float64Array, m: number, n: number, view: number, margin: number): Block {
  const [rows, columns] = view % 2 === 1 ? [n, m] : [m, n];
  const width = columns + margin;
  const whole = matrixAt(new Float64Array((rows + margin) * width).fill(Number.NaN), rows + margin, width);
  const top = margin === 0 ? 0 : 2;
  const A = VIEWS[view](block(whole, top, top + rows, margin === 0 ? 0 : 1, (margin === 0 ? 0 : 1) + columns));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) A.data[A.start + i * A.rowStride + j * A.columnStride] = values[i * n + j];
  }
  return A;
}

/** The same blocks in the scratch memory, where factorisations keep their matrix; null where there is none. */
function inScratch(blocks: readonly Block[]): readonly Block[] | null {
  if (!usesSimd()) return null;
  let free = FREE_START;
  return blocks.map((A) => {
    scratch().set(A.data, free);
    const moved = { ...A, data: scratch(), start: A.start + free };
    free += A.data.length;
    return moved;
  });
}

const side = fc.oneof(fc.nat(9), fc.constantFrom(16, 63, 64, 65, 66, 130));

describe("subtractProduct", () => {
  it("subtracts term after term, to the bit, wherever and however the blocks lie, and writes nothing else", () => {
    fc.assert(
      fc.property(side, side, fc.oneof(fc.nat(9), fc.constantFrom(127, 128, 129, 257)), seeds, (M, N, K, seed) => {
        const random = new Random(seed);
        const [viewA, viewB, viewC, tight] = random.integers([4], 4).data;
        const margin = tight === 0 ? 0 : 4;
        const A = embedded(random.normal([M, K]).data, M, K, viewA, margin);
        const B = embedded(random.normal([K, N]).data, K, N, viewB, margin);
        const C = embedded(random.normal([M, N]).data, M, N, viewC, margin);
        const expected = C.data.slice();
        for (let i = 0; i < M; i++) {
          for (let j = 0; j < N; j++) {
            let entry = at(C, i, j);
            for (let k = 0; k < K; k++) entry -= at(A, i, k) * at(B, k, j);
            expected[C.start + i * C.rowStride + j * C.columnStride] = entry;
          }
        }
        const again = { ...C, data: C.data.slice() };
        const copies = inScratch([A, B, C]);
        if (copies !== null) {
          const [a, b, c] = copies;
          subtractProductInVectors(c, a, b);
          const start = c.start - C.start;
          expect(scratch().slice(start, start + expected.length)).toEqual(expected);
        }
        subtractProduct(C, A, B);
        expect(C.data).toEqual(expected);
        subtractProductInVectors(again, A, B);
        expect(again.data).toEqual(expected);
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
