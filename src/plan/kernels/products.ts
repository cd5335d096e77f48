import { CHUNK } from "../../tensor/kernels/matrixProduct.ts";
import { leftHalf, SHARD } from "../../tensor/kernels/shards.ts";
import type { Band } from "../../tensor/simd/bands.ts";
import { packColumns, packRows, shapedProduct } from "../../tensor/simd/shapedProduct.ts";
import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import { type SimdOp, simdOp } from "../../tensor/simd/simdElementwise.ts";
import { asMatrix, type Emitter, type Place } from "../emitter.ts";

// M, N rows and columns of the result, K terms of each of its sums

/** As many columns as a tile has at most. */
export const STRIP = 8;

/** An operand whose vectors are rows of C: number k of vector i is at + i·next + k·step. */
export interface Left {
  readonly at: number;
  readonly next: number;
  readonly step: number;
}

/** The other: number k of column j of strip s is at + s·strip + 8j + k·step. */
export interface Right {
  readonly at: number;
  readonly strip: number;
  readonly step: number;
}

/** What one kernel call does of a product, in strips from `first` to `end` − 1 (the last may be narrower). */
interface Part {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly onto: boolean;
  readonly firstStrip: number;
  readonly endStrip: number;
}

/** C = (or +=) A·B for up to a chunk of terms. Narrow strips come first: of an odd number of columns they write one too many. */
function multiply(emit: Emitter, c: Place, a: Left, b: Right, { M, N, K, onto, firstStrip, endStrip }: Part): void {
  const whole = Math.min(endStrip, Math.floor(N / STRIP));
  const write = (strip: number, strips: number, pairs: number): void => {
    const most = pairs === 4 || pairs === 3 ? 2 : pairs === 2 ? 4 : 8;
    const unroll = K % 4 === 0 ? 4 : K % 2 === 0 ? 2 : 1;
    for (let i = 0; i < M; ) {
      const rows = M - i >= most ? most : 1;
      const count = rows === 1 ? M - i : M - (M % most);
      const odd = onto && strip === whole && N % 2 === 1;
      const steps = {
        nextA: a.next,
        stepA: a.step,
        stepB: b.step,
        rowBytes: c.rowBytes,
        rows,
        pairs,
        unroll,
        onto,
        odd,
      };
      const name = `product ${Object.values(steps).join()}`;
      const [atA, atC] = [a.at + i * a.next, c.at + i * c.rowBytes + 64 * strip];
      const kernel = (): ReturnType<typeof shapedProduct> => shapedProduct(steps);
      emit.call(name, kernel, atA, count * a.next, b.at + strip * b.strip, b.strip, strips, atC, K * b.step);
      i += count;
    }
  };
  if (endStrip > whole) write(whole, 1, Math.ceil((N % STRIP) / 2));
  if (whole > firstStrip) write(firstStrip, whole - firstStrip, 4);
}

/** A block of rows of A is about so large, in bytes: it stays in the cache while all strips are computed. */
const BLOCK_BYTES = 64 * 1024;

/** How many rows are computed at a time. */
export function rowsOfBlock(M: number, K: number): number {
  return Math.min(M, Math.max(16, 8 * Math.floor(BLOCK_BYTES / (64 * Math.min(K, CHUNK)))));
}

/**
 * C = A·B, chunk after chunk of its terms, as `matmul` adds them, block after block of its rows: `then` is told the rows of each when they are done. What a band leaves out of
 * the terms is left out.
 */
export function product(
  emit: Emitter,
  c: (row: number) => Place,
  a: Left,
  b: Right,
  [M, N, K]: readonly [number, number, number],
  band?: Band,
  then?: (row: number, rows: number) => void,
): void {
  const height = rowsOfBlock(M, K);
  const strips = Math.ceil(N / STRIP);
  for (let row = 0; row < M; row += height) {
    const rows = Math.min(height, M - row);
    const left = { ...a, at: a.at + row * a.next };
    if (band === undefined) terms(emit, c(row), left, b, [rows, N, 0, K], [0, strips]);
    else {
      for (let s = strips - 1; s >= 0; s--)
        terms(emit, c(row), left, b, [rows, N, band.first[s], band.end[s]], [s, s + 1]);
    }
    then?.(row, rows);
  }
}

/** The terms from … end − 1 of those strips, chunk by chunk. */
function terms(
  emit: Emitter,
  c: Place,
  a: Left,
  b: Right,
  [M, N, from, end]: readonly [number, number, number, number],
  [firstStrip, endStrip]: readonly [number, number],
): void {
  if (from === end) {
    const columns = Math.min(STRIP, N - STRIP * firstStrip);
    emit.map(zeroSimd, M, columns, { ...c, at: c.at + 64 * firstStrip }, asMatrix(c));
    return;
  }
  let onto = false;
  for (let k = from - (from % CHUNK); k < end; k += CHUNK) {
    const [first, last] = [Math.max(k, from), Math.min(k + CHUNK, end)];
    const left = { ...a, at: a.at + first * a.step };
    const right = { ...b, at: b.at + first * b.step };
    multiply(emit, c, left, right, { M, N, K: last - first, onto, firstStrip, endStrip });
    onto = true;
  }
}

/** +0, whatever x is. */
export const zeroSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v) => v.constant(0) });

/** Whether a sum over `count` terms, equally many of each of the rows, is the sum of those of its pieces of 64·2ᵏ rows, added as shards are. */
export function inShardsOf(rows: number, count: number): boolean {
  const each = count / rows;
  return Number.isInteger(each) && (each & (each - 1)) === 0;
}

/** How many arrays a sum over shards needs beside the result. */
export function levelsOf(count: number): number {
  let levels = 0;
  for (let rest = count; rest > SHARD; rest = leftHalf(rest)) levels++;
  return levels;
}

/**
 * The sum over rows in the order of kernels/shards.ts: `term` writes what the rows first … first + count − 1, up to 64, add to it; `both`, if there is one, what two full shards do.
 * `temporary` are as many other places as {@link levelsOf} says.
 */
export function sumOverRows(
  count: number,
  to: number,
  temporary: readonly number[],
  term: (first: number, count: number, to: number) => void,
  add: (to: number, other: number) => void,
  both?: (first: number, to: number) => void,
  first = 0,
): void {
  if (count <= SHARD) term(first, count, to);
  else if (count === 2 * SHARD && both) both(first, to);
  else {
    const left = leftHalf(count);
    const [other, ...rest] = temporary;
    sumOverRows(left, to, temporary, term, add, both, first);
    sumOverRows(count - left, other, rest, term, add, both, first + left);
    add(to, other);
  }
}

/** C [M, N] = Aᵀ·B, sums over K rows in shards, and in the order of `matmul`. `rows`, if given, are those of C that are wanted in each strip of columns. */
export function productOverRows(
  emit: Emitter,
  to: number,
  temporary: readonly number[],
  a: Left,
  b: Right,
  [M, N, K]: readonly [number, number, number],
  rows?: Band,
): void {
  const strips = Math.ceil(N / STRIP);
  const part = (first: number, count: number, at: number, onto: boolean): void => {
    const left = { ...a, at: a.at + first * a.step };
    const right = { ...b, at: b.at + first * b.step };
    if (rows === undefined) {
      const all = { M, N, K: count, onto, firstStrip: 0, endStrip: strips };
      multiply(emit, { at, rowBytes: 8 * N }, left, right, all);
      return;
    }
    for (let s = strips - 1; s >= 0; s--) {
      const from = rows.first[s] & ~1;
      const wanted = Math.min(M, (rows.end[s] + 1) & ~1) - from;
      const place = { at: at + 8 * N * from, rowBytes: 8 * N };
      const some = { M: wanted, N, K: count, onto, firstStrip: s, endStrip: s + 1 };
      if (wanted > 0) multiply(emit, place, { ...left, at: left.at + from * a.next }, right, some);
    }
  };
  const flat = (at: number): Place => ({ at, rowBytes: 8 * M * N });
  sumOverRows(
    K,
    to,
    temporary,
    (first, count, at) => part(first, count, at, false),
    (at, other) => emit.map(addSimd, 1, M * N, flat(at), asMatrix(flat(at)), asMatrix(flat(other))),
    // a row of odd length ends in a number too many, which is part of the next: nothing may be added to it there
    N % 2 === 1
      ? undefined
      : (first, at) => {
          part(first, SHARD, at, false);
          part(first + SHARD, SHARD, at, true);
        },
  );
}

/** So many numbers are an operand of `count` terms in packed strips. */
export function packedSize(N: number, count: number): number {
  return STRIP * (count + 1) * Math.ceil(N / STRIP);
}

/** Packs N vectors that are rows, or columns, of a matrix: a right operand. */
export function pack(
  emit: Emitter,
  to: number,
  from: Place,
  N: number,
  count: number,
  vectors: "rows" | "columns",
): Right {
  const strip = 64 * count;
  for (let s = 0; s < Math.ceil(N / STRIP); s++) {
    const name = `pack ${vectors} ${from.rowBytes},${count}`;
    const write = (): ReturnType<typeof packRows> =>
      vectors === "rows" ? packRows(from.rowBytes, count) : packColumns(from.rowBytes, count);
    emit.call(name, write, to + s * strip, from.at + s * STRIP * (vectors === "rows" ? from.rowBytes : 8));
  }
  return { at: to, strip, step: 64 };
}
