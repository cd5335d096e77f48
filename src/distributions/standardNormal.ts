import { add, mul, neg, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, sum } from "../autograd/ops/broadcast.ts";
import { normalCdf } from "../autograd/ops/errorFunction.ts";
import { exp } from "../autograd/ops/exponential.ts";
import { summarized } from "../autograd/summary.ts";
import { Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { type Kind, kind, listOf, size } from "../tensor/definitions/reading.ts";
import type { Random } from "../tensor/random.ts";
import { checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import type { DiagonalNormal } from "./diagonalNormal.ts";
import { type Distribution, type DistributionFunctions, distributionFunctions, eventAxes } from "./distribution.ts";
import { logNormalCdf } from "./logNormalCdf.ts";
import { normalQuantile } from "./normalQuantile.ts";

/** ln 2π */
export const LOG_2PI = 1.8378770664093453;

/**
 * N(0, I): log p(x) = −½|x|² − (D/2)·ln 2π, D the number of elements of one point.
 *
 * Entropy: (D/2)(1 + ln 2π) nats. Mean and median: 0. Variance: 1. F = Φ, F⁻¹ = Φ⁻¹ of each coordinate. Sampling: one call of `random.normal`.
 * Shape: events have the shape given. Throws DomainError for a shape that is none, ShapeError for points of another shape.
 *
 * @example
 * const p = standardNormal([2]);
 * p.logProb(tensor([[0, 0]])); // [-1.83788], −ln 2π
 * p.sample(5, new Random(1)).shape; // [5, 2]
 * p.entropy(); // 2.83788 nats, 1 + ln 2π
 */
export function standardNormal(shape: Shape): DiagonalNormal {
  const eventShape = [...checkShape("standardNormal", shape)];
  const D = sizeOf(eventShape);
  const [loc, logScale] = [zeros(eventShape), zeros(eventShape)];
  const draw = (n: number, random: Random): Tensor => {
    checkDraw("standardNormal.sample", n, random, eventShape);
    return random.normal([n, ...eventShape]);
  };
  const logProb = (x: Tensor): Variable => sub(mul(sum(square(x), eventAxes(x)), -0.5), 0.5 * D * LOG_2PI);
  return summarized("standardNormal", {
    eventShape,
    parameters: [],
    definition: { type: "standardNormal", shape: eventShape },
    loc,
    logScale,
    logProb(x) {
      checkBatch("standardNormal", x, eventShape);
      return logProb(x);
    },
    sample: draw,
    sampleWithLogProb(n, random) {
      const { data, shape: drawn } = draw(n, random);
      const x = new Variable(data, drawn);
      return { x, logProb: logProb(x) };
    },
    entropy: () => 0.5 * D * (1 + LOG_2PI),
    ...normalFunctions("standardNormal", eventShape, loc, logScale),
  });
}

/** What is known of the coordinates of a normal distribution one by one: μ, σ², F(x) = Φ((x − μ)/σ), F⁻¹(u) = μ + σ·Φ⁻¹(u). */
export function normalFunctions(
  name: string,
  eventShape: Shape,
  loc: Tensor,
  logScale: Tensor,
): DistributionFunctions & Required<Pick<Distribution, "mean" | "variance" | "median" | "location">> {
  const middle = (): Variable => broadcastTo(loc, eventShape);
  const standardized = (x: Tensor, negative: boolean): Variable =>
    mul(negative ? sub(loc, x) : sub(x, loc), exp(neg(logScale)));
  return {
    mean: middle,
    variance: () => broadcastTo(exp(mul(logScale, 2)), eventShape),
    median: middle,
    location: middle,
    ...distributionFunctions(name, eventShape, {
      cdf: (x, upper) => normalCdf(standardized(x, upper)),
      logCdf: (x, upper) => logNormalCdf(standardized(x, upper)),
      icdf: (u) => add(mul(normalQuantile(u), exp(logScale)), loc),
    }),
  };
}

/** Rebuilds standardNormal from its definition. */
export const standardNormalEntry: Kind<DiagonalNormal> = /*#__PURE__*/ kind(
  { shape: /*#__PURE__*/ listOf(size) },
  ({ shape }, at) => {
    at.claim(2 * sizeOf(shape));
    return standardNormal(shape);
  },
);
