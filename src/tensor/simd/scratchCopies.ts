import type { Block } from "../kernels/block.ts";
import { FREE_START } from "./packing.ts";
import { LASTING_START, SCRATCH_SIZE, scratch, usesSimd } from "./webAssembly.ts";

/** Below so many numbers a factorisation is not worth a copy. */
const LEAST = 1024;

/**
 * f(A) with a copy of a row-major A in the scratch memory, where kernels work on blocks of it without copying them; afterwards the
 * copy is copied back to A. If A does not fit, or there are no kernels, f works on A itself.
 */
export function inScratch<Result>(A: Block, f: (A: Block) => Result): Result {
  const { data, start, rows, columns, rowStride } = A;
  // rows a multiple of 4 kB apart would share cache lines: LU of n = 512 takes 5.5 ms instead of 6.9
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

/** Whether the rows of a block are in the scratch memory, so that kernels can work on them without a copy. */
export function isInScratch(A: Block): boolean {
  return A.data === scratch() && A.columnStride === 1;
}

/** Arrays that stay in the scratch memory for a whole pass. */
export interface LastingArrays {
  /** Copies of what does not change. */
  readonly copies: readonly Float64Array[];
  /** Arrays of zeros of the lengths that were asked for. */
  readonly zeros: readonly Float64Array[];
}

/** Whether the memory of lasting arrays is lent: it serves one pass at a time. */
let lent = false;

/**
 * f with lasting arrays: copies of arrays in the scratch memory, and behind them arrays of zeros of those lengths. A sequential pass
 * computes hundreds of small products of the same arrays, which are copied only once this way. f gets null if there is no such memory, not
 * enough, or if a pass around this one has it: an element of your own may sample from another flow on the way.
 */
export function withLastingArrays<Result>(
  constants: readonly Float64Array[],
  lengths: readonly number[],
  f: (arrays: LastingArrays | null) => Result,
): Result {
  const arrays = lent ? null : lastingArrays(constants, lengths);
  if (arrays === null) return f(null);
  lent = true;
  try {
    return f(arrays);
  } finally {
    lent = false;
  }
}

function lastingArrays(constants: readonly Float64Array[], lengths: readonly number[]): LastingArrays | null {
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

/** Whether all of them lie in the scratch memory. */
export function areLasting(...arrays: readonly Float64Array[]): boolean {
  return arrays.every(({ buffer }) => buffer === scratch().buffer);
}
