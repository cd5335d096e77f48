import { MAXIMUM_DERIVATIVE, rawPerCoordinate, type SplineColumns, type SplineFrame } from "./splineKnots.ts";

// Points in the bins of splines: src/flows/elements/rationalQuadratic.ts says what the formulas are, for these are the same operations in the
// same order; docs/derivations/spline.md derives them, and the cotangents.
//
// K bins, P raw numbers per coordinate; points [R, n, E], one row of knots for n points; lanes as in splineKnots.ts.

/** What is known of the bins of points. */
export interface Bins {
  /** Eight numbers for each point: x₀, x₁, y₀, y₁, the slopes d₀ and d₁, and θ and β. */
  readonly corners: Float64Array;
  /** Where the point's x₀ stands among the knots of a piece; −1 for a point outside, which no spline moves. */
  readonly place: Int32Array;
  /** Where the raw numbers of d₀ and d₁ stand; −1 for a slope that does not depend on them. */
  readonly slopeAt: Int32Array;
  /** The raw numbers of d₀ and d₁, shifted. */
  readonly slopes: Float64Array;
}

/** Numbers of each point in `corners`. */
export const CORNERS = 8;

/** Room for that many points. */
export function binsOf(points: number): Bins {
  return binsIn(new Float64Array(binsSize(points)), points);
}

/** How many numbers so many points take. */
export function binsSize(points: number): number {
  return (CORNERS + 2 + 1) * points + Math.ceil(points / 2); // two integers take the place of a number
}

/** Room for that many points in that memory. */
export function binsIn(memory: Float64Array, points: number): Bins {
  const slopes = CORNERS * points;
  const integers = slopes + 2 * points;
  const { buffer, byteOffset } = memory.subarray(integers);
  return {
    corners: memory.subarray(0, slopes),
    slopes: memory.subarray(slopes, integers),
    slopeAt: new Int32Array(buffer, byteOffset, 2 * points),
    place: new Int32Array(buffer, byteOffset + 8 * points, points),
  };
}

/** Points [R, n, E] and the raw numbers [R, P, E] of their splines. */
export interface SplineLayout {
  readonly rows: number;
  /** n, how many points share a row of raw numbers */
  readonly pointsPerRow: number;
  /** E */
  readonly coordinates: number;
}

/** Points that are worked on together. */
export interface Piece {
  /** The first one. */
  readonly start: number;
  readonly count: number;
  /** Where its bin is among the bins. */
  readonly firstBin: number;
}

/** Which way points go: x ↦ z, or z ↦ x. */
export type SplineDirection = "forward" | "inverse";

/** Whether the spline moves the point: of NaN and the ends it makes themselves. */
export function isInside(point: number, { left, right }: SplineFrame): boolean {
  return point > left && point < right;
}

/**
 * Finds the bins of points along the side that they come from: the last of the bins 0 … K − 1 whose lower edge is not above the point, by
 * bisection; 0 for NaN. The knots are those of the rows from `firstRow` on.
 */
export function findBins(
  bins: Bins,
  { start, count, firstBin }: Piece,
  points: Float64Array,
  { columns: knots, stride }: SplineColumns,
  firstRow: number,
  raw: Float64Array,
  shift: number,
  { pointsPerRow: n, coordinates: E }: SplineLayout,
  frame: SplineFrame,
  direction: SplineDirection,
): void {
  const { corners, place, slopeAt, slopes } = bins;
  const K = frame.bins;
  const P = rawPerCoordinate(frame);
  const linear = frame.tails === "linear";
  let row = Math.floor(start / (n * E));
  for (let i = start, j = firstBin; i < start + count; i++, j++) {
    if (i === (row + 1) * n * E) row++;
    const point = points[i];
    slopes[2 * j] = 0;
    slopes[2 * j + 1] = 0;
    if (linear && !isInside(point, frame)) {
      place[j] = -1;
      continue;
    }
    const e = i % E;
    const lane = (row - firstRow) * E + e;
    const edges = direction === "forward" ? lane : lane + (K + 1) * stride;
    let k = 0;
    let beyond = K;
    while (beyond - k > 1) {
      const middle = (k + beyond) >> 1;
      if (knots[edges + middle * stride] <= point) k = middle;
      else beyond = middle;
    }
    const x0 = lane + k * stride;
    const y0 = x0 + (K + 1) * stride;
    place[j] = x0;
    const at = CORNERS * j;
    corners[at] = knots[x0];
    corners[at + 1] = knots[x0 + stride];
    corners[at + 2] = knots[y0];
    corners[at + 3] = knots[y0 + stride];
    for (let end = 0; end < 2; end++) {
      const fixed = linear && (k + end === 0 || k + end === K);
      const number = fixed ? -1 : (row * P + 2 * K + k + end - (linear ? 1 : 0)) * E + e;
      slopeAt[2 * j + end] = number;
      if (!fixed) slopes[2 * j + end] = raw[number] + shift;
    }
  }
}

/** d₀ and d₁, given the softplus of their raw numbers: 1 where tails fix them, and at most 1000. */
export function boundSlopes(
  { corners, place, slopeAt }: Bins,
  { count, firstBin }: Piece,
  softplus: Float64Array,
  minimumDerivative: number,
): void {
  for (let i = 0, j = firstBin; i < count; i++, j++) {
    if (place[j] < 0) continue;
    for (let end = 0; end < 2; end++) {
      const slope = slopeAt[2 * j + end] < 0 ? 1 : softplus[2 * i + end] + minimumDerivative;
      corners[CORNERS * j + 4 + end] = slope > MAXIMUM_DERIVATIVE ? MAXIMUM_DERIVATIVE : slope;
      if (slope > MAXIMUM_DERIVATIVE) slopeAt[2 * j + end] = -1;
    }
  }
}

/** θ : β, as which each point divides the width of its bin. */
export function divideBins(
  { corners, place }: Bins,
  { start, count, firstBin }: Piece,
  points: Float64Array,
  direction: SplineDirection,
): void {
  for (let i = start, j = firstBin; i < start + count; i++, j++) {
    if (place[j] < 0) continue;
    const at = CORNERS * j;
    const point = points[i];
    const x0 = corners[at];
    const x1 = corners[at + 1];
    const w = x1 - x0;
    if (direction === "forward") {
      corners[at + 6] = (point - x0) / w;
      corners[at + 7] = (x1 - point) / w;
      continue;
    }
    const y0 = corners[at + 2];
    const y1 = corners[at + 3];
    const h = y1 - y0;
    const twoS = (h / w) * 2;
    const u = (point - y0) / h;
    const v = (y1 - point) / h;
    const e = corners[at + 4] * v - corners[at + 5] * u;
    const r = Math.sqrt(e * e + twoS * twoS * (u * v));
    const p = e >= 0 ? twoS * u : r - e; // of r + e and r − e the one in which nothing cancels
    const q = e >= 0 ? r + e : twoS * v;
    corners[at + 6] = p / (p + q);
    corners[at + 7] = q / (p + q);
  }
}

/** What no result of a spline without tails exceeds: its open range. */
export interface OpenRange {
  readonly least: number;
  readonly greatest: number;
}

/** Moves the points, and gives dy/dx there, from the first number on; 1 outside. `to` may be the points themselves. */
export function movePoints(
  { corners, place }: Bins,
  { start, count, firstBin }: Piece,
  points: Float64Array,
  frame: SplineFrame,
  open: OpenRange,
  direction: SplineDirection,
  to: Float64Array,
  slopes: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const point = points[start + i];
    if (place[firstBin + i] < 0) {
      to[start + i] = point;
      slopes[i] = 1;
      continue;
    }
    const at = CORNERS * (firstBin + i);
    const side = direction === "forward" ? at + 2 : at; // the one that the point goes to
    const w = corners[at + 1] - corners[at];
    const s = (corners[at + 3] - corners[at + 2]) / w;
    const d0 = corners[at + 4];
    const d1 = corners[at + 5];
    const theta = corners[at + 6];
    const beta = corners[at + 7];
    const p = theta * (s * theta + d0 * beta);
    const q = beta * (s * beta + d1 * theta);
    const D = p + q;
    const ratio = s / D;
    slopes[i] = (d1 * (theta * theta) + s * 2 * (theta * beta) + d0 * (beta * beta)) * (ratio * ratio);
    if (!isInside(point, frame)) {
      to[start + i] = point;
      continue;
    }
    const low = corners[side];
    const high = corners[side + 1];
    const moved = direction === "forward" ? between(low, high, p / D, q / D) : between(low, high, theta, beta);
    to[start + i] = frame.tails === "none" ? Math.min(Math.max(moved, open.least), open.greatest) : moved;
  }
}

/** The point that divides a side as a : b, a + b = 1, reckoned from the nearer end: it never leaves the side. */
function between(low: number, high: number, a: number, b: number): number {
  return a > b ? high - (high - low) * b : low + (high - low) * a;
}
