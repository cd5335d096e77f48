import { sumOfShards } from "../kernels/shards.ts";
import {
  type Bins,
  binsIn,
  binsOf,
  binsSize,
  boundSlopes,
  divideBins,
  findBins,
  movePoints,
  type OpenRange,
  type Piece,
  type SplineDirection,
  type SplineLayout,
} from "../kernels/splineBins.ts";
import { pullPoints } from "../kernels/splineGradient.ts";
import {
  type KnotMap,
  knotMap,
  knotsOfShares,
  logShares,
  pullKnots,
  type SplineColumns,
  type SplineFrame,
  slopeShift,
} from "../kernels/splineKnots.ts";
import type { UnaryLoop } from "../kernels/unaryLoops.ts";
import { expSimd, logSimd, sigmoidSimd, softplusSimd } from "./simdElementary.ts";
import { type Elementwise, mapNumbers } from "./simdElementwise.ts";
import { knotsByVectors, pullKnotsByVectors } from "./simdSplineKnots.ts";

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
 * What a backward pass needs of the forward pass: with eight bins some 28 numbers for each point, where the raw numbers are 23. Found
 * again in the backward pass, knots and bins took 0.4 ms of 1.1, both ways together, for [256, 4] points (Node 20, x64).
 */
export interface SplineTrace {
  /** Of each piece of rows. */
  readonly shares: readonly Float64Array[];
  /** of all points */
  readonly bins: Bins;
}

/** Pieces of some 4096 shares, and of at most 512 points, are worked on at a time: 32 kB each. */
const SHARES = 4096;
const POINTS = 512;

/** How many rows make a piece. */
function rowsOfPiece({ frame: { bins: K } }: Spline, { rows, coordinates: E }: SplineLayout): number {
  return Math.max(1, Math.min(rows, Math.floor(SHARES / (2 * K * E)))); // of no rows, too
}

/** From one column of a piece to the next: one number more than there are lanes, for pairs of an odd number of them. */
function strideOf(spline: Spline, layout: SplineLayout): number {
  return rowsOfPiece(spline, layout) * layout.coordinates + 1;
}

/** How many numbers a trace takes. */
export function traceSize(spline: Spline, layout: SplineLayout): number {
  const { rows, pointsPerRow: n, coordinates: E } = layout;
  return piecesOf(spline, layout) * sharesOfPiece(spline, layout) + binsSize(rows * n * E);
}

/** A trace in that memory. */
export function traceIn(spline: Spline, layout: SplineLayout, memory: Float64Array): SplineTrace {
  const { rows, pointsPerRow: n, coordinates: E } = layout;
  const size = sharesOfPiece(spline, layout);
  const pieces = piecesOf(spline, layout);
  const shares = Array.from({ length: pieces }, (_, i) => memory.subarray(i * size, (i + 1) * size));
  return { shares, bins: binsIn(memory.subarray(pieces * size), rows * n * E) };
}

function piecesOf(spline: Spline, layout: SplineLayout): number {
  return Math.ceil(layout.rows / rowsOfPiece(spline, layout));
}

function sharesOfPiece(spline: Spline, layout: SplineLayout): number {
  return 2 * spline.frame.bins * strideOf(spline, layout);
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
  const { frame, open, shift } = spline;
  const { rows: R, pointsPerRow: n, coordinates: E } = layout;
  const K = frame.bins;
  const height = rowsOfPiece(spline, layout);
  const most = Math.min(POINTS, height * n * E);
  const stride = strideOf(spline, layout);
  const knots = { columns: new Float64Array(2 * (K + 1) * stride), stride };
  const bins = trace?.bins ?? binsOf(most);
  const numbers = new Float64Array(2 * most);
  const sign = direction === "forward" ? 1 : -1;
  for (let row = 0; row < R; row += height) {
    const rows = Math.min(height, R - row);
    findKnots(spline, raw, row, rows, E, trace?.shares[row / height] ?? null, knots);
    const end = (row + rows) * n * E;
    for (let start = row * n * E; start < end; start += most) {
      const count = Math.min(most, end - start);
      const piece = { start, count, firstBin: trace === null ? 0 : start };
      findBins(bins, piece, points, knots, row, raw, shift, layout, frame, direction);
      mapFirst(softplusSimd, numbers, slopesOf(bins, piece), 2 * count);
      boundSlopes(bins, piece, numbers, frame.minimumDerivative);
      divideBins(bins, piece, points, direction);
      movePoints(bins, piece, points, frame, open, direction, to, numbers);
      mapFirst(logSimd, numbers, numbers, count);
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
  const stride = strideOf(spline, layout);
  const gKnots = { columns: new Float64Array(2 * (K + 1) * stride), stride };
  const sigmoids = new Float64Array(2 * most);

  /** Adds up what the points first … end − 1 ask of their rows. */
  const pull = (row: number, rows: number, first: number, end: number, to: Float64Array): void => {
    gKnots.columns.fill(0);
    for (let start = first; start < end; start += most) {
      const piece = { start, count: Math.min(most, end - start), firstBin: start };
      mapFirst(sigmoidSimd, sigmoids, slopesOf(bins, piece), 2 * piece.count);
      pullPoints(bins, piece, sigmoids, points, frame, direction, gTo, gLogSlope, gPoints, gKnots, to);
    }
    const own = shares[row / height];
    if (pullKnotsByVectors(gKnots, own, row, rows, E, frame, maps, to)) return;
    pullKnots(gKnots, own, row, rows, E, frame, maps, to);
  };

  if (n !== 1) {
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

/** The knots of some rows, and their shares if there is room for them. */
function findKnots(
  { frame, maps }: Spline,
  raw: Float64Array,
  row: number,
  rows: number,
  E: number,
  kept: Float64Array | null,
  knots: SplineColumns,
): void {
  const { stride } = knots;
  if (knotsByVectors(raw, row, rows, E, frame, maps, stride, kept, knots.columns)) return;
  const shares = kept ?? new Float64Array(2 * frame.bins * stride);
  logShares(raw, row, rows, E, frame, { columns: shares, stride });
  mapFirst(expSimd, shares, shares, shares.length);
  knotsOfShares(shares, rows * E, frame, maps, knots);
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
function mapFirst(f: Elementwise<UnaryLoop>, y: Float64Array, x: Float64Array, count: number): void {
  mapNumbers(f, first(y, count), first(x, count));
}
