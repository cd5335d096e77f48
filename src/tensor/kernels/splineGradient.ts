import { type Bins, CORNERS, isInside, type Piece, type SplineDirection } from "./splineBins.ts";
import type { SplineColumns, SplineFrame } from "./splineKnots.ts";

// docs/derivations/spline.md derives these formulas.

/**
 * From the cotangents a of moved points and b of the logarithms of their slopes: those of the points, which are written; those of the corners
 * of bins, which are added to those of the knots; and those of raw slopes, which are added where these stand in gRaw. `sigmoids` are
 * the derivatives of softplus at `bins.slopes`.
 *
 * Where a and b are both 0, nothing flows, whatever the numbers are.
 */
export function pullPoints(
  { corners, place, slopeAt }: Bins,
  { start, count, firstBin }: Piece,
  sigmoids: Float64Array,
  points: Float64Array,
  frame: SplineFrame,
  direction: SplineDirection,
  gTo: Float64Array,
  gLogSlope: Float64Array,
  gPoints: Float64Array,
  { columns: gKnots, stride }: SplineColumns,
  gRaw: Float64Array,
): void {
  const K = frame.bins;
  for (let i = start, j = firstBin; i < start + count; i++, j++) {
    const asked = gTo[i];
    if (place[j] < 0) {
      gPoints[i] = asked; // there the spline is the identity
      continue;
    }
    const inside = isInside(points[i], frame);
    const past = inside ? 0 : asked; // goes past the spline, to the point
    let a = inside ? asked : 0;
    let b = gLogSlope[i];
    if (a === 0 && b === 0) {
      gPoints[i] = past;
      continue;
    }
    const at = CORNERS * j;
    const w = corners[at + 1] - corners[at];
    const h = corners[at + 3] - corners[at + 2];
    const d0 = corners[at + 4];
    const d1 = corners[at + 5];
    const theta = corners[at + 6];
    const beta = corners[at + 7];
    const s = h / w;
    const product = theta * beta;
    const p = theta * (s * theta + d0 * beta);
    const q = beta * (s * beta + d1 * theta);
    const D = p + q;
    const A = d1 * (theta * theta) + s * 2 * product + d0 * (beta * beta);
    const ratio = s / D;
    const slope = A * (ratio * ratio);
    // ∂ ln(dy/dx)/∂x
    const bend =
      (2 * ((d1 * theta - d0 * beta + s * (beta - theta)) / A - ((d0 + d1 - 2 * s) * (beta - theta)) / D)) / w;
    let alongX: number; // the cotangent of x
    if (direction === "forward") {
      alongX = a * slope + b * bend;
      gPoints[i] = past + alongX;
    } else {
      // x moves so that y stays: what is asked of x is asked of y, over the slope, with the other sign
      alongX = -a;
      a = (b * bend - a) / slope;
      b = -b;
      gPoints[i] = past - a;
    }
    // the cotangent of s, times s/w
    const ofChord =
      a * (ratio * ratio) * product * (d1 * (theta * theta) - d0 * (beta * beta)) +
      (b * (2 * product * (s / A + (d0 + d1) / D))) / w;
    const x0 = place[j];
    const y0 = x0 + (K + 1) * stride;
    gKnots[x0] += ofChord - beta * alongX;
    gKnots[x0 + stride] -= ofChord + theta * alongX;
    gKnots[y0] += a * (q / D) - ofChord / s;
    gKnots[y0 + stride] += a * (p / D) + ofChord / s;
    const steepness = a * h * (product / D);
    const first = slopeAt[2 * j];
    const second = slopeAt[2 * j + 1];
    const less = (2 * product) / D;
    if (first >= 0) gRaw[first] += (steepness * (q / D) + b * ((beta * beta) / A - less)) * sigmoids[2 * (i - start)];
    if (second >= 0)
      gRaw[second] += (b * ((theta * theta) / A - less) - steepness * (p / D)) * sigmoids[2 * (i - start) + 1];
  }
}
