import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";

// Sums in the order of kernels/reduce.ts, to the bit: in a shard two running sums, of even and of odd terms.

const { f64x2, get, set } = wasm;

/**
 * run(x, y): y = the sums of `columns` columns over `rows` rows, which are one shard (up to 64), or with `shards` = 2 two full ones. Rows are rowBytes apart.
 * An odd number of columns reads and writes one too many.
 */
export function columnSums(rows: number, columns: number, rowBytes: number, shards: 1 | 2): KernelCode {
  const v = new Variables();
  const [x, y] = v.parameters(2);
  const [at, end, j] = v.locals(3);
  const half = (rows / shards) * rowBytes;
  /** Sums for so many pairs of columns at a time. */
  const group = (pairs: number): Code => {
    const sums = Array.from({ length: pairs }, () => v.locals(2 * shards, "v128"));
    const offsets = Array.from({ length: shards }, (_, s) => [s * half, s * half + rowBytes]).flat();
    const addRow = (index: number): Code =>
      sums.flatMap((of, p) =>
        set(of[index], f64x2.add(get(of[index]), wasm.loadPair(get(at), offsets[index] + 16 * p))),
      );
    const twoRows = offsets.flatMap((_, index) => addRow(index));
    const length = rows / shards;
    const even = length - (length % 2);
    const total = (of: (typeof sums)[number]): Code => {
      const first = f64x2.add(get(of[0]), get(of[1]));
      return shards === 1 ? first : f64x2.add(first, f64x2.add(get(of[2]), get(of[3])));
    };
    return [
      ...sums.flatMap((of) => of.flatMap((sum) => set(sum, f64x2.splat(wasm.number(0))))),
      ...set(at, wasm.i32.add(get(x), get(j))),
      ...set(end, wasm.i32.add(get(at), wasm.integer(even * rowBytes))),
      ...wasm.loopTo(at, get(end), 2 * rowBytes, twoRows),
      ...(length % 2 === 1 ? addRow(0) : []),
      ...sums.flatMap((of, p) => wasm.storePair(wasm.i32.add(get(y), get(j)), total(of), 16 * p)),
    ];
  };
  const pairs = Math.ceil(columns / 2);
  return v.kernel([
    ...set(j, wasm.integer(0)),
    ...wasm.loopTo(j, wasm.integer(16 * (pairs - (pairs % 2))), 32, group(2)),
    ...(pairs % 2 === 1 ? group(1) : []),
  ]);
}

/** run(x, y, rows): y_i = the sum of row i, of up to 64 numbers, rowBytes apart. */
export function rowSums(columns: number, rowBytes: number): KernelCode {
  const v = new Variables();
  const [x, y, rows] = v.parameters(3);
  const [sum] = v.locals(1, "v128");
  const [at, end] = v.locals(2);
  const even = columns - (columns % 2);
  const last = f64x2.add(get(sum), wasm.withLane(f64x2.splat(wasm.number(0)), 0, wasm.loadNumber(get(at))));
  return v.kernel(
    wasm.loopWhile(get(rows), [
      ...set(sum, f64x2.splat(wasm.number(0))),
      ...set(at, get(x)),
      ...set(end, wasm.i32.add(get(x), wasm.integer(8 * even))),
      ...wasm.loopTo(at, get(end), 16, set(sum, f64x2.add(get(sum), wasm.loadPair(get(at))))),
      ...(columns % 2 === 1 ? set(sum, last) : []),
      ...wasm.storeNumber(get(y), wasm.f64.add(wasm.lane(get(sum), 0), wasm.lane(get(sum), 1))),
      ...wasm.advance(x, wasm.integer(rowBytes)),
      ...wasm.advance(y, wasm.integer(8)),
      ...wasm.advance(rows, wasm.integer(-1)),
    ]),
  );
}

/** run(x, y, shards): the sums of squares of shards of 64 numbers, one after the other. */
export function squaresOfShards(): KernelCode {
  const v = new Variables();
  const [x, y, blocks] = v.parameters(3);
  const sums = v.locals(1, "v128");
  const [at, end] = v.locals(2);
  const [pair] = v.locals(1, "v128");
  return v.kernel(
    wasm.loopWhile(get(blocks), [
      ...set(sums[0], f64x2.splat(wasm.number(0))),
      ...set(at, get(x)),
      ...set(end, wasm.i32.add(get(x), wasm.integer(512))),
      ...wasm.loopTo(at, get(end), 16, [
        ...set(pair, wasm.loadPair(get(at))),
        ...set(sums[0], f64x2.add(get(sums[0]), f64x2.mul(get(pair), get(pair)))),
      ]),
      ...wasm.storeNumber(get(y), wasm.f64.add(wasm.lane(get(sums[0]), 0), wasm.lane(get(sums[0]), 1))),
      ...wasm.advance(x, wasm.integer(512)),
      ...wasm.advance(y, wasm.integer(8)),
      ...wasm.advance(blocks, wasm.integer(-1)),
    ]),
  );
}

/** run(rows, bytes, to, toStep, from, fromStep): copies rows of whole numbers, with `zero` as 0 + x. */
export function copyRows(zero: boolean): KernelCode {
  const v = new Variables();
  const [rows, bytes, to, toStep, from, fromStep] = v.parameters(6);
  const [at, end] = v.locals(2);
  const pairAt = wasm.loadPair(wasm.i32.add(get(from), get(at)));
  const numberAt = wasm.loadNumber(wasm.i32.add(get(from), get(at)));
  return v.kernel(
    wasm.loopWhile(get(rows), [
      ...set(at, wasm.integer(0)),
      ...set(end, wasm.i32.sub(get(bytes), wasm.integer(8))),
      ...wasm.loopTo(
        at,
        get(end),
        16,
        wasm.storePair(wasm.i32.add(get(to), get(at)), zero ? f64x2.add(f64x2.splat(wasm.number(0)), pairAt) : pairAt),
      ),
      ...wasm.when(
        wasm.i32.less(get(at), get(bytes)),
        wasm.storeNumber(wasm.i32.add(get(to), get(at)), zero ? wasm.f64.add(wasm.number(0), numberAt) : numberAt),
      ),
      ...wasm.advance(to, get(toStep)),
      ...wasm.advance(from, get(fromStep)),
      ...wasm.advance(rows, wasm.integer(-1)),
    ]),
  );
}
