import { sumAxis } from "../kernels/reduce.ts";
import type { Tensor } from "../tensor.ts";
import { f64x2 } from "./assembler.ts";
import type { Band } from "./bands.ts";
import { FREE_START, roundUp } from "./packing.ts";
import { areLasting } from "./scratchCopies.ts";
import { addSimd, tanhGradientSimd } from "./simdArithmetic.ts";
import { tanh } from "./simdElementary.ts";
import { kernelOf, type SimdOp, simdOp } from "./simdElementwise.ts";
import { matmul, matmulThen } from "./simdMatmul.ts";
import { LASTING_START, scratch } from "./webAssembly.ts";

/** tanh(a + b) */
const tanhOfSumSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, a, b) => tanh(v, v.keep(f64x2.add(a, b))),
});

/**
 * y = x·Wᵀ + b, or tanh of it, with x [B, inputs], W [outputs, inputs]: bias and tanh are applied to each block of the product before
 * it leaves the scratch memory. False, and nothing done, if plain loops have to be used.
 */
export function affineMap(
  y: Float64Array,
  x: Float64Array,
  weight: Float64Array,
  bias: Float64Array,
  B: number,
  inputs: number,
  throughTanh: boolean,
  band?: Band,
): boolean {
  const run = kernelOf(throughTanh ? tanhOfSumSimd : addSimd, 2, 0);
  if (run === null) return false;
  const epilogue = (block: number, rows: number, rowBytes: number, first: number): void => {
    scratch().set(bias.subarray(first, first + rowBytes / 8), FREE_START);
    run(rows, rowBytes, block, block, rowBytes, 8 * FREE_START, 0);
  };
  return matmulThen(epilogue, y, x, weight, B, bias.length, inputs, band);
}

/** For fewer numbers the copies cost more than they save. */
const LEAST = 1024;
/** Where h begins, the cotangent of x·Wᵀ + b. */
const H: number = FREE_START;

/** Puts h = g, or g·(1 − y²) behind tanh, into the scratch memory. False, and nothing done, if the single ops have to be used. */
function storeCotangent(g: Float64Array, y: Float64Array | null): boolean {
  const size = g.length;
  const Y = H + roundUp(2, size);
  const run = size < LEAST || Y + size > LASTING_START ? null : kernelOf(tanhGradientSimd, 2, 0);
  if (run === null) return false;
  scratch().set(g, H);
  if (y === null) return true;
  scratch().set(y, Y);
  run(1, 8 * size, 8 * H, 8 * H, 0, 8 * Y, 0);
  return true;
}

/** Where the cotangents of the three operands of an affine map go; null for an x that has no use for it. */
interface AffineGradients {
  readonly x: Float64Array | null;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/**
 * hW, hᵀx, and h [B, outputs] summed over the batch, with h = g, or g·(1 − y²) behind tanh; false, and nothing done, if the single kernels have to be used.
 * The band of a masked weight [outputs, inputs] holds the rows in which its columns are not zero; hᵀx is left out elsewhere.
 */
export function affineMapGradients(
  to: AffineGradients,
  g: Float64Array,
  y: Float64Array | null,
  x: Tensor,
  weight: Float64Array,
  outputs: number,
  band?: Band,
): boolean {
  if (!storeCotangent(g, y)) return false;
  const [B, inputs] = x.shape;
  const numbers = scratch();
  sumAxis(numbers.subarray(H, H + B * outputs), [B, outputs], 0, to.bias);
  matmul(to.weight, numbers, x.data, outputs, inputs, B, "TN", 0, H, 0, band);
  if (to.x !== null) matmul(to.x, numbers, weight, B, inputs, outputs, "NN", 0, H, 0, band);
  return true;
}

/**
 * next = tanh(h + b), b one number for each row, for rows from … to − 1 of [·, N]; false, and nothing done, unless they are
 * lasting arrays and N is even.
 */
export function tanhOfRows(
  next: Float64Array,
  h: Float64Array,
  bias: Float64Array,
  from: number,
  to: number,
  N: number,
): boolean {
  const run = N % 2 === 0 && areLasting(next, h, bias) ? kernelOf(tanhOfSumSimd, 2, 2) : null;
  if (run === null) return false;
  const at = 8 * from * N;
  run(to - from, 8 * N, next.byteOffset + at, h.byteOffset + at, 8 * N, bias.byteOffset + 8 * from, 8);
  return true;
}
