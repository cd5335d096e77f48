import { add, mul } from "../../autograd/ops/arithmetic.ts";
import { broadcastTo } from "../../autograd/ops/broadcast.ts";
import { greater, less } from "../../autograd/ops/comparison.ts";
import { softplus } from "../../autograd/ops/exponential.ts";
import { concat, split } from "../../autograd/ops/rearrange.ts";
import { cumsum, softmax } from "../../autograd/ops/reduction.ts";
import { clamp, where } from "../../autograd/ops/selection.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { SplineDirection } from "../../tensor/kernels/splineBins.ts";
import { type KnotMap, MAXIMUM_DERIVATIVE } from "../../tensor/kernels/splineKnots.ts";
import type { Spline } from "../../tensor/simd/simdSpline.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { keepInside } from "../domain.ts";
import { type Moved, type SplineKnots, splineForward, splineInverse } from "./rationalQuadratic.ts";

// A spline made of ops, a line for each formula: for knots of one's own, for derivatives of higher order, and to read before the kernels
// that do the same faster (fusedSpline.ts). Values are the same to the bit, gradients to rounding.
//
// R rows of raw numbers, P for each of E coordinates, n points for each row, K bins

/** Points [R, n, E] moved by the spline through the knots, by the identity outside, and ln of the slopes. */
export function moveByOps(knots: SplineKnots, spline: Spline, direction: SplineDirection, points: Tensor): Moved {
  const { left, right, tails } = spline.frame;
  const move = direction === "forward" ? splineForward : splineInverse;
  const inside = mul(greater(points, left), less(points, right));
  if (tails === "linear") {
    const { to, logSlope } = move(knots, where(inside, points, left));
    return { to: where(inside, to, points), logSlope: where(inside, logSlope, 0) };
  }
  const { to, logSlope } = move(knots, points);
  const inner = keepInside(to, spline.open); // rounding may reach an edge, which only an edge is mapped to
  return { to: inner === to ? to : where(inside, inner, points), logSlope };
}

/** Knots by softmax and softplus. raw [R, P, E] → [R, K + 1, E] each. */
export function standardKnots(raw: Variable, { frame, maps: [mapX, mapY], shift }: Spline): SplineKnots {
  const { bins: K, left, right, tails, minimumDerivative } = frame;
  const [widths, heights, slopes] = split(raw, [K, K, raw.shape[1] - 2 * K], 1);
  const derivatives = clamp(add(softplus(add(slopes, shift)), minimumDerivative), null, MAXIMUM_DERIVATIVE);
  return {
    x: between(left, cumulated(widths, mapX), right),
    y: between(left, cumulated(heights, mapY), right),
    derivatives: tails === "none" ? derivatives : between(1, derivatives, 1),
  };
}

/** Shares of what is beyond the least lengths, one after another: [R, K, E] → [R, K − 1, E]. */
function cumulated(raw: Variable, { least, scale }: KnotMap): Variable {
  const K = raw.shape[1];
  const [inner] = split(cumsum(softmax(raw, 1), 1), [K - 1, 1], 1); // the last is 1
  return add(mul(inner, scale), new Tensor(least, [K - 1, 1]));
}

/** The inner values between two fixed ones, along axis 1. */
function between(first: number, inner: Variable, last: number): Variable {
  const [R, , E] = inner.shape;
  return concat([broadcastTo(first, [R, 1, E]), inner, broadcastTo(last, [R, 1, E])], 1);
}
