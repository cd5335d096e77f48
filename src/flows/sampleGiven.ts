import { effectiveSampleSize } from "../distributions/effectiveSampleSize.ts";
import { checkDraw } from "../tensor/checks.ts";
import { columnStatistics } from "../tensor/columnStatistics.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { exp } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkFlow } from "./checkFlow.ts";
import type { Flow } from "./flow.ts";

// D coordinates, of which some are given: x = (v, y). M proposals.

/** What {@link sampleGiven} is told. */
export interface GivenOptions {
  /** The values of some coordinates, by their number. */
  readonly given: ReadonlyMap<number, number>;
  /** M, how many points are proposed; 100,000 by default. */
  readonly proposals?: number;
  /** Of a flow with a context: [1, C]. */
  readonly context?: Tensor;
}

/** Points with some coordinates given, and how much they are worth. */
export interface GivenSample {
  /** [n, D] */
  readonly x: Tensor;
  /** How many independent points tell as much as the weighted proposals: with few, the n points repeat few, or are wrong. */
  readonly effectiveSampleSize: number;
}

/** Widths of h, in deviations of the coordinate: narrow ones keep to proposals that are right already, wide ones keep more of them. */
const WIDTHS: readonly number[] = [2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01];

/**
 * n points of p(x) with some coordinates given, by sampling-importance-resampling: proposals (v′, y) are drawn from p itself, and y is kept with a weight of
 *
 *     w = p(v, y) · h(v′) / p(v′, y)
 *
 * where h is a normal density around v. Whatever its width, that is right for many proposals: Σ w g(y)/Σ w → E[g(y) | v]; the one of several widths whose
 * effective sample size is largest is taken. n points are drawn from the proposals by their weights, and come in random order; they repeat.
 *
 * Few proposals lie near a v that is rare, or where many coordinates are given: look at `effectiveSampleSize`. A flow whose context the given columns are needs
 * none of this. Cost: M samples and 2M densities. Throws ShapeError for points that are no rows, DomainError for coordinates and values that are none.
 * Reference: Rubin (1988), Using the SIR algorithm to simulate posterior distributions, Bayesian Statistics 3, pp. 395–402.
 *
 * @example
 * const joint = multivariateNormal({ loc: 0, scaleTril: tensor([[1, 0], [0.8, 0.6]]) });
 * const flow = new Flow(joint, permutation({ permutation: [0, 1] }));
 * const { x } = sampleGiven(flow, 1000, new Random(1), { given: new Map([[0, 1]]), proposals: 5000 });
 * mean(x, 0); // [1, 0.769529]; E[x₂ | x₁ = 1] = 0.8
 */
export function sampleGiven(flow: Flow, n: number, random: Random, options: GivenOptions): GivenSample {
  checkFlow("sampleGiven", flow);
  checkDraw("sampleGiven", n, random, flow.bijection.dataShape);
  checkOptions("sampleGiven", options, { given: true, proposals: true, context: true });
  const { given, proposals: M = 100_000, context } = options;
  if (!(given instanceof Map)) throw new DomainError(`sampleGiven: given must be a Map; got ${describeValue(given)}`);
  checkCount("sampleGiven", "proposals", M, 1);
  const { dataShape } = flow.bijection;
  const [D] = dataShape;
  if (dataShape.length !== 1) throw new ShapeError(`sampleGiven: points must be rows; got ${formatShape(dataShape)}`);
  for (const [j, value] of given) {
    if (Number.isInteger(j) && j >= 0 && j < D && Number.isFinite(value)) continue;
    throw new DomainError(
      `sampleGiven: coordinates are 0 … ${D - 1}, and values finite; got ${describeValue(j)} = ${describeValue(value)}`,
    );
  }
  const drawn = flow.sample(M, random, context);
  const there = drawn.data.slice();
  for (const [j, value] of given) for (let i = 0; i < M; i++) there[i * D + j] = value;
  const moved = new Tensor(there, [M, D]);
  const ratio = flow.score(moved, context).data.slice(); // log p(v, y) …
  const before = flow.score(drawn, context).data;
  for (let i = 0; i < M; i++) ratio[i] -= before[i]; // … − log p(v′, y)
  const { logWeights, size } = bestWeights(drawn, given, ratio);
  const chosen = resampled(n, logWeights, random);
  const x = new Float64Array(n * D);
  chosen.forEach((i, k) => {
    x.set(there.subarray(i * D, (i + 1) * D), k * D);
  });
  return { x: new Tensor(x, [n, D]), effectiveSampleSize: size };
}

/** log w of the width that gives the largest effective sample size. */
function bestWeights(
  drawn: Tensor,
  given: ReadonlyMap<number, number>,
  ratio: Float64Array,
): { logWeights: Float64Array; size: number } {
  const [M, D] = drawn.shape;
  const { deviation } = columnStatistics("sampleGiven", drawn);
  const distance = new Float64Array(M); // Σ ((v′ − v)/deviation)²
  for (const [j, value] of given) {
    const unit = deviation.data[j] || 1;
    for (let i = 0; i < M; i++) {
      const away = (drawn.data[i * D + j] - value) / unit;
      distance[i] += away * away;
    }
  }
  let best = { logWeights: new Float64Array(M), size: 0 };
  for (const width of WIDTHS) {
    const logWeights = ratio.map((value, i) => {
      const weight = value - distance[i] / (2 * width * width);
      return weight < Number.POSITIVE_INFINITY ? weight : Number.NEGATIVE_INFINITY; // NaN and +∞: the proposal had no density
    });
    if (logWeights.every((value) => value === Number.NEGATIVE_INFINITY)) continue;
    const size = effectiveSampleSize(new Tensor(logWeights, [M]));
    if (size > best.size) best = { logWeights, size };
  }
  return best;
}

/** n numbers of proposals, each about as often as its weight says, at even distances from one random start; in random order. */
function resampled(n: number, logWeights: Float64Array, random: Random): number[] {
  const largest = logWeights.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = logWeights.map((value) => (largest === Number.NEGATIVE_INFINITY ? 1 : exp(value - largest)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const start = random.uniform([1]).at(0);
  const chosen: number[] = [];
  let sum = 0;
  weights.forEach((weight, i) => {
    sum += weight;
    while (chosen.length < n && ((chosen.length + start) / n) * total < sum) chosen.push(i);
  });
  while (chosen.length < n) chosen.push(weights.length - 1); // rounding may leave the last one over
  return random.permutation(n).map((k) => chosen[k]);
}
