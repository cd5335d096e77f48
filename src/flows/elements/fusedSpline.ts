import { grad } from "../../autograd/grad.ts";
import { memo } from "../../autograd/memo.ts";
import { add, mul } from "../../autograd/ops/arithmetic.ts";
import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { applyMany, isRecording, type ManyRule } from "../../autograd/rule.ts";
import { Variable } from "../../autograd/variable.ts";
import type { SplineDirection, SplineLayout } from "../../tensor/kernels/splineBins.ts";
import { rawPerCoordinate } from "../../tensor/kernels/splineKnots.ts";
import type { Shape } from "../../tensor/shape.ts";
import { moveBySpline, pullThroughSpline, type Spline, traceIn, traceSize } from "../../tensor/simd/simdSpline.ts";
import { knownSize } from "../../tensor/simd/splineLanes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { moveByOps, standardKnots } from "./composedSpline.ts";
import type { Moved } from "./rationalQuadratic.ts";

/**
 * A standard spline, from raw numbers to moved points, as one op: composedSpline.ts says with ops what it does. Traced, it has a third result, from which the
 * backward pass learns what the forward pass knew.
 */
const splineRule: ManyRule<
  [points: Tensor, raw: Tensor],
  [spline: Spline, layout: SplineLayout, direction: SplineDirection, traced: boolean]
> = {
  name: "spline",
  shapes: ([points], spline, layout, _direction, traced) => [
    points.shape,
    points.shape,
    ...(traced ? [[roomForTrace(spline, layout)]] : []),
  ],
  differentiated: 2,
  lowering: "spline",
  forward([points, raw], [to, logSlope, trace], spline, layout, direction) {
    const room = trace ? traceIn(spline, layout, trace.data) : null;
    moveBySpline(spline, layout, direction, points.data, raw.data, to.data, logSlope.data, room);
  },
  vjp([points, raw], [, , trace], [gTo, gLogSlope], spline, layout, direction) {
    const gradients = memo((): readonly [points: Variable, raw: Variable] => {
      if (isRecording() || trace === undefined)
        return composedGradients(points, raw, gTo, gLogSlope, spline, layout, direction);
      const inputs = [points, gTo, gLogSlope, trace] as const;
      const [gPoints, gRaw] = applyMany(splineGradientsRule, inputs, spline, layout, direction, raw.shape);
      return [gPoints, gRaw];
    });
    return [() => gradients()[0], () => gradients()[1]];
  },
};

/** Room for the trace of `forward`, or for that of the kernels of a plan. */
function roomForTrace(spline: Spline, layout: SplineLayout): number {
  const { rows, pointsPerRow, coordinates } = layout;
  return Math.max(traceSize(spline, layout), knownSize(spline.frame.bins, rows * pointsPerRow * coordinates));
}

/** The gradients by formulas of their own, from the trace that the op left. Never recorded. */
const splineGradientsRule: ManyRule<
  [points: Tensor, gTo: Tensor, gLogSlope: Tensor, trace: Tensor],
  [spline: Spline, layout: SplineLayout, direction: SplineDirection, rawShape: Shape]
> = {
  name: "splineGradients",
  shapes: ([points], _spline, _layout, _direction, rawShape) => [points.shape, rawShape],
  forward([points, gTo, gLogSlope, trace], [gPoints, gRaw], spline, layout, direction) {
    const cotangents = [gTo.data, gLogSlope.data, gPoints.data, gRaw.data] as const;
    gRaw.data.fill(0);
    pullThroughSpline(spline, layout, direction, points.data, traceIn(spline, layout, trace.data), ...cotangents);
  },
  lowering: "splineGradients",
  vjp: () => [],
};

/** The same gradients, made of ops, so that they can be differentiated again. */
function composedGradients(
  points: Tensor,
  raw: Tensor,
  gTo: Variable,
  gLogSlope: Variable,
  spline: Spline,
  { rows: R, pointsPerRow: n, coordinates: E }: SplineLayout,
  direction: SplineDirection,
): readonly [points: Variable, raw: Variable] {
  // cut off from their own histories, which are none of this op's business, but depending on them
  const inputs = [reshape(points, [R, n, E]), reshape(raw, [R, rawPerCoordinate(spline.frame), E])];
  const { to, logSlope } = moveByOps(standardKnots(inputs[1], spline), spline, direction, inputs[0]);
  const asked = add(mul(to, reshape(gTo, to.shape)), mul(logSlope, reshape(gLogSlope, to.shape)));
  const [gPoints, gRaw] = grad(sum(asked), inputs, { createGraph: true });
  return [reshape(gPoints, points.shape), reshape(gRaw, raw.shape)];
}

/**
 * Points moved by the spline whose knots the raw numbers give, and ln of the slopes, both in the shape of the points.
 *
 * Gradient: by formulas of its own (docs/derivations/spline.md), unless it is going to be differentiated itself. Of raw numbers that several
 * points share it is a sum over shards of points (kernels/shards.ts).
 */
export function fusedSpline(
  spline: Spline,
  layout: SplineLayout,
  direction: SplineDirection,
  points: Tensor,
  raw: Tensor,
): Moved {
  const traced = isRecording() && (points instanceof Variable || raw instanceof Variable);
  const [to, logSlope] = applyMany(splineRule, [points, raw], spline, layout, direction, traced);
  return { to, logSlope };
}
