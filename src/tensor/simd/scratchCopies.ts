import type { Block } from "../kernels/block.ts";
import { FREE_START } from "./packing.ts";
import { LASTING_START, SCRATCH_SIZE, scratch, usesSimd } from "./webAssembly.ts";

/** Below so many numbers a factorisation is not worth a copy. */
const LEAST = 1024;

/**
 * f(A) with a row-major A in the scratch memory, where kernels work on blocks of it without copying them; A is what f leaves there.
 * Where A does not fit, or there are no kernels, f works on A itself. A block in the scratch memory is known by its array.
 */
export function inScratch<Result>(A: Block, f: (A: Block) => Result): Result {
  const { data, start, rows, columns, rowStride } = A;
  // rows a multiple of 4 kB apart would all want the same lines of the cache: LU of n = 512 takes 5.5 ms instead of 6.9
  const stride = columns % 64 === 0 ? columns + 8 : columns;
  if (rows * columns < LEAST || rows * stride > LASTING_START - FREE_START) return f(A);
  if (A.columnStride !== 1 || !usesSimd()) return f(A);
  const numbers = scratch();
  for (let i = 0; i < rows; i++) {
    const from = start + i * rowStride;
    numbers.set(data.subarray(from, from + columns), FREE_START + i * stride);
  }
  const result = f({ data: numbers, start: FREE_START, rows, columns, rowStride: stride, columnStride: 1 });
  for (let i = 0; i < rows; i++) {
    const from = FREE_START + i * stride;
    data.set(numbers.subarray(from, from + columns), start + i * rowStride);
  }
  return result;
}

/** Whether kernels can work on the rows of a block where it is. */
export function isResident(A: Block): boolean {
  return A.data === scratch() && A.columnStride === 1;
}

/**
 * Copies of arrays in the scratch memory, and behind them arrays of those lengths filled with zeros; null where there is no such memory,
 * or not enough. A sequential pass goes through hundreds of small products on the same arrays, of which none is copied then. They last until
 * the next call: whoever uses them must be done with them before anybody else can ask.
 */
export function lastingArrays(
  constants: readonly Float64Array[],
  lengths: readonly number[],
): { copies: readonly Float64Array[]; zeros: readonly Float64Array[] } | null {
  const all = [...constants.map(({ length }) => length), ...lengths];
  const starts = [LASTING_START];
  for (const length of all) starts.push(starts[starts.length - 1] + length + (length % 2));
  if (starts[all.length] > SCRATCH_SIZE || !usesSimd()) return null;
  const arrays = all.map((length, k) => scratch().subarray(starts[k], starts[k] + length));
  const zeros = arrays.slice(constants.length);
  constants.forEach((values, k) => {
    arrays[k].set(values);
  });
  for (const array of zeros) array.fill(0);
  return { copies: arrays.slice(0, constants.length), zeros };
}

/** Whether all of them are {@link lastingArrays}. */
export function areLasting(...arrays: readonly Float64Array[]): boolean {
  return arrays.every(({ buffer }) => buffer === scratch().buffer);
}
