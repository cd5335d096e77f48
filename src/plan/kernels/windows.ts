import type { Geometry } from "../../tensor/kernels/convolution.ts";
import type { Stretch } from "../../tensor/simd/walkedProduct.ts";
import { walkedProduct } from "../../tensor/simd/walkedProduct.ts";
import type { Emitter } from "../emitter.ts";
import { STRIP } from "./products.ts";

// A tap is a number of the kernel's window, t = a·kw + b of T = kh·kw; at a position it lies inside the image, or in the padding.

/** Neighbouring positions of the window in one row of the outputs at which the same taps lie inside of the image. */
export interface Positions {
  readonly row: number;
  readonly column: number;
  readonly count: number;
  /** The first tap inside, and the end of them, downwards and to the right. */
  readonly down: readonly [first: number, end: number];
  readonly right: readonly [first: number, end: number];
}

/** What of a window's side lies inside at a position. */
function insideOf(position: number, stride: number, padding: number, side: number, length: number): [number, number] {
  const start = position * stride - padding;
  const first = Math.min(side, Math.max(0, -start));
  return [first, Math.max(first, Math.min(side, length - start))];
}

/** All positions; several at a time only if their windows are neighbours, too. */
export function positionsOf(s: Geometry): Positions[] {
  const all: Positions[] = [];
  for (let row = 0; row < s.outputHeight; row++) {
    const down = insideOf(row, s.stride[0], s.padding[0], s.kernelHeight, s.height);
    for (let column = 0; column < s.outputWidth; column++) {
      const right = insideOf(column, s.stride[1], s.padding[1], s.kernelWidth, s.width);
      const last = all[all.length - 1];
      const joins = s.stride[1] === 1 && last?.row === row && last.right.join() === right.join();
      if (joins) all[all.length - 1] = { ...last, count: last.count + 1 };
      else all.push({ row, column, count: 1, down, right });
    }
  }
  return all;
}

/** The pixel under a tap at a position; outside of the image it is none. */
export function pixelUnder(s: Geometry, row: number, column: number, down: number, right: number): number {
  return (row * s.stride[0] + down - s.padding[0]) * s.width + column * s.stride[1] + right - s.padding[1];
}

/** Neighbouring positions that see neighbouring pixels through the same tap. */
export interface Run {
  readonly position: number;
  readonly pixel: number;
  readonly count: number;
}

/** What is seen through each tap, in the order of the positions. */
export function runsOfTaps(s: Geometry): Run[][] {
  const positions = positionsOf(s);
  return Array.from({ length: s.kernelHeight * s.kernelWidth }, (_, t) => {
    const [a, b] = [Math.floor(t / s.kernelWidth), t % s.kernelWidth];
    const runs: { position: number; pixel: number; count: number }[] = [];
    for (const { row, column, count, down, right } of positions) {
      if (a < down[0] || a >= down[1] || b < right[0] || b >= right[1]) continue;
      const run = { position: row * s.outputWidth + column, pixel: pixelUnder(s, row, column, a, b), count };
      const last = runs[runs.length - 1];
      const joins = last?.position + last?.count === run.position && last.pixel + last.count === run.pixel;
      if (joins) last.count += count;
      else runs.push(run);
    }
    return runs;
  });
}

/** The terms of a row of `count`, one after the other: steps in bytes. */
export function walkAlong(count: number, stepA: number, stepB: number): Stretch[] {
  const part = (times: number, length: number): Stretch[] =>
    times * length === 0
      ? []
      : [
          {
            times,
            stepA: length * stepA,
            stepB: length * stepB,
            terms: Array.from({ length }, (_, u) => [u * stepA, u * stepB] as const),
          },
        ];
  return [...part(Math.floor(count / 4), 4), ...part(1, count % 4)];
}

/** A product of walkedProduct.ts: M rows of A from `a` on, N columns of B (an even number) in strips from `b` on. */
export interface Walked {
  readonly a: number;
  readonly nextA: number;
  readonly b: number;
  readonly bStrip: number;
  readonly c: number;
  readonly rowBytes: number;
  readonly M: number;
  readonly N: number;
  readonly onto: boolean;
  /** Where one row lies at which sums begin; at 0 if there is none. */
  readonly start?: number;
  readonly walk: readonly Stretch[];
}

/** Walks as they are called in names of kernels: the same walk is asked for again and again. */
const names = /*#__PURE__*/ new WeakMap<readonly Stretch[], string>();

function nameOf(walk: readonly Stretch[]): string {
  const name = names.get(walk) ?? JSON.stringify(walk);
  names.set(walk, name);
  return name;
}

/** What f gives for a key, computed once. */
export function once<Result>(f: (...key: number[]) => Result): (...key: number[]) => Result {
  const known = new Map<string, Result>();
  return (...key) => {
    const name = key.join();
    const before = known.get(name);
    if (before !== undefined) return before;
    const result = f(...key);
    known.set(name, result);
    return result;
  };
}

/** Its calls. */
export function walked(emit: Emitter, { a, nextA, b, bStrip, c, rowBytes, M, N, onto, start, walk }: Walked): void {
  const whole = Math.floor(N / STRIP);
  const part = (strip: number, strips: number, pairs: number): void => {
    const most = pairs >= 3 ? 2 : pairs === 2 ? 4 : 8;
    for (let i = 0; i < M; ) {
      const rows = M - i >= most ? most : 1;
      const count = rows === 1 ? M - i : M - (M % most);
      const steps = { nextA, rowBytes, rows, pairs, start: start === undefined ? "zero" : "row", onto, walk } as const;
      const name = `walked ${nextA},${rowBytes},${rows},${pairs},${steps.start},${onto} ${nameOf(walk)}`;
      const [atA, atC] = [a + i * nextA, c + i * rowBytes + 64 * strip];
      const from = start === undefined ? 0 : start + 64 * strip;
      emit.call(name, () => walkedProduct(steps), atA, count * nextA, b + strip * bStrip, bStrip, strips, atC, from);
      i += count;
    }
  };
  if (N % STRIP > 0) part(whole, 1, (N % STRIP) / 2);
  if (whole > 0) part(0, whole, 4);
}
