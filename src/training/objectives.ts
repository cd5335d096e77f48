import { add, div, mul, neg, sub } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { greater } from "../autograd/ops/comparison.ts";
import { mean } from "../autograd/ops/reduction.ts";
import { where } from "../autograd/ops/selection.ts";
import { noGrad } from "../autograd/rule.ts";
import { detach, type Variable, variable } from "../autograd/variable.ts";
import { checkFlow } from "../flows/checkFlow.ts";
import type { Flow } from "../flows/flow.ts";
import { checkRandom } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWeights, meanOf } from "./rows.ts";

/**
 * What training makes small: one number from a flow and a batch. With weights [B] it is to be their mean, Σ wᵢ ℓᵢ / Σ wᵢ; an objective that does not name four
 * parameters is not given any.
 */
export type Objective = (flow: Flow, x: Tensor, context?: Tensor, weights?: Tensor) => Variable;

/**
 * A density to approximate, up to a constant factor: log π(x), [n, ...dataShape] → [n], as a function or as something that
 * has it, e.g. a Distribution.
 */
export type Target =
  | ((x: Variable, context?: Tensor) => Variable)
  | { logProb(x: Variable, context?: Tensor): Variable };

/**
 * −(1/B) Σ log p(x_i), nats: the forward Kullback–Leibler divergence KL(data ‖ flow), up to the entropy of the data, estimated from
 * B rows. Making it small is maximum likelihood. It needs f, its log-det and p_Z, and never f⁻¹. Cost: one pass f.
 *
 * With weights [B]: −Σ wᵢ log p(x_i) / Σ wᵢ. Rows of weight 0 do not count, whatever their density.
 * Throws ShapeError unless there is a weight for each row, DomainError unless they are ≥ 0 and not all 0.
 * Reference: Papamakarios, Nalisnick, Rezende, Mohamed & Lakshminarayanan (2021), https://arxiv.org/abs/1912.02762, §2.3.1.
 *
 * @example
 * const flow = new Flow(standardNormal([1]), diagonalLinear({ dimensions: 1 }));
 * forwardKL(flow, tensor([[0], [2]])); // 1.91894 nats = ½ ln 2π + ½·(0 + 4)/2
 */
export function forwardKL(flow: Flow, x: Tensor, context?: Tensor, weights?: Tensor): Variable {
  const logProb = checkFlow("forwardKL", flow).logProb(x, context);
  if (weights === undefined) return neg(mean(logProb));
  checkWeights("forwardKL", weights, logProb.size);
  return neg(div(weightedSum(logProb, weights), logProb.size * meanOf(weights.data)));
}

/** Σ wᵢ log p(x_i); a weight of 0 counts even where log p is −∞. */
export function weightedSum(logProb: Variable, weights: Tensor): Variable {
  return sum(mul(weights, where(greater(weights, 0), logProb, 0)));
}

/**
 * (1/n) Σ (log p(x_i) − log π(x_i)), x_i = f⁻¹(z_i), z_i ∼ p_Z, nats: the reverse Kullback–Leibler divergence KL(flow ‖ π) to
 * a target π, estimated from n points of the flow. If π is not normalised, the divergence is this plus log ∫π.
 *
 * Gradient: flows through the points, which are functions f⁻¹(z) of the parameters (they are *reparametrised*): each is moved by the
 * slope of log π where it is. Between modes that
 * have come apart there are hardly any points, so the flow hardly learns how much weight each should have, and may lose some;
 * {@link reverseKLByScore} has another estimate of the same gradient. Cost: f⁻¹ with its log-det, and no data.
 * Throws DomainError unless n ≥ 1, and for a base that is trained but cannot say how its points move, such as a mixture.
 * Reference: Rezende & Mohamed (2015), https://arxiv.org/abs/1505.05770.
 *
 * @example
 * const flow = new Flow(standardNormal([1]), diagonalLinear({ dimensions: 1 }));
 * const target = diagonalNormal({ loc: tensor([1]), logScale: 0 });
 * reverseKL(flow, target, 1000, new Random(1)); // 0.528622 nats; KL(N(0, 1) ‖ N(1, 1)) = ½
 * // training without data: the rows of x only say how many points to draw
 * const random = new Random(1);
 * const objective: Objective = (flow, x) => reverseKL(flow, target, x.shape[0], random);
 * await fit(flow, zeros([64, 1]), { random, objective, steps: 5 });
 */
export function reverseKL(flow: Flow, target: Target, n: number, random: Random, context?: Tensor): Variable {
  checkReverse("reverseKL", flow, target, random);
  checkCount("reverseKL", "n", n, 1);
  if (flow.base.sampleWithLogProb === undefined && flow.base.parameters.length > 0) {
    throw new DomainError(
      "reverseKL: how points move with the base's parameters must be known; got a base without sampleWithLogProb (take reverseKLByScore)",
    );
  }
  const { x, logProb } = flow.sampleWithLogProb(n, random, context);
  return mean(sub(logProb, logTarget(target, x, context)));
}

/**
 * (1/n) Σ r_i, r_i = log p(x_i) − log π(x_i), x_i ∼ p, nats: {@link reverseKL}, with its gradient estimated from the score ∇log p of points
 * that are held still.
 *
 * Gradient: Σ (r_i − r̄)·∇log p(x_i)/(n − 1). Its mean is that of the divergence, since ∇E_p[r] = E_p[r·∇log p] and
 * E_p[∇log p] = 0. Where the flow has too many points r is large, and log p is lowered there: modes that have come apart
 * are weighed against each other, as they are not by reverseKL. It vanishes, noise and all, when p ∝ π at the points, and needs no
 * derivative of π. Only first derivatives mean anything: the points themselves depend on nothing.
 * Cost: f⁻¹ without gradients, and f. Throws DomainError unless n ≥ 2.
 * Reference: Mohamed, Rosca, Figurnov & Mnih (2020), §4, https://arxiv.org/abs/1906.10652; with r̄ as the baseline, and n − 1, it is half the
 * gradient of the variance of r: Richter, Boustati, Nüsken, Ruiz & Akyildiz (2020), https://arxiv.org/abs/2010.10436.
 *
 * @example
 * const flow = new Flow(standardNormal([1]), elementwiseAffine({ dimensions: 1 }));
 * const target = diagonalNormal({ loc: tensor([1]), logScale: 0 });
 * const kl = reverseKLByScore(flow, target, 1000, new Random(1)); // 0.528622 nats; KL(N(0, 1) ‖ N(1, 1)) = ½
 * grad(kl, flow.parameters)[0]; // [-1.00153]; ∂KL/∂μ = −1
 */
export function reverseKLByScore(flow: Flow, target: Target, n: number, random: Random, context?: Tensor): Variable {
  checkReverse("reverseKLByScore", flow, target, random);
  checkCount("reverseKLByScore", "n", n, 2);
  const x = flow.sample(n, random, context);
  const logProb = flow.logProb(x, context); // [n]
  const [value, weights] = noGrad(() => {
    const r = sub(logProb, logTarget(target, variable(x), context));
    const average = mean(r);
    return [average, div(sub(r, average), n - 1)];
  });
  const score = sum(mul(weights, logProb));
  return add(sub(score, detach(score)), value); // the value of one, the gradient of the other
}

/** Throws DomainError unless it is a flow, a target, and a generator. */
export function checkReverse(operation: string, flow: Flow, target: Target, random: Random): void {
  checkFlow(operation, flow);
  checkRandom(operation, random);
  if (typeof target === "function" || typeof target?.logProb === "function") return;
  throw new DomainError(
    `${operation}: target must be a function, or have logProb, as distributions do; got ${describeValue(target)}`,
  );
}

/** log π(x), [n] */
export function logTarget(target: Target, x: Variable, context: Tensor | undefined): Variable {
  return typeof target === "function" ? target(x, context) : target.logProb(x, context);
}
