import { CHUNK } from "../kernels/matrixProduct.ts";
import { NARROW, type Side, WIDE } from "./tiles.ts";
import { scratch } from "./webAssembly.ts";

// How the operands of a product come into the scratch memory, and the result out of it.

/** A block of C has at most so many rows on the narrow side, whose vectors take 256 kB when packed … */
export const NARROW_BLOCK = 128;
/** … and so many on the wide side, whose vectors take 1 MB. */
export const WIDE_BLOCK = 512;

// where the packed vectors of both sides lie in the scratch memory, in numbers, and behind them the block of C
const NARROW_START = 0;
const WIDE_START: number = NARROW_START + NARROW_BLOCK * CHUNK;
/** Where a block of C lies that is copied. */
export const C_START: number = WIDE_START + WIDE_BLOCK * CHUNK;
/** Behind it lies what an epilogue needs, or a matrix that stays for a while: never both. */
export const FREE_START: number = C_START + NARROW_BLOCK * WIDE_BLOCK;

/** Vectors in an array, such as the rows of A or of C: number k of vector i is data[start + i·next + k·step]. */
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
  if (way === "out" && step === 1 && next === columns && columns === rowLength) {
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

/**
 * n vectors of the narrow side, from k to k + count, ready in the scratch memory. Whole rows of a matrix are copied as they are, or
 * stay where they are if they are there; so do the columns of a matrix that has few. Anything else is packed, number by number.
 */
export function layNarrow(
  { data, start, next, step }: Vectors,
  first: number,
  n: number,
  k: number,
  count: number,
): Side {
  const from = start + first * next + k * step;
  const rows = step === 1 && (next === count || (next > 0 && data === scratch()));
  if (rows || areFewColumns(next, step, n)) {
    return sideOf(placeOf(data, from, n * count, NARROW_START), n, NARROW, NARROW * next, next, step);
  }
  packNarrow(data, from, next, step, n, count);
  return sideOf(NARROW_START, n, NARROW, NARROW * count, 1, NARROW);
}

/** The same for the wide side, whose vectors must lie side by side. */
export function layWide(
  { data, start, next, step }: Vectors,
  first: number,
  n: number,
  k: number,
  count: number,
): Side {
  const from = start + first * next + k * step;
  if (areFewColumns(next, step, n)) {
    return sideOf(placeOf(data, from, n * count, WIDE_START), n, WIDE, WIDE, 1, n);
  }
  packWide(data, from, next, step, n, count);
  return sideOf(WIDE_START, n, WIDE, WIDE * count, 1, WIDE);
}

/** Whether these are all the columns of a matrix, and few: in a wide one, numbers that are read together would meet in the cache. */
function areFewColumns(next: number, step: number, n: number): boolean {
  return next === 1 && step === n && n <= 64;
}

/** Where in the scratch memory these numbers lie: where they are, or else at that place, after a copy. */
function placeOf(data: Float64Array, from: number, length: number, place: number): number {
  if (data === scratch()) return from;
  scratch().set(data.subarray(from, from + length), place);
  return place;
}

/** From numbers to bytes. */
function sideOf(start: number, n: number, width: number, strip: number, next: number, step: number): Side {
  const end = start + (paddedTo(width, n) / width) * strip;
  return { start: 8 * start, end: 8 * end, strip: 8 * strip, next: 8 * next, step: 8 * step };
}

/** Strips of two vectors, number by number: k of the first, k of the second, k + 1 of the first … Zeros fill up the last strip. */
function packNarrow(data: Float64Array, start: number, next: number, step: number, n: number, count: number): void {
  const numbers = scratch();
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    // four strips at a time: what lies side by side is read together when vectors are columns
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
function packWide(data: Float64Array, start: number, next: number, step: number, n: number, count: number): void {
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
