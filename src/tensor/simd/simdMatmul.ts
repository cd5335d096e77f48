import { CHUNK, type Layout, matmul as plainMatmul } from "../kernels/matrixProduct.ts";
import { SHARD } from "../kernels/shards.ts";
import { type Band, type BlockTiles, blockTiles } from "./bands.ts";
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
import { addSimd } from "./simdArithmetic.ts";
import { kernelOf } from "./simdElementwise.ts";
import { NARROW, tileKernels, WIDE, worthwhile } from "./tiles.ts";
import type { Kernel } from "./webAssembly.ts";

/** What is done to a block of C, at that address of the scratch memory, before it is copied out. */
type Epilogue = (address: number, rows: number, rowBytes: number, firstColumn: number) => void;

/**
 * The plain `matmul` in WebAssembly, to the bit; without WebAssembly, and for small products, it calls the plain one. What a band (bands.ts)
 * allows to leave out may be left out.
 */
export function matmul(
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  layout: Layout,
  startC = 0,
  startA = 0,
  startB = 0,
  band?: Band,
): void {
  const rowsOfA = { data: a, start: startA, next: layout === "TN" ? 1 : K, step: layout === "TN" ? M : 1 };
  const columnsOfB = { data: b, start: startB, next: layout === "NT" ? K : 1, step: layout === "NT" ? 1 : N };
  const turned = N < WIDE && M > N;
  const wide = turned ? rowsOfA : columnsOfB;
  // if one operand has only two or three vectors, packing the other must be cheap: its vectors must be contiguous
  const multiply = worthwhile(M, N, K, wide.next === 1 ? NARROW : undefined) ? tileKernels()?.multiply : undefined;
  if (multiply === undefined) {
    plainMatmul(c, a, b, M, N, K, layout, startC, startA, startB);
    return;
  }
  const run = layout === "TN" && K > SHARD ? shardedBlocks : blocks;
  // a band knows strips of columns, and has nothing to say about a product that is turned
  const tiles = blockTiles(multiply, turned ? undefined : band, layout === "TN" ? "rows" : "terms");
  if (turned) run(tiles, { data: c, start: startC, next: 1, step: N }, columnsOfB, wide, N, M, K);
  else run(tiles, { data: c, start: startC, next: N, step: 1 }, rowsOfA, wide, M, N, K);
}

/**
 * C = A·B or A·Bᵀ with an epilogue on every block of it: K must not exceed a chunk. False, and nothing done, if the plain
 * kernel has to be used.
 */
export function matmulThen(
  epilogue: Epilogue,
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  band?: Band,
): boolean {
  if (K > CHUNK || !worthwhile(M, N, K)) return false;
  const multiply = tileKernels()?.multiply;
  if (multiply === undefined) return false;
  const rowsOfA = { data: a, start: 0, next: K, step: 1 };
  const columnsOfB = { data: b, start: 0, next: K, step: 1 };
  const tiles = blockTiles(multiply, band, "terms");
  blocks(tiles, { data: c, start: 0, next: N, step: 1 }, rowsOfA, columnsOfB, M, N, K, epilogue);
  return true;
}

/** C[i, j] = Σ_k narrow_i[k]·wide_j[k], block after block. */
function blocks(
  tiles: BlockTiles,
  C: Vectors,
  narrow: Vectors,
  wide: Vectors,
  M: number,
  N: number,
  K: number,
  epilogue?: Epilogue,
): void {
  for (let j = 0; j < N; j += WIDE_BLOCK) {
    const columns = Math.min(WIDE_BLOCK, N - j);
    const rowLength = roundUp(WIDE, columns);
    for (let k = 0; k < K; k += CHUNK) {
      const count = Math.min(CHUNK, K - k);
      const columnsOfC = packWide(wide, j, columns, k, count);
      for (let i = 0; i < M; i += NARROW_BLOCK) {
        const rows = Math.min(NARROW_BLOCK, M - i);
        tiles(packNarrow(narrow, i, rows, k, count), columnsOfC, count, 8 * C_START, 8 * rowLength, i, j, k);
        epilogue?.(8 * C_START, rows, 8 * rowLength, j);
        copyBlock(C, i, rows, j, columns, k === 0 ? "out" : "add");
      }
    }
  }
}

/** How many numbers a block of C may have at most. */
const BLOCK_SIZE = NARROW_BLOCK * WIDE_BLOCK;

/**
 * The same for sums over rows: shards of 64 terms, added pairwise as in kernels/shards.ts. The sums of 1, 2, 4 … shards that wait for
 * another of their kind lie one behind the other where a block of C has its place; blocks are smaller accordingly.
 */
function shardedBlocks(
  tiles: BlockTiles,
  C: Vectors,
  narrow: Vectors,
  wide: Vectors,
  M: number,
  N: number,
  K: number,
): void {
  const sums = 33 - Math.clz32(Math.ceil(K / SHARD)); // that are there at a time, at most
  const rowsOfBlock = Math.min(M, NARROW_BLOCK);
  const height = roundUp(NARROW, rowsOfBlock);
  const columnsOfBlock = Math.min(WIDE_BLOCK, WIDE * Math.floor(BLOCK_SIZE / sums / height / WIDE));
  const add = kernelOf(addSimd, 2, 0) as Kernel;
  for (let j = 0; j < N; j += columnsOfBlock) {
    const columns = Math.min(columnsOfBlock, N - j);
    const rowBytes = 8 * roundUp(WIDE, columns);
    const size = height * rowBytes;
    for (let i = 0; i < M; i += rowsOfBlock) {
      const rows = Math.min(rowsOfBlock, M - i);
      let to = 8 * C_START;
      for (let k = 0, shard = 1; k < K; k += SHARD, shard++, to += size) {
        const count = Math.min(SHARD, K - k);
        const columnsOfC = packWide(wide, j, columns, k, count);
        tiles(packNarrow(narrow, i, rows, k, count), columnsOfC, count, to, rowBytes, i, j, k);
        for (let pairs = shard; pairs % 2 === 0; pairs /= 2, to -= size) add(1, size, to - size, to - size, 0, to, 0);
      }
      for (to -= 2 * size; to >= 8 * C_START; to -= size) add(1, size, to, to, 0, to + size, 0);
      copyBlock(C, i, rows, j, columns, "out");
    }
  }
}
