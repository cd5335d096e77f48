import { type Layout, matmul as plainMatmul } from "../kernels/matmul.ts";
import {
  type Code,
  f64x2,
  get,
  i32,
  integer,
  type KernelCode,
  loopTo,
  number,
  set,
  Variables,
  v128,
} from "./assembler.ts";
import { type Kernel, kernelModule, kernelsOf, scratch } from "./machine.ts";

/**
 * A tile of C is 2×8: eight running sums of two numbers, four vectors of one operand and one number of the other make
 * 13 of the 16 registers. (4×4 tiles and 4×8 tiles were slower, the latter because they spill.)
 */
const NARROW = 2;
const WIDE = 8;
/** As in the plain kernel: products are summed in increasing k within chunks of this length, and the chunks are added in order. */
const CHUNK = 256;
/** A block of C has at most so many rows on the narrow side, and on the wide side. Packed, they take 256 kB and 1 MB. */
const NARROW_BLOCK = 128;
const WIDE_BLOCK = 512;

/** Where the packed operands and the block of C lie in the scratch memory, in numbers. */
const NARROW_START = 0;
const WIDE_START: number = NARROW_START + NARROW_BLOCK * CHUNK;
const C_START: number = WIDE_START + WIDE_BLOCK * CHUNK;
/** What lies behind is free for an epilogue. */
export const FREE_START: number = C_START + NARROW_BLOCK * WIDE_BLOCK;

/**
 * tiles(narrow, wide, c, narrowEnd, wideEnd, count, rowBytes): C = Σ_k narrow[k]·wide[k] over one chunk, for a block of C whose rows are
 * rowBytes long. Strip after strip of the wide side stays in the cache while all of the narrow side passes by.
 */
function tilesKernel(): KernelCode {
  const v = new Variables();
  const [narrow, wide, c] = [v.parameter("i32"), v.parameter("i32"), v.parameter("i32")];
  const [narrowEnd, wideEnd] = [v.parameter("i32"), v.parameter("i32")];
  const [count, rowBytes] = [v.parameter("i32"), v.parameter("i32")];
  const [atNarrow, atWide, to, k] = Array.from({ length: 4 }, () => v.local("i32"));
  const rows = Array.from({ length: NARROW }, () => Array.from({ length: WIDE / 2 }, () => v.local("v128")));
  const vectors = Array.from({ length: WIDE / 2 }, () => v.local("v128"));
  const factor = v.local("v128");
  const advance = (pointer: typeof k, bytes: Code): Code => set(pointer, i32.add(get(pointer), bytes));

  const step: Code = [
    ...vectors.flatMap((vector, j) => set(vector, v128.load(get(atWide), 16 * j))),
    ...rows.flatMap((sums, i) => [
      ...set(factor, v128.loadSplat(get(atNarrow), 8 * i)),
      ...sums.flatMap((sum, j) => set(sum, f64x2.add(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
    ...advance(atNarrow, integer(8 * NARROW)),
    ...advance(atWide, integer(8 * WIDE)),
  ];
  const tile: Code = [
    ...rows.flat().flatMap((sum) => set(sum, f64x2.splat(number(0)))),
    ...set(atWide, get(wide)),
    ...set(k, integer(0)),
    ...loopTo(k, get(count), 1, step),
    ...rows.flatMap((sums) => [
      ...sums.flatMap((sum, j) => v128.store(get(to), get(sum), 16 * j)),
      ...advance(to, get(rowBytes)),
    ]),
  ];
  const strip: Code = [
    ...set(atNarrow, get(narrow)),
    ...set(to, get(c)),
    ...loopTo(atNarrow, get(narrowEnd), 0, tile), // a tile moves the pointer itself
    ...advance(c, integer(8 * WIDE)),
  ];
  return v.kernel(loopTo(wide, get(wideEnd), 0, [...strip, ...set(wide, get(atWide))]));
}

const productModule = /*#__PURE__*/ kernelModule(() => ({ tiles: tilesKernel() }));

/** Whether the product is large enough to be worth the copies: 16×16×16 takes 2.7 µs here and 1.9 in the plain kernel, 32×32×32 …. */
function worthwhile(M: number, N: number, K: number): boolean {
  return M * N * K >= 8192 && M >= 4 && N >= 4;
}

/** One operand as vectors of length K: number k of vector i is data[start + i·next + k·step]. */
interface Vectors {
  readonly data: Float64Array;
  readonly start: number;
  readonly next: number;
  readonly step: number;
}

/** What becomes of a block of C before it leaves the scratch memory, where it lies at that address. */
export type Epilogue = (address: number, rows: number, rowBytes: number, firstColumn: number) => void;

/** The plain `matmul` in WebAssembly, to the bit; it serves itself where there is none, and for small products. */
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
): void {
  const tiles = worthwhile(M, N, K) ? kernelsOf(productModule)?.tiles : undefined;
  if (tiles === undefined) {
    plainMatmul(c, a, b, M, N, K, layout, startC, startA, startB);
    return;
  }
  const rowsOfA = { data: a, start: startA, next: layout === "TN" ? 1 : K, step: layout === "TN" ? M : 1 };
  const columnsOfB = { data: b, start: startB, next: layout === "NT" ? K : 1, step: layout === "NT" ? 1 : N };
  const C = { data: c, start: startC };
  if (N < WIDE && M > N) blocks(tiles, { ...C, next: 1, step: N }, columnsOfB, rowsOfA, N, M, K);
  else blocks(tiles, { ...C, next: N, step: 1 }, rowsOfA, columnsOfB, M, N, K);
}

/**
 * C = A·B or A·Bᵀ with an epilogue on every block of it: K must not exceed a chunk. False, and nothing done, where the plain
 * kernel has to serve.
 */
export function matmulThen(
  epilogue: Epilogue,
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
): boolean {
  if (K > CHUNK || !worthwhile(M, N, K)) return false;
  const tiles = kernelsOf(productModule)?.tiles;
  if (tiles === undefined) return false;
  const rowsOfA = { data: a, start: 0, next: K, step: 1 };
  const columnsOfB = { data: b, start: 0, next: K, step: 1 };
  blocks(tiles, { data: c, start: 0, next: N, step: 1 }, rowsOfA, columnsOfB, M, N, K, epilogue);
  return true;
}

/** C[i, j] = Σ_k narrow_i[k]·wide_j[k], block after block. */
function blocks(
  tiles: Kernel,
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
    const paddedColumns = (columns + WIDE - 1) & -WIDE;
    for (let k = 0; k < K; k += CHUNK) {
      const count = Math.min(CHUNK, K - k);
      packWide(scratch(), wide, j, columns, k, count);
      for (let i = 0; i < M; i += NARROW_BLOCK) {
        const rows = Math.min(NARROW_BLOCK, M - i);
        packNarrow(scratch(), narrow, i, rows, k, count);
        const narrowEnd = NARROW_START + ((rows + NARROW - 1) & -NARROW) * count;
        const wideEnd = WIDE_START + paddedColumns * count;
        tiles(8 * NARROW_START, 8 * WIDE_START, 8 * C_START, 8 * narrowEnd, 8 * wideEnd, count, 8 * paddedColumns);
        epilogue?.(8 * C_START, rows, 8 * paddedColumns, j);
        unpack(scratch(), C, i, rows, j, columns, paddedColumns, k > 0);
      }
    }
  }
}

/** Strips of two vectors, number by number: k of the first, k of the second, k + 1 of the first … Zeros fill up the last strip. */
function packNarrow(
  numbers: Float64Array,
  vectors: Vectors,
  first: number,
  rows: number,
  k: number,
  count: number,
): void {
  const { data, next, step } = vectors;
  let i = 0;
  for (; i + 8 <= rows; i += 8) {
    // four strips at a time: what lies side by side is read together when vectors are columns
    let from = vectors.start + (first + i) * next + k * step;
    let to0 = NARROW_START + i * count;
    let to1 = to0 + 2 * count;
    let to2 = to1 + 2 * count;
    let to3 = to2 + 2 * count;
    for (let t = 0; t < count; t++, from += step, to0 += 2, to1 += 2, to2 += 2, to3 += 2) {
      numbers[to0] = data[from];
      numbers[to0 + 1] = data[from + next];
      numbers[to1] = data[from + 2 * next];
      numbers[to1 + 1] = data[from + 3 * next];
      numbers[to2] = data[from + 4 * next];
      numbers[to2 + 1] = data[from + 5 * next];
      numbers[to3] = data[from + 6 * next];
      numbers[to3 + 1] = data[from + 7 * next];
    }
  }
  for (; i < rows; i += NARROW) {
    const both = i + 1 < rows;
    let from = vectors.start + (first + i) * next + k * step;
    let to = NARROW_START + i * count;
    for (let t = 0; t < count; t++, from += step, to += NARROW) {
      numbers[to] = data[from];
      numbers[to + 1] = both ? data[from + next] : 0;
    }
  }
}

/** Strips of eight vectors in the same way. */
function packWide(
  numbers: Float64Array,
  vectors: Vectors,
  first: number,
  rows: number,
  k: number,
  count: number,
): void {
  const { data, next, step } = vectors;
  let to = WIDE_START;
  for (let i = 0; i < rows; i += WIDE) {
    let from = vectors.start + (first + i) * next + k * step;
    if (i + WIDE <= rows) {
      for (let t = 0; t < count; t++, from += step, to += WIDE) {
        numbers[to] = data[from];
        numbers[to + 1] = data[from + next];
        numbers[to + 2] = data[from + 2 * next];
        numbers[to + 3] = data[from + 3 * next];
        numbers[to + 4] = data[from + 4 * next];
        numbers[to + 5] = data[from + 5 * next];
        numbers[to + 6] = data[from + 6 * next];
        numbers[to + 7] = data[from + 7 * next];
      }
    } else {
      for (let t = 0; t < count; t++, from += step, to += WIDE) {
        for (let r = 0; r < WIDE; r++) numbers[to + r] = i + r < rows ? data[from + r * next] : 0;
      }
    }
  }
}

/** The block of C from the scratch memory to its place: what the first chunk gives, plus what the later ones give. */
function unpack(
  numbers: Float64Array,
  C: Vectors,
  i: number,
  rows: number,
  j: number,
  columns: number,
  rowLength: number,
  later: boolean,
): void {
  const { data: c, next, step } = C;
  if (!later && next === rowLength && columns === rowLength) {
    c.set(numbers.subarray(C_START, C_START + rows * rowLength), C.start + i * next);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const from = C_START + row * rowLength;
    let to = C.start + (i + row) * next + j * step;
    if (later) for (let t = 0; t < columns; t++, to += step) c[to] += numbers[from + t];
    else for (let t = 0; t < columns; t++, to += step) c[to] = numbers[from + t];
  }
}
