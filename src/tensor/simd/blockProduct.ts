import { blockProduct as plainBlockProduct } from "../kernels/blockProduct.ts";
import { tanhOfSumTwin } from "./affineMap.ts";
import {
  advance,
  type Code,
  f64x2,
  get,
  i32,
  integer,
  type KernelCode,
  type Local,
  loadPair,
  loadSplat,
  loopTo,
  number,
  set,
  storePair,
} from "./assembler.ts";
import { kernelOf } from "./elementwise.ts";
import { kernelModule, kernelsOf, LASTING_START, SCRATCH_SIZE, scratch, usesSimd } from "./machine.ts";
import { CHUNK, WIDE } from "./tiles.ts";
import { Variables } from "./variables.ts";

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

const ROWS = 2;

/**
 * pairs(c, w, h, cEnd, wRowBytes, count, rowBytes), single(…): C ← C + W·H over one chunk of k, two rows of C times eight columns at a
 * time, or one row. Rows of W are wRowBytes long, those of C and H rowBytes.
 */
function blockProductKernel(rowsTogether: number): KernelCode {
  const v = new Variables();
  const [c, w, h, cEnd] = v.parameters(4);
  const [wRowBytes, count, rowBytes] = v.parameters(3);
  const [atW, atH, to, k, columns] = v.locals(5);
  const sums = Array.from({ length: rowsTogether }, () => v.locals(WIDE / 2, "v128"));
  const vectors = v.locals(WIDE / 2, "v128");
  const [factor] = v.locals(1, "v128");
  const rowOf = (address: Local, bytes: Local, i: number): Code =>
    i === 0 ? get(address) : i32.add(get(address), get(bytes));

  const step: Code = [
    ...vectors.flatMap((vector, j) => set(vector, loadPair(get(atH), 16 * j))),
    ...sums.flatMap((row, i) => [
      ...set(factor, loadSplat(rowOf(atW, wRowBytes, i))),
      ...row.flatMap((sum, j) => set(sum, f64x2.add(get(sum), f64x2.mul(get(factor), get(vectors[j]))))),
    ]),
    ...advance(atW, integer(8)),
    ...advance(atH, get(rowBytes)),
  ];
  const tile: Code = [
    ...sums.flat().flatMap((sum) => set(sum, f64x2.splat(number(0)))),
    ...set(atW, get(w)),
    ...set(atH, i32.add(get(h), get(columns))),
    ...set(to, i32.add(get(c), get(columns))),
    ...set(k, integer(0)),
    ...loopTo(k, get(count), 1, step),
    ...sums.flatMap((row, i) =>
      row.flatMap((sum, j) => {
        const place = rowOf(to, rowBytes, i);
        return storePair(place, f64x2.add(loadPair(place, 16 * j), get(sum)), 16 * j);
      }),
    ),
  ];
  const together = integer(rowsTogether);
  return v.kernel(
    loopTo(c, get(cEnd), 0, [
      ...set(columns, integer(0)),
      ...loopTo(columns, get(rowBytes), 8 * WIDE, tile),
      ...advance(w, i32.mul(together, get(wRowBytes))),
      ...advance(c, i32.mul(together, get(rowBytes))),
    ]),
  );
}

const blockProductModule = /*#__PURE__*/ kernelModule(() => ({
  pairs: blockProductKernel(ROWS),
  single: blockProductKernel(1),
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
  const even = M - (M % ROWS);
  const rowBytes = 8 * N;
  for (let k = 0; k < K; k += CHUNK) {
    const count = Math.min(CHUNK, K - k);
    const from = w.byteOffset + 8 * (iw + k);
    const rows = h.byteOffset + k * rowBytes;
    kernels.pairs(start, from, rows, start + even * rowBytes, 8 * K, count, rowBytes);
    if (even < M)
      kernels.single(start + even * rowBytes, from + 8 * even * K, rows, start + M * rowBytes, 8 * K, count, rowBytes);
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
