import { type Block, block, transposed } from "../kernels/block.ts";
import { CHUNK } from "../kernels/matrixProduct.ts";
import { subtractProduct as plainSubtractProduct } from "../kernels/subtractProduct.ts";
import {
  C_START,
  copyBlock,
  NARROW_BLOCK,
  packNarrow,
  packWide,
  roundUp,
  type Vectors,
  WIDE_BLOCK,
} from "./packing.ts";
import { isInScratch } from "./scratchCopies.ts";
import { NARROW, type Packed, runTiles, tileKernels, WIDE, worthwhile } from "./tiles.ts";
import type { Kernel } from "./webAssembly.ts";

/** C ← C − A·B: the plain `subtractProduct` in WebAssembly, to the bit; without WebAssembly, and for small products, it calls the plain one. */
export function subtractProduct(C: Block, A: Block, B: Block): void {
  const subtract = worthwhile(C.rows, C.columns, A.columns) ? tileKernels()?.subtract : undefined;
  if (subtract === undefined) plainSubtractProduct(C, A, B);
  else if (isInScratch(C)) inPlace(subtract, C, A, B);
  else if (C.columnStride === 1) blocks(subtract, C, A, B);
  else blocks(subtract, transposed(C), transposed(B), transposed(A)); // Cᵀ ← Cᵀ − Bᵀ·Aᵀ
}

/** The rows of a block. */
function rowsOf({ data, start, rowStride, columnStride }: Block): Vectors {
  return { data, start, next: rowStride, step: columnStride };
}

/** Tile by tile on C itself, which is in the scratch memory; the rows and columns left over are done by the plain kernel. */
function inPlace(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const [tiledRows, tiledColumns] = [M - (M % NARROW), N - (N % WIDE)];
  const [narrow, wide] = [rowsOf(A), rowsOf(transposed(B))];
  for (let j = 0; j < tiledColumns; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, tiledColumns - j);
    for (let k = 0; k < K; k += CHUNK) {
      const count = Math.min(CHUNK, K - k);
      const side = packWide(wide, j, columns, k, count);
      for (let i = 0; i < tiledRows; i += NARROW_BLOCK) {
        const rows = Math.min(NARROW_BLOCK, tiledRows - i);
        const at = 8 * (C.start + i * C.rowStride + j);
        runTiles(subtract, packNarrow(narrow, i, rows, k, count), side, count, at, 8 * C.rowStride);
      }
    }
  }
  plainSubtractProduct(block(C, tiledRows, M, 0, N), block(A, tiledRows, M, 0, K), B);
  plainSubtractProduct(
    block(C, 0, tiledRows, tiledColumns, N),
    block(A, 0, tiledRows, 0, K),
    block(B, 0, K, tiledColumns, N),
  );
}

/** Block by block of C: each is copied to the scratch memory, reduced for all k, and copied back. */
function blocks(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const [entries, narrow, wide] = [rowsOf(C), rowsOf(A), rowsOf(transposed(B))];
  for (let j = 0; j < N; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, N - j);
    const rowBytes = 8 * roundUp(WIDE, columns);
    let side: Packed | undefined;
    for (let i = 0; i < M; i += NARROW_BLOCK) {
      const rows = Math.min(NARROW_BLOCK, M - i);
      copyBlock(entries, i, rows, j, columns, "in");
      for (let k = 0; k < K; k += CHUNK) {
        const count = Math.min(CHUNK, K - k);
        if (side === undefined || K > CHUNK) side = packWide(wide, j, columns, k, count);
        runTiles(subtract, packNarrow(narrow, i, rows, k, count), side, count, 8 * C_START, rowBytes);
      }
      copyBlock(entries, i, rows, j, columns, "out");
    }
  }
}
