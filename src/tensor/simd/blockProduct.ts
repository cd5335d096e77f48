import { blockProduct as plainBlockProduct } from "../kernels/blockProduct.ts";
import { tanhOfSumTwin } from "./affineMap.ts";
import { kernelOf } from "./elementwise.ts";
import { kernelModule, kernelsOf, LASTING_START, SCRATCH_SIZE, scratch, usesSimd } from "./machine.ts";
import { CHUNK, NARROW, runTiles, tilesKernel, WIDE } from "./tiles.ts";

// A sequential pass goes through hundreds of small products on the same arrays. They are kept in the scratch memory while it
// lasts, so that nothing is copied.

/**
 * Copies of arrays in the scratch memory, and behind them arrays of those lengths filled with zeros; null where there is no such memory,
 * or not enough. They last until the next call: whoever uses them must be done with them before anybody else can ask.
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

const blockProductModule = /*#__PURE__*/ kernelModule(() => ({
  pair: tilesKernel("add"),
  single: tilesKernel("add", 1),
}));

/** The plain `blockProduct`, to the bit, in WebAssembly if the three arrays are {@link lastingArrays} and N is a multiple of 8. */
export function blockProduct(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  M: number,
  K: number,
  N: number,
): void {
  const lasting = N % WIDE === 0 && c.buffer === scratch().buffer && w.buffer === c.buffer && h.buffer === c.buffer;
  const kernels = lasting ? kernelsOf(blockProductModule) : null;
  if (kernels === null) {
    plainBlockProduct(c, ic, w, iw, h, M, K, N);
    return;
  }
  c.fill(0, ic, ic + M * N);
  const start = c.byteOffset + 8 * ic;
  const rowBytes = 8 * N;
  const rowBytesOfW = 8 * K;
  const strip = NARROW * rowBytesOfW;
  for (let k = 0; k < K; k += CHUNK) {
    const count = Math.min(CHUNK, K - k);
    const from = h.byteOffset + k * rowBytes;
    const columnsOfH = { start: from, end: from + rowBytes, strip: 8 * WIDE, next: 8, step: rowBytes };
    // two rows of W at a time with all of H: W may be large, and each of its rows is needed once
    for (let i = 0; i < M; i += NARROW) {
      const at = w.byteOffset + 8 * (iw + i * K + k);
      const rowsOfW = { start: at, end: at + strip, strip, next: rowBytesOfW, step: 8 };
      runTiles(i + 1 < M ? kernels.pair : kernels.single, rowsOfW, columnsOfH, count, start + i * rowBytes, rowBytes);
    }
  }
}

/** next = tanh(h + b), b one number for each row, for rows from … to − 1 of [·, N]; false where plain loops have to serve. */
export function tanhOfRows(
  next: Float64Array,
  h: Float64Array,
  bias: Float64Array,
  from: number,
  to: number,
  N: number,
): boolean {
  const lasting =
    N % 2 === 0 && next.buffer === scratch().buffer && h.buffer === next.buffer && bias.buffer === next.buffer;
  const run = lasting ? kernelOf(tanhOfSumTwin, 2, 2) : null;
  if (run === null) return false;
  const at = 8 * from * N;
  run(to - from, 8 * N, next.byteOffset + at, h.byteOffset + at, 8 * N, bias.byteOffset + 8 * from, 8);
  return true;
}
