import { type Block, block, transposed } from "../kernels/block.ts";
import { subtractProduct as plainSubtractProduct } from "../kernels/update.ts";
import type { Kernel } from "./machine.ts";
import { isResident } from "./resident.ts";
import {
  C_START,
  CHUNK,
  copyBlock,
  NARROW,
  NARROW_BLOCK,
  packWide,
  paddedTo,
  runTiles,
  tileKernels,
  type Vectors,
  WIDE,
  WIDE_BLOCK,
  worthwhile,
} from "./tiles.ts";

/** C ← C − A·B: the plain `subtractProduct` in WebAssembly, to the bit; it serves itself where there is none, and for small products. */
export function subtractProduct(C: Block, A: Block, B: Block): void {
  const subtract = worthwhile(C.rows, C.columns, A.columns) ? tileKernels()?.subtract : undefined;
  if (subtract === undefined) plainSubtractProduct(C, A, B);
  else if (isResident(C)) inPlace(subtract, C, A, B);
  else if (C.columnStride === 1) blocks(subtract, C, A, B);
  else blocks(subtract, transposed(C), transposed(B), transposed(A)); // Cᵀ ← Cᵀ − Bᵀ·Aᵀ
}

/** The rows of a block. */
function rowsOf({ data, start, rowStride, columnStride }: Block): Vectors {
  return { data, start, next: rowStride, step: columnStride };
}

/** On the tiles of C where they are; the rows and columns left over are done by the plain kernel. */
function inPlace(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const [tiledRows, tiledColumns] = [M - (M % NARROW), N - (N % WIDE)];
  const [narrow, wide] = [rowsOf(A), rowsOf(transposed(B))];
  for (let j = 0; j < tiledColumns; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, tiledColumns - j);
    for (let k = 0; k < K; k += CHUNK) {
      const count = Math.min(CHUNK, K - k);
      packWide(wide, j, columns, k, count);
      for (let i = 0; i < tiledRows; i += NARROW_BLOCK) {
        const rows = Math.min(NARROW_BLOCK, tiledRows - i);
        runTiles(subtract, narrow, i, rows, columns, k, count, C.start + i * C.rowStride + j, C.rowStride);
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

/** Block after block of C, which is copied to the scratch memory for all k, and back. */
function blocks(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const [entries, narrow, wide] = [rowsOf(C), rowsOf(A), rowsOf(transposed(B))];
  for (let j = 0; j < N; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, N - j);
    for (let i = 0; i < M; i += NARROW_BLOCK) {
      const rows = Math.min(NARROW_BLOCK, M - i);
      copyBlock(entries, i, rows, j, columns, "in");
      for (let k = 0; k < K; k += CHUNK) {
        const count = Math.min(CHUNK, K - k);
        if (i === 0 || K > CHUNK) packWide(wide, j, columns, k, count);
        runTiles(subtract, narrow, i, rows, columns, k, count, C_START, paddedTo(WIDE, columns));
      }
      copyBlock(entries, i, rows, j, columns, "out");
    }
  }
}
