import { reshape, type Tensor } from "diffeo";
import { standardKnots } from "../../../src/flows/elements/composedSpline.ts";
import type { Spline } from "../../../src/tensor/simd/simdSpline.ts";
import { softplusOf } from "./knots.ts";

/**
 * Σ|terms| of the gradients of a spline: what rounding errors of them are measured by. The formulas of docs/derivations/spline.md, with a plus
 * where they have a minus. Points [R, n, E], raw [R, P, E] → those of points and of raw numbers.
 */
export function pulledTerms(
  spline: Spline,
  direction: "forward" | "inverse",
  points: Tensor,
  raw: Tensor,
  gTo: Tensor,
  gLogSlope: Tensor,
): readonly [Float64Array, Float64Array] {
  const { bins: K, left, right, tails } = spline.frame;
  const [R, n, E] = points.shape;
  const P = raw.shape[1];
  const knots = standardKnots(reshape(raw, raw.shape), spline); // to the bit: a point may be a rounding error away from one
  const ofPoints = new Float64Array(points.size);
  const ofRaw = new Float64Array(raw.size);
  for (let lane = 0; lane < R * E; lane++) {
    const start = Math.floor(lane / E) * P * E + (lane % E);
    const numbers = Array.from({ length: P }, (_, p) => raw.data[start + p * E]);
    const [x, y, d] = [knots.x, knots.y, knots.derivatives].map((each) =>
      Array.from({ length: K + 1 }, (_, k) => each.at(Math.floor(lane / E), k, lane % E)),
    );
    const sides = [new Float64Array(K + 1), new Float64Array(K + 1)];
    for (let j = 0; j < n; j++) {
      const i = (Math.floor(lane / E) * n + j) * E + (lane % E);
      const point = points.data[i];
      let [a, b] = [Math.abs(gTo.data[i]), Math.abs(gLogSlope.data[i])];
      const inside = point > left && point < right;
      if (!inside) {
        ofPoints[i] = a;
        if (tails === "linear") continue;
        a = 0;
      }
      const edges = direction === "forward" ? x : y;
      for (let k = 0; k < K; k++) {
        if (!(edges[k] <= point && (point < edges[k + 1] || k === K - 1))) continue;
        const [w, h, d0, d1] = [x[k + 1] - x[k], y[k + 1] - y[k], d[k], d[k + 1]];
        const s = h / w;
        const [theta, beta] = divided(point - edges[k], edges[k + 1] - point, s, d0, d1, direction);
        const product = theta * beta;
        const p = theta * (s * theta + d0 * beta);
        const q = beta * (s * beta + d1 * theta);
        const D = p + q;
        const A = d1 * theta * theta + 2 * s * product + d0 * beta * beta;
        const slope = A * (s / D) ** 2;
        const bend = ((d1 * theta + d0 * beta + s) / A + (d0 + d1 + 2 * s) / D) * (2 / w);
        const alongX = direction === "forward" ? a * slope + b * bend : a;
        const asked = direction === "forward" ? a : (a + b * bend) / slope;
        ofPoints[i] += direction === "forward" ? alongX : asked;
        const ofChord =
          asked * (s / D) ** 2 * product * (d1 * theta * theta + d0 * beta * beta) +
          (b * 2 * product * (s / A + (d0 + d1) / D)) / w;
        sides[0][k] += ofChord + alongX;
        sides[0][k + 1] += ofChord + alongX;
        sides[1][k] += asked + ofChord / s;
        sides[1][k + 1] += asked + ofChord / s;
        const steepness = (asked * h * product) / D;
        const both = [
          steepness + b * ((beta * beta) / A + (2 * product) / D),
          steepness + b * ((theta * theta) / A + (2 * product) / D),
        ];
        both.forEach((terms, end) => {
          const number = k + end - (tails === "linear" ? 1 : 0);
          if (tails === "none" || (k + end > 0 && k + end < K)) ofRaw[start + (2 * K + number) * E] += terms;
        });
      }
    }
    sides.forEach((terms, side) => {
      const total = terms.slice(1, K).reduce((sum, each) => sum + each, 0) * (right - left);
      const own = numbers.slice(side * K, (side + 1) * K);
      const largest = Math.max(...own);
      const shares = own.map((value) => Math.exp(value - largest));
      const all = shares.reduce((sum, each) => sum + each);
      shares.forEach((share, k) => {
        ofRaw[start + (side * K + k) * E] = (2 * total * share) / all;
      });
    });
    for (let p = 2 * K; p < P; p++) ofRaw[start + p * E] *= Math.min(1, Math.exp(softplusOf(numbers[p])) - 1 + 1e-3);
  }
  return [ofPoints, ofRaw];
}

/** θ and β of a point that divides the side it comes from as `before` : `after`. */
function divided(
  before: number,
  after: number,
  s: number,
  d0: number,
  d1: number,
  direction: "forward" | "inverse",
): [number, number] {
  const [u, v] = [before / (before + after), after / (before + after)];
  if (direction === "forward") return [u, v];
  const e = d0 * v - d1 * u;
  const r = Math.sqrt(e * e + 4 * s * s * u * v);
  const [p, q] = e >= 0 ? [2 * s * u, r + e] : [r - e, 2 * s * v];
  return [p / (p + q), q / (p + q)];
}
