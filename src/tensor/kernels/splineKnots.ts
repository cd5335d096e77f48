import { expm1, log } from "./elementary.ts";
import { maximum, pairwiseSum } from "./reduce.ts";

// How the raw numbers of a spline become its knots, and what is asked of the knots becomes what is asked of the raw numbers.
//
// K bins, P raw numbers per coordinate, R rows of raw numbers [R, P, E], E coordinates. A *lane* is what one row says of one coordinate. What is
// made of the lanes of some rows stands in columns, one number for each lane in a column, and `stride` apart: 2K columns of shares, the widths
// of the bins and then their heights; 2(K + 1) columns of knots, x₀ … x_K and then y₀ … y_K.

/** Where a spline lives, and how its raw numbers are bounded. */
export interface SplineFrame {
  readonly bins: number;
  readonly left: number;
  readonly right: number;
  readonly tails: "linear" | "none";
  readonly minimumBinWidth: number;
  readonly minimumBinHeight: number;
  readonly minimumDerivative: number;
}

/** P: K widths, K heights, and the slopes at all knots, or at the inner ones if the tails fix those at the ends. */
export function rawPerCoordinate({ bins: K, tails }: SplineFrame): number {
  return tails === "linear" ? 3 * K - 1 : 3 * K + 1;
}

/**
 * The greatest slope at a knot, which a softplus reaches for raw numbers of 1000. Between two steep knots a spline is as flat as s²/d, and
 * rounding of z moves x by its inverse: at s = 10⁻³ and d = 10³ by some 10⁻⁷ of right − left.
 */
export const MAXIMUM_DERIVATIVE = 1000;

/** What is added to a raw slope, so that 0 gives a slope of 1: softplus(this) + minimumDerivative = 1. */
export function slopeShift({ minimumDerivative }: SplineFrame): number {
  return log(expm1(1 - minimumDerivative));
}

/** Knots of lanes, or what is asked of them. */
export interface SplineColumns {
  readonly columns: Float64Array;
  /** From one number of a lane to its next one: the number of lanes, or more. */
  readonly stride: number;
}

/** The inner knots of one side are least_k + scale·(share_0 + … + share_k), k = 0 … K − 2. */
export interface KnotMap {
  /** left + the least length of k + 1 bins */
  readonly least: Float64Array;
  /** what is shared out beyond the least lengths */
  readonly scale: number;
}

/** The map of shares, none of whose bins is shorter than that fraction of right − left. */
export function knotMap({ bins: K, left, right }: SplineFrame, minimum: number): KnotMap {
  const range = right - left;
  const least = Float64Array.from({ length: K - 1 }, (_, k) => left + range * minimum * (k + 1));
  return { least, scale: range * (1 - K * minimum) };
}

/** shares = raw − the greatest of its lane and side, 0 for the greatest: what exp makes the numerators of softmax. */
export function logShares(
  raw: Float64Array,
  firstRow: number,
  rows: number,
  E: number,
  frame: SplineFrame,
  { columns: shares, stride }: SplineColumns,
): void {
  const K = frame.bins;
  const size = rawPerCoordinate(frame) * E;
  for (let lane = 0; lane < rows * E; lane++) {
    let from = (firstRow + Math.floor(lane / E)) * size + (lane % E);
    let to = lane;
    for (let side = 0; side < 2; side++) {
      const m = maximum(raw, from, E, K);
      for (let k = 0; k < K; k++, from += E, to += stride) shares[to] = raw[from] === m ? 0 : raw[from] - m; // ∞ − ∞ is NaN
    }
  }
}

/** Exponentials become shares, which add up to 1, and the running sums of those become knots. */
export function knotsOfShares(
  shares: Float64Array,
  lanes: number,
  frame: SplineFrame,
  maps: readonly [x: KnotMap, y: KnotMap],
  { columns: knots, stride }: SplineColumns,
): void {
  const { bins: K, left, right } = frame;
  for (let lane = 0; lane < lanes; lane++) {
    let share = lane;
    let knot = lane;
    for (const { least, scale } of maps) {
      const total = pairwiseSum(shares, share, stride, K);
      let sum = 0;
      knots[knot] = left;
      for (let k = 0; k < K; k++, share += stride) {
        shares[share] /= total;
        sum += shares[share];
        knot += stride;
        knots[knot] = k < K - 1 ? sum * scale + least[k] : right;
      }
      knot += stride;
    }
  }
}

/**
 * The cotangents of the knots of some rows, carried back to their raw widths and heights, where they are written; those of the knots are
 * overwritten. With ḡ_k = scale·Σ of the cotangents of all inner knots right of bin k, the pullback of softmax is y_k(ḡ_k − Σ ḡy). Zeros are
 * strong.
 */
export function pullKnots(
  { columns: gKnots, stride }: SplineColumns,
  shares: Float64Array,
  firstRow: number,
  rows: number,
  E: number,
  frame: SplineFrame,
  maps: readonly [x: KnotMap, y: KnotMap],
  gRaw: Float64Array,
): void {
  const K = frame.bins;
  const size = rawPerCoordinate(frame) * E;
  for (let lane = 0; lane < rows * E; lane++) {
    for (let side = 0; side < 2; side++) {
      const { scale } = maps[side];
      const to = (firstRow + Math.floor(lane / E)) * size + side * K * E + (lane % E);
      const share = lane + side * K * stride;
      const second = lane + (side * (K + 1) + 1) * stride; // of the knots, the upper end of the first bin
      let beyond = 0;
      let inner = 0;
      for (let k = K - 2; k >= 0; k--) {
        beyond += scale * gKnots[second + k * stride];
        gKnots[second + k * stride] = beyond; // ḡ_k
        inner += strong(beyond, shares[share + k * stride]);
      }
      for (let k = 0; k < K; k++) {
        const g = k < K - 1 ? gKnots[second + k * stride] - inner : -inner;
        gRaw[to + k * E] = strong(g, shares[share + k * stride]);
      }
    }
  }
}

/** g·d, and 0 where g is 0, whatever d is. */
function strong(g: number, d: number): number {
  return g === 0 ? 0 : g * d;
}
