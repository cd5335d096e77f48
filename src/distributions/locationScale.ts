import { add, div, mul, square, sub } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, sum } from "../autograd/ops/broadcast.ts";
import { log } from "../autograd/ops/exponential.ts";
import { noGrad, type Operand } from "../autograd/rule.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, type Variable } from "../autograd/variable.ts";
import { checkBatch, checkDraw } from "../tensor/checks.ts";
import type { Reader } from "../tensor/definitions/reading.ts";
import type { Known } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import {
  distributionFunctions,
  eventAxes,
  type FactorizedDistribution,
  type SampleWithLogProb,
} from "./distribution.ts";
import { definitionWith, operand } from "./operands.ts";
import { asParameters, checkPositive, eventShapeOf, numberUnless, trainable } from "./parameters.ts";

/** Where a distribution lies, and how wide it is: numbers, Tensors, or Variables, into which gradients flow. */
export interface LocationScaleOptions {
  /** μ, the centre. */
  readonly loc: Operand;
  /** s > 0, the width. */
  readonly scale: Operand;
}

/** The names of these options. */
export const LOCATION_SCALE: Known<LocationScaleOptions> = { loc: true, scale: true };

/** The member of a family with loc 0 and scale 1, of one coordinate. */
interface StandardMember {
  readonly name: string;
  /** What else the family has parameters for, by name. */
  readonly shapeParameters?: { readonly [name: string]: Tensor };
  /** ℓ(z) = ln p(z), element by element. */
  logDensity(z: Tensor): Variable;
  /** Independent draws. */
  noise(shape: Shape, random: Random): Tensor;
  /** h = −E[ℓ], nats. */
  entropy(): Operand;
  /** E[z], 0 if absent. */
  mean?(): Operand;
  /** Var[z] */
  variance(): Operand;
  /** F(z), number by number. */
  cdf(z: Variable): Variable;
  /** ln F(z) */
  logCdf(z: Variable): Variable;
  /** F⁻¹(u) for 0 ≤ u ≤ 1 */
  icdf(u: Tensor): Variable;
}

/**
 * x = loc + scale·z with z from the standard member, coordinates independent:
 * log p(x) = Σ ℓ((x − loc)/scale) − Σ ln scale, H = Σ (h + ln scale). All members are symmetric: the median is loc, and 1 − F(z) = F(−z).
 */
export function locationScale(standard: StandardMember, options: LocationScaleOptions): FactorizedDistribution {
  const { name, shapeParameters = {} } = standard;
  const { loc, scale } = asParameters(name, options, ["loc", "scale"]);
  const operands = { ...shapeParameters, loc, scale };
  const all = Object.values(operands);
  const eventShape = eventShapeOf(name, all);
  const positive = (): Tensor => checkPositive(name, "scale", scale);
  positive();
  /** z, or −z */
  const standardized = (x: Tensor, negative = false): Variable => div(negative ? sub(loc, x) : sub(x, loc), positive());
  const overEvent = (x: Tensor): Variable => sum(broadcastTo(x, eventShape));
  const logProbOf = (z: Tensor): Variable => sub(sum(standard.logDensity(z), eventAxes(z)), overEvent(log(positive())));

  function sampleWithLogProb(n: number, random: Random): SampleWithLogProb {
    checkDraw(`${name}.sample`, n, random, eventShape);
    const z = standard.noise([n, ...eventShape], random);
    return { x: add(mul(z, positive()), loc), logProb: logProbOf(z) };
  }
  return summarized(name, {
    eventShape,
    parameters: trainable(all),
    get definition() {
      return definitionWith(name, operands);
    },
    logProb(x) {
      checkBatch(name, x, eventShape);
      return logProbOf(standardized(x));
    },
    sample: (n, random) => noGrad(() => detach(sampleWithLogProb(n, random).x)),
    sampleWithLogProb,
    entropy: () => numberUnless(all, overEvent(add(log(positive()), standard.entropy()))),
    mean: () => broadcastTo(add(loc, standard.mean?.() ?? 0), eventShape),
    variance: () => broadcastTo(mul(square(positive()), standard.variance()), eventShape),
    median: () => broadcastTo(loc, eventShape),
    location: () => broadcastTo(loc, eventShape),
    ...distributionFunctions(name, eventShape, {
      cdf: (x, upper) => standard.cdf(standardized(x, upper)),
      logCdf: (x, upper) => standard.logCdf(standardized(x, upper)),
      icdf: (u) => add(mul(standard.icdf(u), positive()), loc),
    }),
  });
}

/** Half the spacing of the uniforms: stands for a 0 among them, whose logarithm would be −∞. */
export const SMALLEST = 5.551115123125783e-17; // 2⁻⁵⁴

/** Draws of a random variable from uniform ones by its quantile function; one call of `random.uniform`. */
export function byQuantile(quantile: (u: number) => number, shape: Shape, random: Random): Tensor {
  const draws = random.uniform(shape).data.map((u) => quantile(Math.max(u, SMALLEST)));
  return new Tensor(draws, shape);
}

/** Location and scale, as definitions have them. */
export const locationScaleFields: Readonly<Record<"loc" | "scale", Reader<Operand>>> = {
  loc: /*#__PURE__*/ operand(0),
  scale: /*#__PURE__*/ operand(1),
};
