import { memo } from "../../autograd/memo.ts";
import { add, div, mul, neg, sqrt, square, sub } from "../../autograd/ops/arithmetic.ts";
import { zerosLike } from "../../autograd/ops/broadcast.ts";
import { greater, greaterEqual } from "../../autograd/ops/comparison.ts";
import { log } from "../../autograd/ops/exponential.ts";
import { where } from "../../autograd/ops/selection.ts";
import { apply, applyMany, type ManyRule, noGrad, type Rule } from "../../autograd/rule.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

// R rows of knots, n points for each row, E coordinates of a point, K bins

/** The knots of monotone splines: row r, coordinate e has (x_k, y_k) and the slope there, k = 0 … K, in [r, k, e]. */
export interface SplineKnots {
  /** [R, K + 1, E], increasing along the middle axis */
  readonly x: Variable;
  /** [R, K + 1, E], increasing along the middle axis */
  readonly y: Variable;
  /** dy/dx at the knots, positive, [R, K + 1, E] */
  readonly derivatives: Variable;
}

/** Points moved by a spline, and ln of the slope where they came from. */
export interface Moved {
  /** [R, n, E] */
  readonly to: Variable;
  /** ln|d to/d from|, [R, n, E] */
  readonly logSlope: Variable;
}

// A bin is known by its corners (x₀, y₀), (x₁, y₁) and the slopes d₀, d₁ there; w = x₁ − x₀, h = y₁ − y₀, s = h/w. With
// θ = (x − x₀)/w and β = 1 − θ, Durkan et al. (2019), eq. 4, is that y divides its side of the bin as p : q, where
//     p = θ(sθ + d₀β),   q = β(sβ + d₁θ),   dy/dx = s²(d₁θ² + 2sθβ + d₀β²)/(p + q)²,
// and p + q is their denominator. Written so, nothing is ever subtracted but neighbouring coordinates.
interface Bin {
  readonly x: Side;
  readonly y: Side;
  readonly d0: Variable;
  readonly d1: Variable;
  /** s = h/w, the slope of the chord */
  readonly s: Variable;
}

/** One side of a bin: its ends and its length. */
interface Side {
  readonly low: Variable;
  readonly high: Variable;
  readonly length: Variable;
}

/** y for points x [R, n, E] that lie between the first and the last knot, and ln dy/dx. */
export function splineForward(knots: SplineKnots, x: Tensor): Moved {
  const bin = binOf(knots, knots.x, x);
  const { s, d0, d1 } = bin;
  const theta = div(sub(x, bin.x.low), bin.x.length);
  const beta = div(sub(bin.x.high, x), bin.x.length);
  const p = mul(theta, add(mul(s, theta), mul(d0, beta)));
  const q = mul(beta, add(mul(s, beta), mul(d1, theta)));
  const pq = add(p, q);
  return { to: divide(bin.y, div(p, pq), div(q, pq)), logSlope: logSlope(bin, theta, beta, pq) };
}

/**
 * x for points y [R, n, E] that lie between the first and the last knot, and ln dx/dy.
 *
 * The root of a quadratic equation, as a proportion again: with u = (y − y₀)/h, v = (y₁ − y)/h, e = d₀v − d₁u and
 * r = √(e² + 4s²uv), x divides its side as 2su : r + e, or as r − e : 2sv, which is the same; of r + e and r − e we take the one in which
 * nothing cancels. docs/derivations/spline.md derives it.
 */
export function splineInverse(knots: SplineKnots, y: Tensor): Moved {
  const bin = binOf(knots, knots.y, y);
  const { s, d0, d1 } = bin;
  const u = div(sub(y, bin.y.low), bin.y.length);
  const v = div(sub(bin.y.high, y), bin.y.length);
  const e = sub(mul(d0, v), mul(d1, u));
  const r = sqrt(add(square(e), mul(square(mul(s, 2)), mul(u, v))));
  const steeper = greaterEqual(e, 0);
  const p = where(steeper, mul(mul(s, 2), u), sub(r, e));
  const q = where(steeper, add(r, e), mul(mul(s, 2), v));
  const pq = add(p, q);
  const [theta, beta] = [div(p, pq), div(q, pq)];
  const denominator = add(mul(theta, add(mul(s, theta), mul(d0, beta))), mul(beta, add(mul(s, beta), mul(d1, theta))));
  return { to: divide(bin.x, theta, beta), logSlope: neg(logSlope(bin, theta, beta, denominator)) };
}

/** The point of a side that lies θ from its low and β = 1 − θ from its high end, reckoned from the nearer one: it never leaves the side. */
function divide({ low, high, length }: Side, theta: Variable, beta: Variable): Variable {
  return where(greater(theta, beta), sub(high, mul(length, beta)), add(low, mul(length, theta)));
}

/** ln dy/dx = ln(s²(d₁θ² + 2sθβ + d₀β²)/(p + q)²); s/(p + q) is at most 2. */
function logSlope({ s, d0, d1 }: Bin, theta: Variable, beta: Variable, pq: Variable): Variable {
  const across = mul(mul(s, 2), mul(theta, beta));
  const slope = add(add(mul(d1, square(theta)), across), mul(d0, square(beta)));
  return log(mul(slope, square(div(s, pq))));
}

/** The bin of each point, looked for along one of its sides. */
function binOf({ x, y, derivatives }: SplineKnots, edges: Variable, at: Tensor): Bin {
  const bins = noGrad(() => apply(binRule, [edges, at])); // k with edges_k ≤ at < edges_{k+1}
  const side = (knots: Variable): Side => {
    const [low, high] = applyMany(endsRule, [knots, bins]);
    return { low, high, length: sub(high, low) };
  };
  const [sideX, sideY] = [side(x), side(y)];
  const [d0, d1] = applyMany(endsRule, [derivatives, bins]);
  return { x: sideX, y: sideY, d0, d1, s: div(sideY.length, sideX.length) };
}

/** The last of the bins 0 … K − 1 whose lower edge is not above the point, by bisection; 0 below the first edge and for NaN. */
const binRule: Rule<[edges: Tensor, points: Tensor]> = {
  name: "bin",
  shape: ([_edges, points]) => points.shape,
  forward([edges, points], { data: bins }) {
    const [, corners, E] = edges.shape;
    const n = points.shape[1];
    for (let i = 0; i < bins.length; i++) {
      const e = i % E;
      const first = Math.floor(i / (n * E)) * corners * E + e; // of the edges of this row and coordinate
      let low = 0;
      let high = corners - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (edges.data[first + middle * E] <= points.data[i]) low = middle;
        else high = middle;
      }
      bins[i] = low;
    }
  },
  vjp: () => [], // applied without recording
};

/** Calls f with the place of a point's bin among values at knots, [r, k, e], the place of the point, and how far the next knot is. */
function forEachPoint(knots: Shape, bins: Tensor, f: (at: number, i: number, next: number) => void): void {
  const [, corners, E] = knots;
  const n = bins.shape[1];
  for (let i = 0; i < bins.size; i++) {
    const first = Math.floor(i / (n * E)) * corners * E + (i % E); // of the knots of this row and coordinate
    f(first + bins.data[i] * E, i, E);
  }
}

/** What belongs to the knots k and k + 1 of each point, k its bin: values [R, K + 1, E], bins [R, n, E] → [R, n, E] both. */
const endsRule: ManyRule<[values: Tensor, bins: Tensor]> = {
  name: "endsOfBins",
  shapes: ([_values, bins]) => [bins.shape, bins.shape],
  forward([values, bins], [low, high]) {
    forEachPoint(values.shape, bins, (at, i, next) => {
      low.data[i] = values.data[at];
      high.data[i] = values.data[at + next];
    });
  },
  vjp: ([values, bins], _ys, [gLow, gHigh]) => [
    () => apply(endsAdjointRule, [gLow, gHigh, bins], values.shape),
    () => zerosLike(bins),
  ],
};

/** The adjoint: what is asked of the ends of bins, added up at the knots; first of all lower ends, then of the upper ones. */
const endsAdjointRule: Rule<[low: Tensor, high: Tensor, bins: Tensor], [shape: Shape]> = {
  name: "endsOfBins.adjoint",
  shape: (_inputs, shape) => shape,
  forward([low, high, bins], { data: y }, shape) {
    const upper = bins.shape[1] === 1 ? y : new Float64Array(y.length); // one point has two knots of its own
    y.fill(0);
    forEachPoint(shape, bins, (at, i, next) => {
      y[at] += low.data[i];
      upper[at + next] += high.data[i];
    });
    if (upper !== y) for (let k = 0; k < y.length; k++) y[k] += upper[k];
  },
  vjp([_low, _high, bins], _y, g) {
    const ends = memo(() => applyMany(endsRule, [g, bins]));
    return [() => ends()[0], () => ends()[1], () => zerosLike(bins)];
  },
};
