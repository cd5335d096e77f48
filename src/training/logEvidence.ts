import { noGrad } from "../autograd/rule.ts";
import { variable } from "../autograd/variable.ts";
import { effectiveSampleSize } from "../distributions/effectiveSampleSize.ts";
import type { Flow } from "../flows/flow.ts";
import { checkTensor } from "../tensor/checks.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { exp, log } from "../tensor/kernels/elementary.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { checkReverse, logTarget, type Target } from "./objectives.ts";

/** What {@link logEvidence} is told. */
export interface EvidenceOptions {
  /** How many points are drawn from the flow, at least 2. */
  readonly n: number;
  /** What draws them. */
  readonly random: Random;
  /** Of a flow with a context: [1, C], [C], or one for each point. */
  readonly context?: Tensor;
}

/** The logarithm of an integral, and how well it is known. */
export interface LogEvidence {
  /** log Ẑ, nats. */
  readonly logEvidence: number;
  /** Of log Ẑ, nats, as far as the points that were drawn can tell. */
  readonly standardError: number;
  /** How many points of π itself would tell as much, 1 … n. */
  readonly effectiveSampleSize: number;
  /** The mean of log w, nats, which is below log Z on average: log Z − KL(flow ‖ π). −∞ if π is 0 at one of the points. */
  readonly lowerBound: number;
}

/**
 * log Z = log ∫ π(x) dx of a density known up to its normaliser, by importance sampling from a flow that is like it:
 *
 *     log Ẑ = log (1/n) Σ w_i,   w_i = π(x_i)/p(x_i),   x_i ∼ p
 *
 * Ẑ is right on average for every flow that reaches all of π; log Ẑ is too small by ½·standardError² on average. The standard error is that of Ẑ divided by Ẑ
 * (the delta method). A mode that the flow does not reach is missing from both, and nothing here can tell. Where tails of the flow are thinner than those of π,
 * weights have no bound, and the standard error is as wrong as Ẑ: with few effective points neither means much. On a box, a flow from the box to itself (splines
 * without tails over `uniform`) has neither fault.
 *
 * Gradient: none. Cost: n samples, n densities of the flow and of π, without gradients.
 * Throws DomainError for fewer than 2 points, for a log-density of NaN or +∞, and where π is 0 at all of them; ShapeError unless there is one number for each point.
 * Reference: Müller, McWilliams, Rousselle, Gross & Novák (2019), Neural importance sampling, https://arxiv.org/abs/1808.03856; Owen (2013), Monte Carlo
 * theory, methods and examples, ch. 9.
 *
 * @example
 * const flow = new Flow(standardNormal([1]), diagonalLinear({ dimensions: 1 }));
 * // π(x) = exp(−½x²), whose integral is √2π
 * const target = (x: Variable) => sum(mul(square(x), -0.5), 1);
 * logEvidence(flow, target, { n: 100, random: new Random(1) }).logEvidence; // 0.918939 = ½ ln 2π
 */
export function logEvidence(flow: Flow, logDensity: Target, options: EvidenceOptions): LogEvidence {
  checkOptions("logEvidence", options, { n: true, random: true, context: true });
  const { n, random, context } = options;
  checkReverse("logEvidence", flow, logDensity, random);
  checkCount("logEvidence", "n", n, 2);
  const x = flow.sample(n, random, context);
  const target = noGrad(() => logTarget(logDensity, variable(x), context));
  checkTensor("logEvidence", "what the log-density gives", target);
  if (!sameShape(target.shape, [n])) {
    throw new ShapeError(`logEvidence: the log-density must give [${n}]; got ${formatShape(target.shape)}`);
  }
  const score = flow.score(x, context).data;
  const logWeights = target.data.map((value, i) => value - score[i]); // log w
  const wrong = logWeights.findIndex((value) => !(value < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    const came = `${target.data[wrong]} − ${score[wrong]} at point ${wrong}`;
    throw new DomainError(`logEvidence: log π − log p must be below +∞; got ${came}`);
  }
  const largest = logWeights.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const size = effectiveSampleSize(new Tensor(logWeights, [n])); // throws if all are −∞
  const weights = logWeights.map((value) => exp(value - largest));
  const average = meanOf(weights);
  const squares = weights.reduce((sum, weight) => sum + (weight - average) * (weight - average), 0);
  const lowerBound = meanOf(logWeights);
  return {
    logEvidence: largest + log(average),
    standardError: Math.sqrt(squares / (n - 1) / n) / average,
    effectiveSampleSize: size,
    lowerBound,
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
