import { checkParameters, type Part } from "../autograd/parts.ts";
import type { Variable } from "../autograd/variable.ts";
import { checkBatch } from "../tensor/checks.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import { type Reader, read } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { checkShape, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A point drawn, and the log-density where it fell; gradients flow into both. */
export interface SampleWithLogProb {
  /** [n, ...eventShape] */
  readonly x: Variable;
  /** [n], nats */
  readonly logProb: Variable;
}

/** A probability distribution over tensors of one shape. */
export interface Distribution extends Part {
  /** The shape of one point; [] for numbers. */
  readonly eventShape: Shape;
  /** C, the width of the context that it depends on; absent or 0 for none. */
  readonly context?: number;
  /** What it can be rebuilt from, as plain JSON; absent where nothing can: for a distribution of your own, or of computed Variables. */
  readonly definition?: Definition;
  /** Numbers that are saved but not trained, by name: those of flows within. */
  readonly buffers?: ReadonlyMap<string, Tensor>;
  /** log p(x) in nats, [B, ...eventShape] → [B]. Throws ShapeError. */
  logProb(x: Tensor, context?: Tensor): Variable;
  /** n independent points, [n, ...eventShape]. Throws DomainError unless n is an integer ≥ 0. */
  sample(n: number, random: Random, context?: Tensor): Tensor;
  /** n points with their log-densities, reparametrised: gradients flow through both. Throws as `sample`. */
  sampleWithLogProb?(n: number, random: Random, context?: Tensor): SampleWithLogProb;
  /** H = −E[log p] in nats. */
  entropy?(): number | Variable;
  /** E[x], in the shape of one point, eventShape. NaN where there is none. */
  mean?(): Variable;
  /** Var[x_i] = E[(x_i − E[x_i])²] of each coordinate, eventShape; ∞ or NaN where there is none. */
  variance?(): Variable;
  /** The median of each coordinate, eventShape. */
  median?(): Variable;
  /** μ where x = μ + scale·(noise around 0) with one scale that could be any other: what a temperature scales around; eventShape, or one for each row of context. */
  location?(context?: Tensor): Variable;
  /** n points of it T times as wide, where that is more than a stretch around one centre: of a mixture each component by itself. */
  sampleAt?(temperature: number, n: number, random: Random, context?: Tensor): Tensor;
  /**
   * F_i(x_i) = P(X_i ≤ x_i) of each coordinate by itself, whatever the others, [B, ...eventShape] → the same. Gradient: the density.
   * Throws ShapeError. Absent where coordinates depend on each other.
   */
  cdf?(x: Tensor): Variable;
  /** ln F_i(x_i), nats, also where F underflows, or is 1 but for rounding. Gradient: density/F. Shape and errors as those of {@link cdf}, here and below. */
  logCdf?(x: Tensor): Variable;
  /** P(X_i > x_i) = 1 − F_i(x_i), without cancellation. */
  survival?(x: Tensor): Variable;
  /** ln P(X_i > x_i), nats. */
  logSurvival?(x: Tensor): Variable;
  /** x_i = F_i⁻¹(u_i), [B, ...eventShape] → the same, infinite at an end that is. Throws ShapeError, DomainError unless 0 ≤ u ≤ 1. */
  icdf?(u: Tensor): Variable;
  /** The same as {@link icdf}, by its other name. */
  quantile?(u: Tensor): Variable;
}

/** A distribution whose draws are functions of its parameters and of noise without any, and whose entropy is known. */
export interface ReparametrizedDistribution extends Distribution {
  sampleWithLogProb(n: number, random: Random, context?: Tensor): SampleWithLogProb;
  entropy(): number | Variable;
}

/** One whose mean and variance are known. */
export interface DistributionWithMoments extends ReparametrizedDistribution {
  mean(): Variable;
  variance(): Variable;
}

/** The distribution functions of each coordinate by itself. */
export type DistributionFunctions = Required<
  Pick<Distribution, "cdf" | "logCdf" | "survival" | "logSurvival" | "icdf" | "quantile">
>;

/** One of independent coordinates, whose distribution functions are known, too. */
export interface FactorizedDistribution extends DistributionWithMoments, DistributionFunctions {
  median(): Variable;
  cdf(x: Tensor): Variable;
  logCdf(x: Tensor): Variable;
  survival(x: Tensor): Variable;
  logSurvival(x: Tensor): Variable;
  icdf(u: Tensor): Variable;
  quantile(u: Tensor): Variable;
}

/** What they are made of: P(X ≤ x) or, if `upper`, P(X > x), the logarithm of that, and F⁻¹. */
export interface Sides {
  cdf(x: Tensor, upper: boolean): Variable;
  logCdf(x: Tensor, upper: boolean): Variable;
  icdf(u: Tensor): Variable;
}

/** The distribution functions of every coordinate, for points and probabilities that are checked in the name of the distribution. */
export function distributionFunctions(
  name: string,
  eventShape: Shape,
  { cdf, logCdf, icdf }: Sides,
): DistributionFunctions {
  const checked = (f: (x: Tensor, upper: boolean) => Variable, upper: boolean) => (x: Tensor) => {
    checkBatch(name, x, eventShape);
    return f(x, upper);
  };
  const quantile = (u: Tensor): Variable => {
    checkBatch(name, u, eventShape);
    const wrong = u.data.find((value) => !(value >= 0 && value <= 1));
    if (wrong !== undefined) throw new DomainError(`${name}: probabilities must lie in [0, 1]; got ${wrong}`);
    return icdf(u);
  };
  return {
    cdf: checked(cdf, false),
    logCdf: checked(logCdf, false),
    survival: checked(cdf, true),
    logSurvival: checked(logCdf, true),
    icdf: quantile,
    quantile,
  };
}

/** x, if it is a distribution, the library's or one's own. Throws DomainError in the name of the operation. */
export function checkDistribution(operation: string, name: string, x: unknown): Distribution {
  const { logProb, sample, eventShape } = (x ?? {}) as Partial<Distribution>;
  if (typeof logProb !== "function" || typeof sample !== "function" || !Array.isArray(eventShape))
    throw new DomainError(`${operation}: ${name} must be a distribution; got ${describeValue(x)}`);
  checkShape(operation, eventShape);
  checkParameters(operation, name, x);
  return x as Distribution;
}

/** The axes of one event in a batch of them: all but the first. */
export function eventAxes(x: Tensor): number[] {
  return x.shape.slice(1).map((_, axis) => axis + 1);
}

/**
 * The field of a definition that says which distribution it is, read: the distribution. For layers of your own that have one inside; see `bijectionFrom`.
 * Throws DomainError, naming the place, for what is none.
 *
 * @example
 * // z = F(x): its log-det is log p(x)
 * const byCdf = ({ of }: { of: unknown }, at: Place) => {
 *   const p = readDistribution(of, at.part("of")) as FactorizedDistribution;
 *   const forward = (x: Tensor) => ({ z: p.cdf(x), logDet: p.logProb(x) });
 *   return layer({ shape: [1], forward, inverse: (z) => ({ x: p.icdf(z), logDet: neg(p.logProb(p.icdf(z))) }) });
 * };
 * const definition = { type: "byCdf", of: logistic({ loc: tensor([0]), scale: 1 }).definition as Definition };
 * bijectionFrom(definition, { layers: { byCdf } }).forward(tensor([[0]])); // { z: [[0.5]], logDet: [-1.38629] }
 */
export const readDistribution: Reader<Distribution> = (value, at) => read("a distribution", value, at);
