import { SHARD } from "../kernels/shards.ts";
import { type KnotMap, rawPerCoordinate, type SplineColumns, type SplineFrame } from "../kernels/splineKnots.ts";
import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { expSimd } from "./simdElementary.ts";
import { kernelOf } from "./simdElementwise.ts";
import { Variables } from "./variables.ts";
import { type Kernel, kernelModule, kernelsOf, LASTING_START, scratch } from "./webAssembly.ts";

// The loops of kernels/splineKnots.ts, two lanes at a time: the same operations in the same order, and so the same bits. All columns of shares
// lie in the scratch memory, columns of knots behind them, and the rows of raw numbers behind those.

const { add, div, equal, larger, mul, neg, sub } = wasm.f64x2;
const { get, set, advance, integer, loadPair, loadSplat, storePair, loopTo, loopWhile } = wasm;

/** Where numbers lie that all lanes share: the scales of widths and heights, left, right, and the least places of inner knots. */
const [SCALES, LEFT, RIGHT, LEAST]: readonly number[] = [0, 2, 3, 4];
const SHARES = 512;
/** A total of more shares is a sum of shards (kernels/shards.ts), which the kernel does not take. */
const MOST_BINS: number = SHARD;
/** For fewer shares the plain loops are as fast. */
const FEWEST_SHARES = 64;

/** run(rows, rowBytes, coordinateBytes, K, raw, shares, columnBytes): shares = raw − the greatest of lane and side. */
function logSharesKernel(): KernelCode {
  const v = new Variables();
  const [rows, rowBytes, end, K, raw, shares, columnBytes] = v.parameters(7);
  const [at, k, from, first, to] = v.locals(5);
  const [m, x] = v.locals(2, "v128");
  const zero = v.constant(0);
  const side = [
    ...set(first, get(from)),
    ...set(m, loadPair(get(from))),
    ...set(k, get(K)),
    ...loopWhile(get(k), [
      ...set(m, larger(get(m), loadPair(get(from)))),
      ...advance(from, get(end)),
      ...advance(k, integer(-1)),
    ]),
    ...set(from, get(first)),
    ...set(k, get(K)),
    ...loopWhile(get(k), [
      ...set(x, loadPair(get(from))),
      ...storePair(get(to), wasm.select(equal(get(x), get(m)), zero, sub(get(x), get(m)))),
      ...advance(from, get(end)),
      ...advance(to, get(columnBytes)),
      ...advance(k, integer(-1)),
    ]),
  ];
  return v.kernel(
    loopWhile(get(rows), [
      ...set(at, integer(0)),
      ...loopTo(at, get(end), 16, [
        ...set(from, wasm.i32.add(get(raw), get(at))),
        ...set(to, wasm.i32.add(get(shares), get(at))),
        ...side,
        ...side,
      ]),
      ...advance(raw, get(rowBytes)),
      ...advance(shares, get(end)),
      ...advance(rows, integer(-1)),
    ]),
  );
}

/** run(laneBytes, K, shares, knots, columnBytes): exponentials become shares, and their sums knots. */
function knotsKernel(): KernelCode {
  const v = new Variables();
  const [end, K, shares, knots, columnBytes] = v.parameters(5);
  const [at, k, share, first, knot, least] = v.locals(6);
  const [even, odd, total, sum] = v.locals(4, "v128");
  const next = [...advance(share, get(columnBytes)), ...advance(knot, get(columnBytes))];
  const side = (scale: number): Code => [
    ...set(first, get(share)),
    ...set(even, v.constant(0)),
    ...set(odd, v.constant(0)),
    ...set(k, get(K)),
    ...loopWhile(wasm.i32.less(integer(1), get(k)), [
      ...set(even, add(get(even), loadPair(get(share)))),
      ...advance(share, get(columnBytes)),
      ...set(odd, add(get(odd), loadPair(get(share)))),
      ...advance(share, get(columnBytes)),
      ...advance(k, integer(-2)),
    ]),
    ...wasm.when(get(k), set(even, add(get(even), loadPair(get(share))))),
    ...set(total, add(get(even), get(odd))),
    ...set(share, get(first)),
    ...set(sum, v.constant(0)),
    ...storePair(get(knot), loadSplat(integer(0), 8 * LEFT)),
    ...advance(knot, get(columnBytes)),
    ...set(k, wasm.i32.sub(get(K), integer(1))),
    ...loopWhile(get(k), [
      ...storePair(get(share), div(loadPair(get(share)), get(total))),
      ...set(sum, add(get(sum), loadPair(get(share)))),
      ...storePair(get(knot), add(mul(get(sum), loadSplat(integer(0), 8 * scale)), loadSplat(get(least)))),
      ...next,
      ...advance(least, integer(8)),
      ...advance(k, integer(-1)),
    ]),
    ...storePair(get(share), div(loadPair(get(share)), get(total))),
    ...storePair(get(knot), loadSplat(integer(0), 8 * RIGHT)),
    ...next,
  ];
  return v.kernel(
    loopTo(at, get(end), 16, [
      ...set(share, wasm.i32.add(get(shares), get(at))),
      ...set(knot, wasm.i32.add(get(knots), get(at))),
      ...set(least, integer(8 * LEAST)), // those of heights follow those of widths
      ...side(SCALES),
      ...side(SCALES + 1),
    ]),
  );
}

/** run(laneBytes, K, shares, gKnots, columnBytes): shares become the cotangents of their raw numbers. */
function pullKernel(): KernelCode {
  const v = new Variables();
  const [end, K, shares, gKnots, columnBytes] = v.parameters(5);
  const [at, k, share, knot] = v.locals(4);
  const [beyond, inner, g] = v.locals(3, "v128");
  const zero = v.constant(0);
  /** g·d, and 0 where g is 0 */
  const strong = (d: Code): Code => wasm.select(equal(get(g), zero), zero, mul(get(g), d));
  const innerBins = wasm.i32.sub(get(K), integer(1));
  const back = wasm.i32.sub(integer(0), get(columnBytes));
  const side = (scale: number): Code => [
    ...set(beyond, zero),
    ...set(inner, zero),
    ...advance(share, wasm.i32.mul(innerBins, get(columnBytes))),
    ...advance(knot, wasm.i32.mul(get(K), get(columnBytes))),
    ...set(k, innerBins),
    ...loopWhile(get(k), [
      ...advance(share, back),
      ...advance(knot, back),
      ...set(beyond, add(get(beyond), mul(loadSplat(integer(0), 8 * scale), loadPair(get(knot))))),
      ...storePair(get(knot), get(beyond)),
      ...set(g, get(beyond)),
      ...set(inner, add(get(inner), strong(loadPair(get(share))))),
      ...advance(k, integer(-1)),
    ]),
    ...set(k, innerBins),
    ...loopWhile(get(k), [
      ...set(g, sub(loadPair(get(knot)), get(inner))),
      ...storePair(get(share), strong(loadPair(get(share)))),
      ...advance(share, get(columnBytes)),
      ...advance(knot, get(columnBytes)),
      ...advance(k, integer(-1)),
    ]),
    ...set(g, neg(get(inner))),
    ...storePair(get(share), strong(loadPair(get(share)))),
    ...advance(share, get(columnBytes)),
    ...advance(knot, get(columnBytes)),
  ];
  return v.kernel(
    loopTo(at, get(end), 16, [
      ...set(share, wasm.i32.add(get(shares), get(at))),
      ...set(knot, wasm.i32.add(get(gKnots), get(at))),
      ...side(SCALES),
      ...side(SCALES + 1),
    ]),
  );
}

const splineModule = /*#__PURE__*/ kernelModule(() => ({
  logShares: logSharesKernel(),
  knots: knotsKernel(),
  pull: pullKernel(),
}));

/** The kernels, with the numbers that all lanes share in place; null if the plain loops have to be used. */
function kernelsFor(
  { bins: K, left, right }: SplineFrame,
  [x, y]: readonly [KnotMap, KnotMap],
  size: number,
): Readonly<Record<string, Kernel>> | null {
  if (K > MOST_BINS || size < FEWEST_SHARES || SHARES + 6 * size > LASTING_START) return null;
  const kernels = kernelsOf(splineModule);
  if (kernels !== null) scratch().set([x.scale, y.scale, left, right, ...x.least, ...y.least], SCALES);
  return kernels;
}

/** `logShares`, exponentials and `knotsOfShares` in one; shares are kept if there is room for them. False, and nothing done, if the plain loops have to be used. */
export function knotsByVectors(
  raw: Float64Array,
  firstRow: number,
  rows: number,
  E: number,
  frame: SplineFrame,
  maps: readonly [x: KnotMap, y: KnotMap],
  stride: number,
  shares: Float64Array | null,
  knots: Float64Array,
): boolean {
  const K = frame.bins;
  const size = 2 * K * stride;
  const kernels = kernelsFor(frame, maps, size);
  const exp = kernelOf(expSimd, 1, 0);
  if (kernels === null || exp === null) return false;
  const KNOTS = SHARES + size;
  const RAW = KNOTS + knots.length;
  const row = rawPerCoordinate(frame) * E;
  scratch().set(raw.subarray(firstRow * row, (firstRow + rows) * row), RAW);
  kernels.logShares(rows, 8 * row, 8 * E, K, 8 * RAW, 8 * SHARES, 8 * stride);
  exp(1, 8 * size, 8 * SHARES, 8 * SHARES, 0);
  kernels.knots(8 * rows * E, K, 8 * SHARES, 8 * KNOTS, 8 * stride);
  knots.set(scratch().subarray(KNOTS, RAW));
  shares?.set(scratch().subarray(SHARES, KNOTS));
  return true;
}

/** `pullKnots`. False, and nothing done, if the plain loops have to be used. */
export function pullKnotsByVectors(
  { columns: gKnots, stride }: SplineColumns,
  shares: Float64Array,
  firstRow: number,
  rows: number,
  E: number,
  frame: SplineFrame,
  maps: readonly [x: KnotMap, y: KnotMap],
  gRaw: Float64Array,
): boolean {
  const K = frame.bins;
  const kernels = kernelsFor(frame, maps, shares.length);
  if (kernels === null) return false;
  const KNOTS = SHARES + shares.length;
  scratch().set(shares, SHARES);
  scratch().set(gKnots, KNOTS);
  kernels.pull(8 * rows * E, K, 8 * SHARES, 8 * KNOTS, 8 * stride);
  const row = rawPerCoordinate(frame) * E;
  const numbers = scratch();
  for (let r = 0; r < rows; r++) {
    const to = (firstRow + r) * row;
    for (let k = 0, from = SHARES + r * E; k < 2 * K; k++, from += stride) {
      for (let e = 0; e < E; e++) gRaw[to + k * E + e] = numbers[from + e];
    }
  }
  return true;
}
