import { add, div, mul, neg, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, sum } from "../autograd/ops/broadcast.ts";
import { less } from "../autograd/ops/comparison.ts";
import { log, log1p } from "../autograd/ops/exponential.ts";
import { clamp, where } from "../autograd/ops/selection.ts";
import { inspect } from "../autograd/recorder.ts";
import { applyMany, type ManyRule, noGrad, type Operand, withRecording } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import { type Kind, kind } from "../tensor/definitions/reading.ts";
import { DomainError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, sizeOf, unravel } from "../tensor/shape.ts";
import { full, Tensor } from "../tensor/tensor.ts";
import { distributionFunctions, type FactorizedDistribution, type SampleWithLogProb } from "./distribution.ts";
import { definitionWith, operand } from "./operands.ts";
import { asParameters, eventShapeOf, numberUnless, trainable } from "./parameters.ts";

/** The edges of a box: numbers, Tensors, or Variables, into which gradients flow. */
export interface UniformOptions {
  /** a, which belongs to the box. */
  readonly low: Operand;
  /** b > a, which does not. */
  readonly high: Operand;
}

/**
 * The uniform distribution on a box: log p(x) = −Σ ln(b − a) where a ≤ x < b in every coordinate, else −∞.
 *
 * Entropy: Σ ln(b − a) nats. Mean and median: (a + b)/2. Variance: (b − a)²/12. F = (x − a)/(b − a) inside. Shape: events have the shape that `low` a and `high` b broadcast to.
 * Gradient: 0 for x; into a and b, inside, if they are Variables. Special cases: NaN where a coordinate is NaN.
 * Sampling: one call of `random.uniform`; x = a + (b − a)·u.
 * Throws DomainError unless the parameters are finite and a < b, ShapeError for points of another shape.
 *
 * @example
 * uniform({ low: 0, high: 2 }).logProb(tensor([1, 2])); // [-0.693147, -Infinity]
 */
export function uniform(options: UniformOptions): FactorizedDistribution {
  checkOptions("uniform", options, { low: true, high: true });
  const { low, high } = asParameters("uniform", options, ["low", "high"]);
  const eventShape = eventShapeOf("uniform", [low, high]);
  const edges = (): readonly [Variable, Variable] => [broadcastTo(low, eventShape), broadcastTo(high, eventShape)];
  const box = (): Box => boxOf(...edges());
  box(); // for what it throws
  const logVolume = (): Variable => sum(broadcastTo(log(sub(high, low)), eventShape)); // Σ ln(b − a)

  function sampleWithLogProb(n: number, random: Random): SampleWithLogProb {
    checkDraw("uniform.sample", n, random, eventShape);
    const { a, b } = box();
    const draws = random.uniform([n, ...eventShape]);
    // where rounding makes b of u < 1, which is not in the box, a takes its place
    const u = draws.data.map((value, i) => {
      const j = i % a.length;
      return value < 1 && a[j] + (b[j] - a[j]) * value >= b[j] ? 0 : value;
    });
    const x = add(mul(new Tensor(u, draws.shape), sub(high, low)), low);
    return { x, logProb: mul(full([n], -1), logVolume()) };
  }
  /** How much of the box lies below x, or above it. */
  const share = (x: Tensor, upper: boolean): Variable =>
    clamp(div(upper ? sub(high, x) : sub(x, low), sub(high, low)), 0, 1);
  const middle = (): Variable => broadcastTo(add(low, mul(sub(high, low), 0.5)), eventShape);
  return summarized("uniform", {
    eventShape,
    parameters: trainable([low, high]),
    get definition() {
      return definitionWith("uniform", { low, high });
    },
    logProb(x) {
      checkBatch("uniform", x, eventShape);
      const [a, b] = edges();
      inspect([a, b], boxOf);
      const [inside, elsewhere] = withRecording(false, () => applyMany(placeRule, [x, a, b]));
      return where(inside, neg(logVolume()), elsewhere);
    },
    sample: (n, random) => noGrad(() => detach(sampleWithLogProb(n, random).x)),
    sampleWithLogProb,
    entropy: () => numberUnless([low, high], logVolume()),
    mean: middle,
    variance: () => broadcastTo(div(square(sub(high, low)), 12), eventShape),
    median: middle,
    ...distributionFunctions("uniform", eventShape, {
      cdf: (x, upper) => share(x, upper),
      logCdf(x, upper) {
        const [mass, rest] = [share(x, upper), share(x, !upper)];
        const small = less(mass, 0.5);
        return where(small, log(mass), log1p(neg(where(small, 0, rest)))); // ln(1 − rest) keeps what mass has rounded away
      },
      icdf: (u) => add(mul(u, sub(high, low)), low),
    }),
  });
}

interface Box {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Throws DomainError unless low < high, and not infinitely far apart. */
function boxOf(low: Tensor, high: Tensor): Box {
  const [a, b] = [low.data, high.data];
  for (let j = 0; j < a.length; j++) {
    if (b[j] - a[j] > 0 && b[j] - a[j] < Number.POSITIVE_INFINITY) continue;
    const index = formatShape(unravel(j, low.shape));
    throw new DomainError(`uniform: low must be below high; got ${a[j]} and ${b[j]} at ${index}`);
  }
  return { a, b };
}

/** For each point, 1 if all its coordinates are in the box; and ln p if they are not: −∞, or NaN if one is. [B] each; steps, without a derivative. */
const placeRule: ManyRule<[x: Tensor, low: Tensor, high: Tensor]> = {
  name: "placeInBox",
  shapes: ([x]) => [x.shape.slice(0, 1), x.shape.slice(0, 1)],
  forward([{ data: x }, { data: a }, { data: b }], [{ data: inside }, { data: elsewhere }]) {
    inside.fill(1);
    elsewhere.fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < inside.length; i++) {
      for (let j = 0; j < a.length; j++) {
        const value = x[i * a.length + j];
        if (!(value >= a[j] && value < b[j])) inside[i] = 0;
        if (value !== value) elsewhere[i] = Number.NaN;
      }
    }
  },
  vjp: () => [], // applied without recording
};

/** Rebuilds uniform from its definition. */
export const uniformEntry: Kind<FactorizedDistribution> = /*#__PURE__*/ kind(
  { low: /*#__PURE__*/ operand(0), high: /*#__PURE__*/ operand(1) },
  (edges, at) => {
    const { low, high } = asParameters("uniform", edges, ["low", "high"]);
    at.claim(sizeOf(eventShapeOf("uniform", [low, high])));
    return uniform(edges);
  },
);
