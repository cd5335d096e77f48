// z = the rational-quadratic spline of x whose knots the raw numbers give: log|det J| = Σ ln dz_i/dx_i.

import { reshape, sum } from "../../autograd/ops/broadcast.ts";
import { pure } from "../../autograd/pure.ts";
import type { Variable } from "../../autograd/variable.ts";
import { eventAxes } from "../../distributions/distribution.ts";
import { checkTensor } from "../../tensor/checks.ts";
import { type Kind, kind, number, oneOf, size } from "../../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../../tensor/errors.ts";
import type { SplineDirection, SplineLayout } from "../../tensor/kernels/splineBins.ts";
import { rawPerCoordinate, type SplineFrame } from "../../tensor/kernels/splineKnots.ts";
import { checkOptions, type Known } from "../../tensor/options.ts";
import { checkCount, formatShape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { moveBySpline, type Spline, splineOf } from "../../tensor/simd/simdSpline.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkDomain, type Domain, lastInside } from "../domain.ts";
import { moveByOps } from "./composedSpline.ts";
import { type Element, noFunction } from "./element.ts";
import { fusedSpline } from "./fusedSpline.ts";
import type { Moved, SplineKnots } from "./rationalQuadratic.ts";

// B batch, D coordinates of a vector or C channels of an image, K bins, P raw numbers per coordinate;
// R = B rows of raw numbers, or 1 for all points; n = B/R points for each row; E coordinates of a point (D, or C·H·W)

/** What {@link splineElement} takes. */
export interface SplineElementOptions {
  /** K, the number of bins; 8 by default. */
  readonly bins?: number;
  /** The spline lives on [−bound, bound]; 3 by default. */
  readonly bound?: number;
  /** The spline lives on [left, right] instead, both axes alike. */
  readonly left?: number;
  /** As `left`. */
  readonly right?: number;
  /** "linear" (the default): the identity outside, 3K − 1 raw numbers; "none": nothing outside, 3K + 1 raw numbers. */
  readonly tails?: "linear" | "none";
  /** The least width of a bin, as a fraction of right − left; 0.001 by default. */
  readonly minimumBinWidth?: number;
  /** The least height of a bin, as a fraction of right − left; 0.001 by default. */
  readonly minimumBinHeight?: number;
  /** The least slope at a knot; 0.001 by default. */
  readonly minimumDerivative?: number;
  /**
   * Raw numbers ↦ knots, instead of the standard map: [R, P, E] → x, y and derivatives [R, K + 1, E] each, for every R ≥ 0 and
   * E ≥ 1 and independently along both. x and y must increase from left to right, derivatives be positive, and 1 at the ends if tails
   * are linear. The least widths, heights and slopes above are not applied.
   */
  readonly knots?: (raw: Variable) => SplineKnots;
}

/** The names of these options. */
export const SPLINE: Known<SplineElementOptions> = {
  bins: true,
  bound: true,
  left: true,
  right: true,
  tails: true,
  minimumBinWidth: true,
  minimumBinHeight: true,
  minimumDerivative: true,
  knots: true,
};

/**
 * z = the monotone rational-quadratic spline of x through K + 1 knots, given by raw numbers; outside the knots z = x.
 *
 * Raw numbers, parameter after parameter: K widths and K heights of the bins, by softmax; then the slopes at the K − 1 inner
 * knots (K + 1 at all knots without tails), by softplus. Raw numbers of 0 give the identity: the softplus is shifted so that 0 means a
 * slope of 1, and no slope exceeds 1000. Instead of one row of raw numbers for each point there may be a single one, for all points alike.
 *
 * Log-det: Σ ln dz/dx, in closed form. Inverse: the root of a quadratic equation, in a form in which nothing cancels.
 * Parameters: none of its own; widths and heights of bins are bounded below, and slopes on both sides, so that points, log-dets and
 * inverses are finite whatever finite raw numbers come, as long as right − left times the least width and height is not lost beside left
 * and right. The gradient of a slope at its upper bound is 0.
 * Smoothness: C¹, piecewise C∞; z is in the closed bin of x. Cost: O(K·D) for the knots, O(D·log K) to find the bins, both ways.
 * Throws DomainError for options out of range, and without tails for points outside [left, right]; ShapeError.
 * Reference: Durkan, Bekasov, Murray & Papamakarios (2019), https://arxiv.org/abs/1906.04032, who do not shift the softplus;
 * Gregory & Delbourgo (1982), https://doi.org/10.1093/imanum/2.2.123.
 *
 * @example
 * const element = splineElement({ bins: 4 });
 * element.rawPerDimension; // 11 = 3·4 − 1
 * element.forward(tensor([[0.5]]), zeros([1, 11])).z; // [[0.5]]
 */
export function splineElement(options: SplineElementOptions = {}): Element {
  checkOptions("splineElement", options, SPLINE);
  const frame = frameOf(options);
  const { bins: K, left, right, tails } = frame;
  const { knots: ownKnots } = options;
  const P = rawPerCoordinate(frame);
  const closed: Domain = { least: left, greatest: right, name: `[${left}, ${right}]` };
  const spline = splineOf(frame, openRange(left, right));

  /** The points moved by the spline, by the identity outside, and the sum of ln of the slopes. */
  const move = (
    from: Tensor,
    raw: Tensor,
    what: "x" | "z",
    direction: SplineDirection,
  ): { to: Variable; logDet: Variable } => {
    checkTensor("splineElement", what, from);
    checkTensor("splineElement", "raw", raw);
    const layout = layoutOf(from, raw, P);
    if (tails === "none") checkDomain("splineElement", what, from, closed);
    const { to, logSlope } =
      ownKnots === undefined
        ? fusedSpline(spline, layout, direction, from, raw)
        : moveByOwnKnots(ownKnots, spline, layout, direction, from, raw);
    return { to, logDet: sum(logSlope, eventAxes(from)) };
  };
  const element: Element = {
    rawPerDimension: P,
    definition: {
      type: "spline",
      ...(ownKnots === undefined ? frame : { bins: K, left, right, tails, knots: "custom" }),
    },
    forward(x, raw) {
      const { to: z, logDet } = move(x, raw, "x", "forward");
      return { z, logDet };
    },
    inverse(z, raw) {
      const { to: x, logDet } = move(z, raw, "z", "inverse");
      return { x, logDet };
    },
    ...(ownKnots === undefined && { inverseEach: (...numbers) => inverseEach(spline, closed, ...numbers) }),
  };
  return ownKnots === undefined ? pure(element) : element; // knots of its own may come from anywhere
}

/** The inverse number by number: each of them a coordinate of one point. */
function inverseEach(
  spline: Spline,
  closed: Domain,
  ...[values, start, count, raw, logDets]: Parameters<NonNullable<Element["inverseEach"]>>
): void {
  const [z, logDet] = [values, logDets].map((each) => each.subarray(start, start + count));
  if (spline.frame.tails === "none") checkDomain("splineElement", "z", new Tensor(z, [count, 1]), closed);
  moveBySpline(spline, { rows: 1, pointsPerRow: 1, coordinates: count }, "inverse", z, raw, z, logDet);
}

/** The points moved by a spline whose knots a function gives. */
function moveByOwnKnots(
  knotsOf: (raw: Variable) => SplineKnots,
  spline: Spline,
  { rows: R, pointsPerRow: n, coordinates: E }: SplineLayout,
  direction: SplineDirection,
  from: Tensor,
  raw: Tensor,
): Moved {
  const knots = knotsOf(reshape(raw, [R, rawPerCoordinate(spline.frame), E]));
  checkKnots(knots, [R, spline.frame.bins + 1, E]);
  const { to, logSlope } = moveByOps(knots, spline, direction, reshape(from, [R, n, E]));
  return { to: reshape(to, from.shape), logSlope: reshape(logSlope, from.shape) };
}

/** (left, right) */
function openRange(left: number, right: number): Domain {
  const middle = left / 2 + right / 2;
  return {
    least: lastInside((x) => x > left, middle, left),
    greatest: lastInside((x) => x < right, middle, right),
    name: `(${left}, ${right})`,
  };
}

/** R, n and E for points [B, D] or [B, C, H, W] and raw numbers [R, P·D] or [R, P·C, H, W], R = B or 1. */
function layoutOf({ shape }: Tensor, raw: Tensor, P: number): SplineLayout {
  const [B, ...event] = shape;
  const rows = [P * event[0], ...event.slice(1)];
  const R = raw.shape[0];
  if (event.length === 0 || (R !== B && R !== 1) || !sameShape(raw.shape.slice(1), rows)) {
    const wanted = event.length === 0 ? "points of at least one axis" : `raw numbers ${formatShape([B, ...rows])}`;
    throw new ShapeError(
      `splineElement: needs ${wanted}; got ${formatShape(raw.shape)} for points ${formatShape(shape)}`,
    );
  }
  return { rows: R, pointsPerRow: R === B ? 1 : B, coordinates: sizeOf(event) };
}

function checkKnots(knots: SplineKnots, shape: readonly number[]): void {
  for (const name of ["x", "y", "derivatives"] as const) {
    const came = knots?.[name];
    if (came instanceof Tensor && sameShape(came.shape, shape)) continue;
    throw new ShapeError(`splineElement: knots must give ${name} ${formatShape(shape)}; got ${describeValue(came)}`);
  }
}

function frameOf(options: SplineElementOptions): SplineFrame {
  const { bins: K = 8, bound, tails = "linear" } = options;
  const { minimumBinWidth = 1e-3, minimumBinHeight = 1e-3, minimumDerivative = 1e-3 } = options;
  const wrong = (rule: string, came: unknown): DomainError =>
    new DomainError(`splineElement: ${rule}; got ${describeValue(came)}`);
  if (bound !== undefined && typeof bound !== "number") throw wrong("bound must be a number", bound);
  const { left = -(bound ?? 3), right = bound ?? 3 } = options;
  checkCount("splineElement", "bins", K, 1);
  if (bound !== undefined && (options.left !== undefined || options.right !== undefined)) {
    throw wrong("either a bound, or left and right", [bound, options.left, options.right]);
  }
  if (!([left, right].every(Number.isFinite) && Number.isFinite(right - left) && left < right)) {
    throw wrong("left, right and right − left must be finite, left < right (a bound positive)", [left, right]);
  }
  if (tails !== "linear" && tails !== "none") throw wrong('tails are "linear" or "none"', tails);
  for (const [name, minimum] of Object.entries({ minimumBinWidth, minimumBinHeight })) {
    if (!(Number.isFinite(minimum) && minimum > 0 && minimum * K < 1))
      throw wrong(`${name} must be positive and below 1/K`, minimum);
  }
  if (!(Number.isFinite(minimumDerivative) && minimumDerivative > 0 && minimumDerivative < 1)) {
    throw wrong("minimumDerivative must be positive and below 1", minimumDerivative);
  }
  if (options.knots !== undefined && typeof options.knots !== "function") {
    throw wrong("knots must be a function", options.knots);
  }
  return { bins: K, left, right, tails, minimumBinWidth, minimumBinHeight, minimumDerivative };
}

/** Rebuilds spline from its definition. */
export const splineEntry: Kind<Element> = /*#__PURE__*/ kind(
  {
    knots: noFunction,
    bins: size,
    left: number,
    right: number,
    tails: /*#__PURE__*/ oneOf("linear", "none"),
    minimumBinWidth: number,
    minimumBinHeight: number,
    minimumDerivative: number,
  },
  ({ knots, ...options }) => splineElement(options),
);
