import {
  advance,
  type Code,
  f64x2,
  get,
  i32,
  integer,
  type KernelCode,
  loadPair,
  loadSplat,
  loopTo,
  number,
  set,
  storePair,
} from "./assembler.ts";
import { type Kernel, kernelModule, kernelsOf, scratch } from "./machine.ts";
import { Variables } from "./variables.ts";

/**
 * A tile of C is 2×8: eight running sums of two numbers, four vectors of one operand and one number of the other make
 * 13 of the 16 registers. This is its narrow side …
 */
export const NARROW = 2;
/** … and this its wide one. */
export const WIDE = 8;
/** As in the plain kernel: products are summed in increasing k within chunks of this length, and the chunks are added in order. */
export const CHUNK = 256;
/** A block of C has at most so many rows on the narrow side, whose vectors take 256 kB when packed … */
export const NARROW_BLOCK = 128;
/** … and so many on the wide side, whose vectors take 1 MB. */
export const WIDE_BLOCK = 512;

// where the packed vectors of both sides lie in the scratch memory, in numbers, and behind them the block of C
const NARROW_START = 0;
const WIDE_START: number = NARROW_START + NARROW_BLOCK * CHUNK;
/** Where a block of C lies that is copied. */
export const C_START: number = WIDE_START + WIDE_BLOCK * CHUNK;
/** What lies behind is free for an epilogue. */
export const FREE_START: number = C_START + NARROW_BLOCK * WIDE_BLOCK;

/**
 * multiply(narrow, wide, c, narrowEnd, wideEnd, count, rowBytes): C = Σ_k narrow[k]·wide[k] over one chunk, for a block of C whose rows
 * are rowBytes long; subtract: the same sum, taken away term by term from what C is. Strip after strip of the wide side stays in
 * the cache while all of the narrow side passes by.
 */
function tilesKernel(subtracts: boolean): KernelCode {
  const v = new Variables();
  const [narrow, wide, c] = v.parameters(3);
  const [narrowEnd, wideEnd] = v.parameters(2);
  const [count, rowBytes] = v.parameters(2);
  const [atNarrow, atWide, to, k] = v.locals(4);
  const rows = Array.from({ length: NARROW }, () => v.locals(WIDE / 2, "v128"));
  const vectors = v.locals(WIDE / 2, "v128");
  const [factor] = v.locals(1, "v128");

  const term = subtracts ? f64x2.sub : f64x2.add;
  const rowOfC = (i: number): Code => (i === 0 ? get(to) : i32.add(get(to), get(rowBytes)));
  const start = (i: number, j: number): Code => (subtracts ? loadPair(rowOfC(i), 16 * j) : f64x2.splat(number(0)));

  const step: Code = [
    ...vectors.flatMap((vector, j) => set(vector, loadPair(get(atWide), 16 * j))),
    ...rows.flatMap((sums, i) => [
      ...set(factor, loadSplat(get(atNarrow), 8 * i)),
      ...sums.flatMap((sum, j) => set(sum, term(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
    ...advance(atNarrow, integer(8 * NARROW)),
    ...advance(atWide, integer(8 * WIDE)),
  ];
  const tile: Code = [
    ...rows.flatMap((sums, i) => sums.flatMap((sum, j) => set(sum, start(i, j)))),
    ...set(atWide, get(wide)),
    ...set(k, integer(0)),
    ...loopTo(k, get(count), 1, step),
    ...rows.flatMap((sums) => [
      ...sums.flatMap((sum, j) => storePair(get(to), get(sum), 16 * j)),
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

const tilesModule = /*#__PURE__*/ kernelModule(() => ({ multiply: tilesKernel(false), subtract: tilesKernel(true) }));

/** The kernels; null where the plain ones have to serve. */
export function tileKernels(): Readonly<Record<string, Kernel>> | null {
  return kernelsOf(tilesModule);
}

/** Whether a product is large enough to be worth the copies: 16×16×16 takes 2.7 µs here and 1.9 in the plain kernel. */
export function worthwhile(M: number, N: number, K: number): boolean {
  return M * N * K >= 8192 && M >= 4 && N >= 4;
}

/** Vectors of length K in an array, such as the rows of A: number k of vector i is data[start + i·next + k·step]. */
export interface Vectors {
  readonly data: Float64Array;
  readonly start: number;
  readonly next: number;
  readonly step: number;
}

/** The least multiple of a power of two that is no less than a length. */
export function paddedTo(power: number, length: number): number {
  return (length + power - 1) & -power;
}

/**
 * The tiles of one block of C: vectors first … first + rows − 1 of the narrow side, packed here, times those `columns` of the wide side that
 * were packed last, both from k to k + count. The block lies at c, in rows that are rowLength apart.
 */
export function runTiles(
  kernel: Kernel,
  narrow: Vectors,
  first: number,
  rows: number,
  columns: number,
  k: number,
  count: number,
  c: number,
  rowLength: number,
): void {
  packNarrow(narrow, first, rows, k, count);
  const narrowEnd = NARROW_START + paddedTo(NARROW, rows) * count;
  const wideEnd = WIDE_START + paddedTo(WIDE, columns) * count;
  kernel(8 * NARROW_START, 8 * WIDE_START, 8 * c, 8 * narrowEnd, 8 * wideEnd, count, 8 * rowLength);
}

/** What a copy of a block of C is for: to be worked on, to replace what is there, or to be added to it. */
export type Way = "in" | "out" | "add";

/** Rows i … and columns j … of C to the scratch memory, or from there. */
export function copyBlock(
  { data: c, start, next, step }: Vectors,
  i: number,
  rows: number,
  j: number,
  columns: number,
  way: Way,
): void {
  const numbers = scratch();
  const rowLength = paddedTo(WIDE, columns);
  if (way === "out" && next === rowLength && columns === rowLength) {
    c.set(numbers.subarray(C_START, C_START + rows * rowLength), start + i * next);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const at = C_START + row * rowLength;
    let place = start + (i + row) * next + j * step;
    if (way === "in") for (let t = 0; t < columns; t++, place += step) numbers[at + t] = c[place];
    else if (way === "out") for (let t = 0; t < columns; t++, place += step) c[place] = numbers[at + t];
    else for (let t = 0; t < columns; t++, place += step) c[place] += numbers[at + t];
  }
}

/** Strips of two vectors, number by number: k of the first, k of the second, k + 1 of the first … Zeros fill up the last strip. */
function packNarrow(vectors: Vectors, first: number, rows: number, k: number, count: number): void {
  const numbers = scratch();
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
export function packWide(vectors: Vectors, first: number, rows: number, k: number, count: number): void {
  const numbers = scratch();
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
