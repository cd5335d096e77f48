import { neg, sub } from "../autograd/ops/arithmetic.ts";
import { mean } from "../autograd/ops/reduction.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What training makes small: one number from a flow and a batch. */
export type Objective = (flow: Flow, x: Tensor, context?: Tensor) => Variable;

/**
 * A density to approximate, up to a constant factor: log π(x), [n, ...dataShape] → [n], as a function or as something that
 * has it, e.g. a Distribution.
 */
export type Target =
  | ((x: Variable, context?: Tensor) => Variable)
  | { logProb(x: Variable, context?: Tensor): Variable };

/**
 * −(1/B) Σ log p(x_i), nats: the forward Kullback–Leibler divergence from the data to the flow, up to the entropy of
 * the data. Making it small is maximum likelihood.
 */
export function forwardKL(flow: Flow, x: Tensor, context?: Tensor): Variable {
  return neg(mean(flow.logProb(x, context)));
}

/**
 * (1/n) Σ (log p(x_i) − log π(x_i)), x_i = f⁻¹(z_i), z_i ∼ p_Z, nats: the reverse Kullback–Leibler divergence from the flow to
 * a target π, estimated from n points of the flow. If π is not normalised, the divergence is this plus log ∫π.
 *
 * Gradient: flows through the points, which are reparametrised. It needs f⁻¹ and its log-det, no data, and finds one mode
 * rather than cover all. Throws DomainError unless n ≥ 1.
 * Reference: Rezende & Mohamed (2015), https://arxiv.org/abs/1505.05770.
 *
 * @example
 * // training without data: the rows of x only say how many points to draw
 * const objective = (flow, x) => reverseKL(flow, target, x.shape[0], random);
 */
export function reverseKL(flow: Flow, target: Target, n: number, random: Random, context?: Tensor): Variable {
  if (!Number.isInteger(n) || n < 1) throw new DomainError(`reverseKL: n must be an integer ≥ 1; got ${n}`);
  const { x, logProb } = flow.sampleWithLogProb(n, random, context);
  const logTarget = typeof target === "function" ? target(x, context) : target.logProb(x, context);
  return mean(sub(logProb, logTarget));
}
