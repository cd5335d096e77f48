import { addTwin } from "./arithmetic.ts";
import { f64x2 } from "./assembler.ts";
import { tanh } from "./elementary.ts";
import { kernelOf, type Twin, twin } from "./elementwise.ts";
import { scratch } from "./machine.ts";
import { FREE_START } from "./packing.ts";
import { matmulThen } from "./product.ts";
import { areLasting } from "./resident.ts";

/** tanh(a + b) */
const tanhOfSumTwin: Twin = /*#__PURE__*/ twin({ value: (v, a, b) => tanh(v, v.keep(f64x2.add(a, b))) });

/**
 * y = x·Wᵀ + b, or tanh of it, with x [B, inputs], W [outputs, inputs]: bias and tanh are applied to each block of the product before
 * it leaves the scratch memory. False, and nothing done, where plain loops have to serve.
 */
export function affineMap(
  y: Float64Array,
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  B: number,
  inputs: number,
  throughTanh: boolean,
): boolean {
  const run = kernelOf(throughTanh ? tanhOfSumTwin : addTwin, 2, 0);
  if (run === null) return false;
  const epilogue = (block: number, rows: number, rowBytes: number, first: number): void => {
    scratch().set(bias.subarray(first, first + rowBytes / 8), FREE_START);
    run(rows, rowBytes, block, block, rowBytes, 8 * FREE_START, 0);
  };
  return matmulThen(epilogue, y, x, weight, B, bias.length, inputs);
}

/** next = tanh(h + b), b one number for each row, for rows from … to − 1 of [·, N]; false, and nothing done, unless they are `lastingArrays` and N is even. */
export function tanhOfRows(
  next: Float64Array,
  h: Float64Array,
  bias: Float64Array,
  from: number,
  to: number,
  N: number,
): boolean {
  const run = N % 2 === 0 && areLasting(next, h, bias) ? kernelOf(tanhOfSumTwin, 2, 2) : null;
  if (run === null) return false;
  const at = 8 * from * N;
  run(to - from, 8 * N, next.byteOffset + at, h.byteOffset + at, 8 * N, bias.byteOffset + 8 * from, 8);
  return true;
}
