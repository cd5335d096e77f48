import type { Block } from "../kernels/block.ts";
import { LASTING_START, scratch, usesSimd } from "./machine.ts";
import { FREE_START } from "./packing.ts";

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
