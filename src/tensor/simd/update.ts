import { type Block, block, transposed } from "../kernels/block.ts";
import { subtractProduct as plainSubtractProduct } from "../kernels/update.ts";
import { type Kernel, scratch } from "./machine.ts";
import { isResident } from "./resident.ts";
import {
  C_START,
  CHUNK,
  NARROW,
  NARROW_BLOCK,
  NARROW_START,
  packNarrow,
  packWide,
  paddedTo,
  tileKernels,
  type Vectors,
  WIDE,
  WIDE_BLOCK,
  WIDE_START,
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

/** On the tiles of C where they are; the rows and columns left over are done by the plain kernel. */
function inPlace(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const [tiledRows, tiledColumns] = [M - (M % NARROW), N - (N % WIDE)];
  const rowsOfA = { data: A.data, start: A.start, next: A.rowStride, step: A.columnStride };
  const columnsOfB = { data: B.data, start: B.start, next: B.columnStride, step: B.rowStride };
  for (let j = 0; j < tiledColumns; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, tiledColumns - j);
    for (let k = 0; k < K; k += CHUNK) {
      const count = Math.min(CHUNK, K - k);
      packWide(scratch(), columnsOfB, j, columns, k, count);
      for (let i = 0; i < tiledRows; i += NARROW_BLOCK) {
        const rows = Math.min(NARROW_BLOCK, tiledRows - i);
        packNarrow(scratch(), rowsOfA, i, rows, k, count);
        const c = C.start + i * C.rowStride + j;
        const [narrowEnd, wideEnd] = [NARROW_START + rows * count, WIDE_START + columns * count];
        subtract(8 * NARROW_START, 8 * WIDE_START, 8 * c, 8 * narrowEnd, 8 * wideEnd, count, 8 * C.rowStride);
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

/** Block after block of C, copied to the scratch memory and back. */
function blocks(subtract: Kernel, C: Block, A: Block, B: Block): void {
  const { rows: M, columns: N } = C;
  const K = A.columns;
  const rowsOfA = { data: A.data, start: A.start, next: A.rowStride, step: A.columnStride };
  const columnsOfB = { data: B.data, start: B.start, next: B.columnStride, step: B.rowStride };
  const entries = { data: C.data, start: C.start, next: C.rowStride, step: C.columnStride };
  for (let j = 0; j < N; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, N - j);
    const rowLength = paddedTo(WIDE, columns);
    for (let i = 0; i < M; i += NARROW_BLOCK) {
      const rows = Math.min(NARROW_BLOCK, M - i);
      copyBlock(entries, i, rows, j, columns, rowLength, "in");
      for (let k = 0; k < K; k += CHUNK) {
        const count = Math.min(CHUNK, K - k);
        if (i === 0 || K > CHUNK) packWide(scratch(), columnsOfB, j, columns, k, count);
        packNarrow(scratch(), rowsOfA, i, rows, k, count);
        const narrowEnd = NARROW_START + paddedTo(NARROW, rows) * count;
        const wideEnd = WIDE_START + rowLength * count;
        subtract(8 * NARROW_START, 8 * WIDE_START, 8 * C_START, 8 * narrowEnd, 8 * wideEnd, count, 8 * rowLength);
      }
      copyBlock(entries, i, rows, j, columns, rowLength, "out");
    }
  }
}

/** A block of C to the scratch memory, or back. */
function copyBlock(
  { data: c, start, next, step }: Vectors,
  i: number,
  rows: number,
  j: number,
  columns: number,
  rowLength: number,
  way: "in" | "out",
): void {
  const numbers = scratch();
  for (let row = 0; row < rows; row++) {
    const at = C_START + row * rowLength;
    let place = start + (i + row) * next + j * step;
    if (way === "in") for (let t = 0; t < columns; t++, place += step) numbers[at + t] = c[place];
    else for (let t = 0; t < columns; t++, place += step) c[place] = numbers[at + t];
  }
}
