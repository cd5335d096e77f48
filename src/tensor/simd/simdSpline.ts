import { exp, log, sigmoid, softplus } from "../kernels/elementary.ts";
import { sumOfShards } from "../kernels/shards.ts";
import {
  type Bins,
  binsOf,
  boundSlopes,
  divideBins,
  findBins,
  movePoints,
  type OpenRange,
  type Piece,
  pullPoints,
  type SplineDirection,
  type SplineLayout,
} from "../kernels/splineBins.ts";
import {
  type KnotMap,
  knotMap,
  knotsOfShares,
  logShares,
  pullKnots,
  type SplineFrame,
  slopeShift,
} from "../kernels/splineKnots.ts";
import { expSimd, logSimd, sigmoidSimd, softplusSimd } from "./simdElementary.ts";
import { mapVectors, type SimdOp } from "./simdElementwise.ts";

// Rational-quadratic splines, raw numbers to moved points, and back again. What costs most, elementary functions, is done for many numbers at
// once; the rest by the plain loops of kernels/splineKnots.ts and kernels/splineBins.ts.

/** A standard spline, and what can be said of it without raw numbers. */
export interface Spline {
  readonly frame: SplineFrame;
  /** Where results lie, if there are no tails. */
  readonly open: OpenRange;
  readonly maps: readonly [x: KnotMap, y: KnotMap];
  readonly shift: number;
}

/** The spline of a frame, whose results stay in the open range if it has no tails. */
export function splineOf(frame: SplineFrame, open: OpenRange): Spline {
  const maps = [knotMap(frame, frame.minimumBinWidth), knotMap(frame, frame.minimumBinHeight)] as const;
  return { frame, open, maps, shift: slopeShift(frame) };
}

/**
 * What a backward pass needs of the forward pass: with eight bins some 28 numbers for each point, where the raw numbers are 23. Without it, a
 * step would take as long again for knots and bins as for all the rest.
 */
export interface SplineTrace {
  /** [lanes, 2K] */
  readonly shares: Float64Array;
  /** of all points */
  readonly bins: Bins;
}

/** Room for a trace. */
export function splineTrace(
  { frame: { bins: K } }: Spline,
  { rows, pointsPerRow: n, coordinates: E }: SplineLayout,
): SplineTrace {
  return { shares: new Float64Array(rows * E * 2 * K), bins: binsOf(rows * n * E) };
}

/** Pieces of some 4096 shares, and of at most 512 points, are worked on at a time: 32 kB each. */
const SHARES = 4096;
const POINTS = 512;

/** How many rows make a piece. */
function rowsOfPiece({ frame: { bins: K } }: Spline, { rows, coordinates: E }: SplineLayout): number {
  return Math.min(rows, Math.max(1, Math.floor(SHARES / (2 * K * E))));
}

/**
 * to = the points [R, n, E] moved, and ln|d to/d from| there. `to` may be the points themselves. What a backward pass needs is written to
 * the trace, if there is one; without it, no more memory is needed than for a piece.
 */
export function moveBySpline(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Float64Array,
  raw: Float64Array,
  to: Float64Array,
  logSlope: Float64Array,
  trace: SplineTrace | null = null,
): void {
  const { frame, open, maps, shift } = spline;
  const { rows: R, pointsPerRow: n, coordinates: E } = layout;
  const K = frame.bins;
  const height = rowsOfPiece(spline, layout);
  const most = Math.min(POINTS, height * n * E);
  const shares = new Float64Array(height * E * 2 * K);
  const knots = new Float64Array(height * E * 2 * (K + 1));
  const bins = trace?.bins ?? binsOf(most);
  const numbers = new Float64Array(2 * most);
  const sign = direction === "forward" ? 1 : -1;
  for (let row = 0; row < R; row += height) {
    const rows = Math.min(height, R - row);
    logShares(raw, row, rows, E, frame, shares);
    mapFirst(expSimd, exp, shares, shares, rows * E * 2 * K);
    knotsOfShares(shares, rows * E, frame, maps, knots);
    if (trace !== null) trace.shares.set(first(shares, rows * E * 2 * K), row * E * 2 * K);
    const end = (row + rows) * n * E;
    for (let start = row * n * E; start < end; start += most) {
      const count = Math.min(most, end - start);
      const piece = { start, count, firstBin: trace === null ? 0 : start };
      findBins(bins, piece, points, knots, row, raw, shift, layout, frame, direction);
      mapFirst(softplusSimd, softplus, numbers, slopesOf(bins, piece), 2 * count);
      boundSlopes(bins, piece, numbers, frame.minimumDerivative);
      divideBins(bins, piece, points, direction);
      movePoints(bins, piece, points, frame, open, direction, to, numbers);
      mapFirst(logSimd, log, numbers, numbers, count);
      for (let i = 0; i < count; i++) {
        logSlope[start + i] = bins.place[piece.firstBin + i] < 0 ? 0 : sign * numbers[i];
      }
    }
  }
}

/** The cotangents of points and raw numbers, from those of what {@link moveBySpline} gave, whose trace is still there. */
export function pullThroughSpline(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Float64Array,
  { shares, bins }: SplineTrace,
  gTo: Float64Array,
  gLogSlope: Float64Array,
  gPoints: Float64Array,
  gRaw: Float64Array,
): void {
  const { frame, maps } = spline;
  const { rows: R, pointsPerRow: n, coordinates: E } = layout;
  const K = frame.bins;
  const height = rowsOfPiece(spline, layout);
  const most = Math.min(POINTS, height * n * E);
  const gKnots = new Float64Array(height * E * 2 * (K + 1));
  const sigmoids = new Float64Array(2 * most);

  /** Adds up what the points first … end − 1 ask of their rows. */
  const pull = (row: number, rows: number, first: number, end: number, to: Float64Array): void => {
    gKnots.fill(0);
    for (let start = first; start < end; start += most) {
      const piece = { start, count: Math.min(most, end - start), firstBin: start };
      mapFirst(sigmoidSimd, sigmoid, sigmoids, slopesOf(bins, piece), 2 * piece.count);
      pullPoints(bins, piece, sigmoids, points, frame, direction, gTo, gLogSlope, gPoints, gKnots, to);
    }
    pullKnots(gKnots, shares, row, rows, E, frame, maps, to);
  };

  if (n > 1) {
    sumOfShards(n, gRaw, (first, end, to) => {
      to.fill(0);
      pull(0, 1, first * E, end * E, to);
    });
    return;
  }
  for (let row = 0; row < R; row += height) {
    const rows = Math.min(height, R - row);
    pull(row, rows, row * E, (row + rows) * E, gRaw);
  }
}

/** The raw numbers of the slopes at the ends of the bins of a piece. */
function slopesOf({ slopes }: Bins, { firstBin, count }: Piece): Float64Array {
  return slopes.subarray(2 * firstBin, 2 * (firstBin + count));
}

/** The first numbers, the array itself if those are all. */
function first(x: Float64Array, count: number): Float64Array {
  return count === x.length ? x : x.subarray(0, count);
}

/** y = f(x) of the first numbers. */
function mapFirst(simd: SimdOp, f: (x: number) => number, y: Float64Array, x: Float64Array, count: number): void {
  if (mapVectors(simd, first(y, count), first(x, count))) return;
  for (let i = 0; i < count; i++) y[i] = f(x[i]);
}
