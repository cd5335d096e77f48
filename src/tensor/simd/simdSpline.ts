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
// once; the rest by the plain loops of kernels/splineKnots.ts and kernels/splineBins.ts. Nothing is kept between the two passes: the second
// one finds knots and bins again, piece by piece, so that a batch needs no memory beyond its results.

/** A standard spline, and what can be said of it without raw numbers. */
export interface Spline {
  readonly frame: SplineFrame;
  /** Where results lie, if there are no tails. */
  readonly open: OpenRange;
  readonly maps: readonly [x: KnotMap, y: KnotMap];
  readonly shift: number;
}

export function splineOf(frame: SplineFrame, open: OpenRange): Spline {
  const maps = [knotMap(frame, frame.minimumBinWidth), knotMap(frame, frame.minimumBinHeight)] as const;
  return { frame, open, maps, shift: slopeShift(frame) };
}

/** As many shares, and as many points, are worked on at a time: some 32 kB each. */
const SHARES = 4096;
const POINTS = 512;

/** to = the points [R, n, E] moved, and ln|d to/d from| there. `to` may be the points themselves. */
export function moveBySpline(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Float64Array,
  raw: Float64Array,
  to: Float64Array,
  logSlope: Float64Array,
): void {
  const pass = passOf(spline, layout, direction, points, raw);
  const slopes = new Float64Array(pass.most);
  const sign = direction === "forward" ? 1 : -1;
  forEachPieceOfRows(pass, (start, end) => {
    forEachPiece(pass, start, end, (first, count) => {
      movePoints(pass.bins, points, first, count, spline.frame, spline.open, direction, to, slopes);
      mapFirst(logSimd, log, slopes, slopes, count);
      for (let i = 0; i < count; i++) logSlope[first + i] = pass.bins.place[i] < 0 ? 0 : sign * slopes[i];
    });
  });
}

/** The cotangents of points and raw numbers, from those of what {@link moveBySpline} gave. */
export function pullThroughSpline(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Float64Array,
  raw: Float64Array,
  gTo: Float64Array,
  gLogSlope: Float64Array,
  gPoints: Float64Array,
  gRaw: Float64Array,
): void {
  const pass = passOf(spline, layout, direction, points, raw);
  const { frame, maps } = spline;
  const { pointsPerRow: n, coordinates: E } = layout;
  const gKnots = new Float64Array(pass.knots.length);
  const sigmoids = new Float64Array(pass.bins.slopes.length);

  /** Adds up what the points start … end − 1 ask of their rows. */
  const pull = (start: number, end: number, to: Float64Array): void => {
    gKnots.fill(0);
    forEachPiece(
      pass,
      start,
      end,
      (first, count) =>
        pullPoints(pass.bins, sigmoids, points, first, count, frame, direction, gTo, gLogSlope, gPoints, gKnots, to),
      sigmoids,
    );
    pullKnots(gKnots, pass.shares, pass.firstRow * E, pass.rows * E, E, frame, maps, to);
  };
  forEachPieceOfRows(pass, (start, end) => {
    if (n === 1) pull(start, end, gRaw);
    else
      sumOfShards(n, gRaw, (first, last, to) => {
        to.fill(0);
        pull(first * E, last * E, to);
      });
  });
}

/** A pass over all points: what it works on, and with which memory. */
interface Pass {
  readonly spline: Spline;
  readonly layout: SplineLayout;
  readonly direction: SplineDirection;
  readonly points: Float64Array;
  readonly raw: Float64Array;
  /** At most so many points are worked on at a time. */
  readonly most: number;
  readonly bins: Bins;
  /** Of as many rows as are worked on at a time. */
  readonly shares: Float64Array;
  readonly knots: Float64Array;
  readonly rowsAtATime: number;
  /** Which rows those are now. */
  firstRow: number;
  rows: number;
}

function passOf(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Float64Array,
  raw: Float64Array,
): Pass {
  const K = spline.frame.bins;
  const { rows, pointsPerRow: n, coordinates: E } = layout;
  const rowsAtATime = Math.min(rows, Math.max(1, Math.floor(SHARES / (2 * K * E))));
  const most = Math.min(POINTS, rowsAtATime * n * E);
  return {
    spline,
    layout,
    direction,
    points,
    raw,
    most,
    bins: binsOf(most),
    shares: new Float64Array(rowsAtATime * E * 2 * K),
    knots: new Float64Array(rowsAtATime * E * 2 * (K + 1)),
    rowsAtATime,
    firstRow: 0,
    rows: 0,
  };
}

/** Finds the knots of some rows after the other, and calls f for their points. */
function forEachPieceOfRows(pass: Pass, f: (start: number, end: number) => void): void {
  const { spline, layout, raw, shares, knots, rowsAtATime } = pass;
  const { rows, pointsPerRow: n, coordinates: E } = layout;
  for (let row = 0; row < rows; row += rowsAtATime) {
    pass.firstRow = row;
    pass.rows = Math.min(rowsAtATime, rows - row);
    const lanes = pass.rows * E;
    logShares(raw, row * E, lanes, E, spline.frame, shares);
    mapFirst(expSimd, exp, shares, shares, lanes * 2 * spline.frame.bins);
    knotsOfShares(shares, lanes, spline.frame, spline.maps, knots);
    f(row * n * E, (row + pass.rows) * n * E);
  }
}

/** Finds the bins of some of the points start … end − 1 after the other, and calls f for them; derivatives of softplus if they are wanted. */
function forEachPiece(
  pass: Pass,
  start: number,
  end: number,
  f: (first: number, count: number) => void,
  sigmoids: Float64Array | null = null,
): void {
  const { spline, layout, direction, points, raw, most, bins, knots, firstRow } = pass;
  const { frame, shift } = spline;
  for (let first = start; first < end; first += most) {
    const count = Math.min(most, end - first);
    findBins(bins, points, first, count, knots, firstRow, raw, shift, layout, frame, direction);
    if (sigmoids !== null) mapFirst(sigmoidSimd, sigmoid, sigmoids, bins.slopes, 2 * count);
    mapFirst(softplusSimd, softplus, bins.slopes, bins.slopes, 2 * count);
    boundSlopes(bins, count, frame.minimumDerivative);
    divideBins(bins, points, first, count, direction);
    f(first, count);
  }
}

/** y = f(x) of the first numbers. */
function mapFirst(simd: SimdOp, f: (x: number) => number, y: Float64Array, x: Float64Array, count: number): void {
  const whole = count === x.length && count === y.length;
  if (mapVectors(simd, whole ? y : y.subarray(0, count), whole ? x : x.subarray(0, count))) return;
  for (let i = 0; i < count; i++) y[i] = f(x[i]);
}
