import { expm1, log } from "./elementary.ts";
import { maximum, pairwiseSum } from "./reduce.ts";

// How the raw numbers of a spline become its knots, and what is asked of the knots becomes what is asked of the raw numbers.
//
// K bins, P raw numbers per coordinate, R rows of raw numbers [R, P, E], E coordinates. A *lane* is what one row says of one coordinate: lane
// row·E + e begins at row·P·E + e, and its numbers are E apart. Of each lane are kept, side by side: 2K shares, the widths of the bins and
// then their heights; 2(K + 1) knots, x₀ … x_K and then y₀ … y_K.

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
  shares: Float64Array,
): void {
  const K = frame.bins;
  const size = rawPerCoordinate(frame) * E;
  for (let row = 0, to = 0; row < rows; row++) {
    for (let e = 0; e < E; e++) {
      for (let side = 0; side < 2; side++, to += K) {
        const from = (firstRow + row) * size + side * K * E + e;
        const m = maximum(raw, from, E, K);
        // where the greatest is infinite, ∞ − ∞ would be NaN
        if (m - m === 0) for (let k = 0; k < K; k++) shares[to + k] = raw[from + k * E] - m;
        else for (let k = 0; k < K; k++) shares[to + k] = raw[from + k * E] === m ? 0 : raw[from + k * E] - m;
      }
    }
  }
}

/** Exponentials become shares, which add up to 1, and the running sums of those become knots. */
export function knotsOfShares(
  shares: Float64Array,
  lanes: number,
  frame: SplineFrame,
  maps: readonly [x: KnotMap, y: KnotMap],
  knots: Float64Array,
): void {
  const { bins: K, left, right } = frame;
  for (let side = 0; side < 2 * lanes; side++) {
    const { least, scale } = maps[side % 2];
    const first = side * K;
    const low = side * (K + 1);
    const total = pairwiseSum(shares, first, 1, K);
    let sum = 0;
    for (let k = 0; k < K; k++) {
      const share = shares[first + k] / total;
      shares[first + k] = share;
      sum += share;
      knots[low + k + 1] = k < K - 1 ? sum * scale + least[k] : right;
    }
    knots[low] = left;
  }
}

/**
 * The cotangents of the knots of some rows, carried back to their raw widths and heights, where they are written; shares are those of all rows.
 * With ḡ_k = scale·Σ of the cotangents of all inner knots right of bin k, the pullback of softmax is y_k(ḡ_k − Σ ḡy). Zeros are strong.
 */
export function pullKnots(
  gKnots: Float64Array,
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
  let share = firstRow * E * 2 * K;
  let knot = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let e = 0; e < E; e++) {
      for (let side = 0; side < 2; side++, share += K, knot += K + 1) {
        const to = row * size + side * K * E + e;
        const { scale } = maps[side];
        let beyond = 0;
        let inner = 0;
        for (let k = K - 2; k >= 0; k--) {
          beyond += scale * gKnots[knot + k + 1];
          gKnots[knot + k + 1] = beyond; // ḡ_k
          inner += strong(beyond, shares[share + k]);
        }
        for (let k = 0; k < K - 1; k++) gRaw[to + k * E] = strong(gKnots[knot + k + 1] - inner, shares[share + k]);
        gRaw[to + (K - 1) * E] = strong(-inner, shares[share + K - 1]);
      }
    }
  }
}

/** g·d, and 0 where g is 0, whatever d is. */
function strong(g: number, d: number): number {
  return g === 0 ? 0 : g * d;
}
