import type { SplineDirection } from "../kernels/splineBins.ts";
import { rawPerCoordinate } from "../kernels/splineKnots.ts";
import type { Code } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import type { Spline } from "./simdSpline.ts";
import type { Variables } from "./variables.ts";

// What the kernels of splines have in common that work in memories of their own, on one point for each lane (kernels/splineKnots.ts): two lanes at a
// time, next to each other among the points [R, E], and so maybe in two rows of raw numbers [R, P, E].

const { get, set, advance, integer } = wasm;

/** Says which import of a kernel a function is. */
export type Imported = (plain: (x: number) => number) => number;

/** What is a constant of the code. */
export interface SplineShape {
  /** K */
  readonly bins: number;
  /** P */
  readonly rawNumbers: number;
  /** E */
  readonly coordinates: number;
  readonly tails: "linear" | "none";
  readonly direction: SplineDirection;
}

/** The shape of kernels for that spline. */
export function splineShape({ frame }: Spline, coordinates: number, direction: SplineDirection): SplineShape {
  const { bins, tails } = frame;
  return { bins, rawNumbers: rawPerCoordinate(frame), coordinates, tails, direction };
}

// ── numbers that all lanes share ────────────────────────────────────────────────────────────────────────────────────

/** Where they lie: the scales of widths and heights, both ends, the least and the greatest result, the shift and the least of slopes, the least knots. */
export const NUMBER = {
  scaleX: 0,
  scaleY: 1,
  left: 2,
  right: 3,
  openLeast: 4,
  openGreatest: 5,
  shift: 6,
  leastSlope: 7,
  leastKnots: 8,
} as const;

/** Those numbers: behind them the least places of inner knots, those of widths, then those of heights. */
export function splineNumbers({ frame, open, maps: [x, y], shift }: Spline): Float64Array {
  const { left, right, minimumDerivative } = frame;
  const single = [x.scale, y.scale, left, right, open.least, open.greatest, shift, minimumDerivative];
  return Float64Array.of(...single, ...x.least, ...y.least);
}

// ── what is known of a pair of lanes ────────────────────────────────────────────────────────────────────────────────

/**
 * Behind the 2K shares, as pairs: the corners; the raw slopes, whose places their derivatives take, or −1 where there is none; the slopes; θ and β; and −k, as
 * integers, of the bin.
 */
export const SLOT = {
  x0: 0,
  x1: 1,
  y0: 2,
  y1: 3,
  raw0: 4,
  raw1: 5,
  d0: 6,
  d1: 7,
  theta: 8,
  beta: 9,
  index: 10,
} as const;

/** How many bytes a pair of lanes takes. */
export function pairBytes(bins: number): number {
  return 16 * (2 * bins + 11);
}

/** How many numbers so many lanes take. */
export function knownSize(bins: number, lanes: number): number {
  return (Math.ceil(lanes / 2) * pairBytes(bins)) / 8;
}

// ── the raw numbers of two lanes ────────────────────────────────────────────────────────────────────────────────────

/** Two lanes of raw numbers, or of what has their shape: as one pair if they are always neighbours. */
export class RawLanes {
  readonly #E: number;
  readonly #rowBytes: number;
  readonly #at: readonly wasm.Local[];
  /** Where in their rows they are. */
  readonly #coordinates: readonly wasm.Local[];

  constructor(v: Variables, { coordinates: E, rawNumbers: P }: SplineShape) {
    const lanes = E % 2 === 0 ? 1 : 2;
    this.#E = E;
    this.#rowBytes = 8 * P * E;
    this.#at = v.locals(lanes);
    this.#coordinates = v.locals(lanes);
  }

  /** The address of a lane. */
  at(index: 0 | 1): Code {
    return this.#at.length === 1 ? wasm.i32.add(get(this.#at[0]), integer(8 * index)) : get(this.#at[index]);
  }

  /** Goes to the first two lanes. */
  begin(raw: Code): Code {
    const second = this.#E === 1 ? this.#rowBytes : 8;
    return this.#at.flatMap((at, i) => [
      ...set(at, wasm.i32.add(raw, integer(i * second))),
      ...set(this.#coordinates[i], integer(i)),
    ]);
  }

  /** Goes to the next two. */
  next(): Code {
    if (this.#E === 1) return this.#at.flatMap((at) => advance(at, integer(2 * this.#rowBytes)));
    const nextRow = this.#rowBytes - 8 * this.#E;
    return this.#at.flatMap((at, i) => [
      ...advance(at, integer(16)),
      ...advance(this.#coordinates[i], integer(2)),
      ...wasm.when(wasm.i32.less(integer(this.#E - 1), get(this.#coordinates[i])), [
        ...advance(this.#coordinates[i], integer(-this.#E)),
        ...advance(at, integer(nextRow)),
      ]),
    ]);
  }

  /** Where there is one lane only, both are that one. */
  single(isOne: Code): Code {
    return this.#at.length === 1 ? [] : wasm.when(isOne, set(this.#at[1], get(this.#at[0])));
  }

  /** The raw numbers that many bytes behind the first ones, and then some more. */
  load(bytes: Code, offset = 0): Code {
    const [first, second] = this.#at.map((at) => wasm.i32.add(get(at), bytes));
    if (second === undefined) return wasm.loadPair(first, offset);
    return wasm.withLane(wasm.loadSplat(first, offset), 1, wasm.loadNumber(second, offset));
  }

  /** Writes there. Of two lanes that are one, the first one is what stays. */
  store(bytes: Code, value: wasm.Local, offset = 0): Code {
    const [first, second] = this.#at.map((at) => wasm.i32.add(get(at), bytes));
    if (second === undefined) return wasm.storePair(first, get(value), offset);
    return [
      ...wasm.storeNumber(second, wasm.lane(get(value), 1), offset),
      ...wasm.storeNumber(first, wasm.lane(get(value), 0), offset),
    ];
  }
}
