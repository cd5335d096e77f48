import { neg } from "../autograd/ops/arithmetic.ts";
import { mean } from "../autograd/ops/reduction.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What training makes small: one number from a flow and a batch. */
export type Objective = (flow: Flow, x: Tensor, context?: Tensor) => Variable;

/**
 * −(1/B) Σ log p(x_i), nats: the forward Kullback–Leibler divergence from the data to the flow, up to the entropy of
 * the data. Making it small is maximum likelihood.
 */
export function forwardKL(flow: Flow, x: Tensor, context?: Tensor): Variable {
  return neg(mean(flow.logProb(x, context)));
}
