import { CHUNK } from "../kernels/matrixProduct.ts";
import { NARROW, type Packed, WIDE } from "./tiles.ts";
import { scratch } from "./webAssembly.ts";

// Packing: how the operands of a product are copied into the scratch memory, and the result out of it.

/** A block of C has at most 128 rows, for which 256 kB of the narrow operand are packed … */
export const NARROW_BLOCK = 128;
/** … and 512 columns, for which 1 MB of the wide operand is. */
export const WIDE_BLOCK = 512;

// where both packed operands begin in the scratch memory, in numbers, and behind them the block of C
const NARROW_START = 0;
const WIDE_START: number = NARROW_START + NARROW_BLOCK * CHUNK;
/** Where the copy of a block of C begins. */
export const C_START: number = WIDE_START + WIDE_BLOCK * CHUNK;
/** Behind it is memory for an epilogue, or for a matrix that is being factored: never both at once. */
export const FREE_START: number = C_START + NARROW_BLOCK * WIDE_BLOCK;

/** Vectors in an array, such as the rows of A or of C: number k of vector i is data[start + i·next + k·step]. */
export interface Vectors {
  readonly data: Float64Array;
  readonly start: number;
  readonly next: number;
  readonly step: number;
}

/** The least multiple of a power of two that is ≥ length. */
export function roundUp(power: number, length: number): number {
  return (length + power - 1) & -power;
}

/** Copies a block of C into the scratch memory, or out of it, or adds it to C. */
type CopyMode = "in" | "out" | "add";

/** Copies rows i … and columns j … of C. */
export function copyBlock(
  { data: c, start, next, step }: Vectors,
  i: number,
  rows: number,
  j: number,
  columns: number,
  mode: CopyMode,
): void {
  const numbers = scratch();
  const rowLength = roundUp(WIDE, columns);
  if (mode === "out" && step === 1 && next === columns && columns === rowLength) {
    c.set(numbers.subarray(C_START, C_START + rows * rowLength), start + i * next);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const at = C_START + row * rowLength;
    let index = start + (i + row) * next + j * step;
    if (mode === "in") for (let t = 0; t < columns; t++, index += step) numbers[at + t] = c[index];
    else if (mode === "out") for (let t = 0; t < columns; t++, index += step) c[index] = numbers[at + t];
    else for (let t = 0; t < columns; t++, index += step) c[index] += numbers[at + t];
  }
}

/**
 * The narrow operand: n vectors, from k to k + count, in the scratch memory. Whole rows of a matrix, and all columns of a matrix that
 * has few, are copied at once, or not at all if they are there already. Anything else is packed, number by number.
 */
export function packNarrow(
  { data, start, next, step }: Vectors,
  first: number,
  n: number,
  k: number,
  count: number,
): Packed {
  const from = start + first * next + k * step;
  const rows = step === 1 && (next === count || (next > 0 && data === scratch()));
  if (rows || areFewColumns(next, step, n)) {
    return packed(offsetOf(data, from, n * count, NARROW_START), n, NARROW, NARROW * next, next, step);
  }
  packPairs(data, from, next, step, n, count);
  return packed(NARROW_START, n, NARROW, NARROW * count, 1, NARROW);
}

/** The same for the wide operand, of which eight neighbouring vectors must be contiguous. */
export function packWide(
  { data, start, next, step }: Vectors,
  first: number,
  n: number,
  k: number,
  count: number,
): Packed {
  const from = start + first * next + k * step;
  if (areFewColumns(next, step, n)) {
    return packed(offsetOf(data, from, n * count, WIDE_START), n, WIDE, WIDE, 1, n);
  }
  packEights(data, from, next, step, n, count);
  return packed(WIDE_START, n, WIDE, WIDE * count, 1, WIDE);
}

/** Whether these are all the columns of a matrix, and few: of a wide one, numbers that are read together would share cache lines. */
function areFewColumns(next: number, step: number, n: number): boolean {
  return next === 1 && step === n && n <= 64;
}

/** The offset of these numbers in the scratch memory: where they are, or else `place`, after a copy. */
function offsetOf(data: Float64Array, from: number, length: number, place: number): number {
  if (data === scratch()) return from;
  scratch().set(data.subarray(from, from + length), place);
  return place;
}

/** From numbers to bytes. */
function packed(start: number, n: number, width: number, strip: number, next: number, step: number): Packed {
  const end = start + (roundUp(width, n) / width) * strip;
  return { start: 8 * start, end: 8 * end, strip: 8 * strip, next: 8 * next, step: 8 * step };
}

/** Strips of two vectors, interleaved: k of the first, k of the second, k + 1 of the first … Zeros fill up the last strip. */
function packPairs(data: Float64Array, start: number, next: number, step: number, n: number, count: number): void {
  const numbers = scratch();
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    // four strips at a time: if vectors are columns, numbers from the same cache line are read together
    let from = start + i * next;
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
  for (; i < n; i += NARROW) {
    const both = i + 1 < n;
    let from = start + i * next;
    let to = NARROW_START + i * count;
    for (let t = 0; t < count; t++, from += step, to += NARROW) {
      numbers[to] = data[from];
      numbers[to + 1] = both ? data[from + next] : 0;
    }
  }
}

/** Strips of eight vectors in the same way. */
function packEights(data: Float64Array, start: number, next: number, step: number, n: number, count: number): void {
  const numbers = scratch();
  let to = WIDE_START;
  for (let i = 0; i < n; i += WIDE) {
    let from = start + i * next;
    if (i + WIDE <= n) {
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
        for (let r = 0; r < WIDE; r++) numbers[to + r] = i + r < n ? data[from + r * next] : 0;
      }
    }
  }
}
