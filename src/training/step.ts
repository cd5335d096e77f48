import { grad } from "../autograd/grad.ts";
import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { isClosed, recycling } from "../autograd/recycle.ts";
import type { Variable } from "../autograd/variable.ts";
import { Flow } from "../flows/flow.ts";
import { clipGradNorm, gradNorm } from "./clipGradNorm.ts";
import { blame } from "./nonFinite.ts";
import { forwardKL, type Objective } from "./objectives.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rows } from "./rows.ts";

/** Gradient, clipping, update. Throws NonFiniteError before anything has changed. */
export function makeStep(
  flow: Flow,
  objective: Objective,
  rows: Rows,
  optimizer: Optimizer,
  rate: number,
  clipNorm: number | undefined,
  step: number,
): { loss: number; norm: number } {
  const { loss, grads, norm } = lossAndGradient(flow, objective, rows, step);
  try {
    optimizer.step(clipNorm === undefined ? grads : clipGradNorm(grads, clipNorm), rate);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new NonFiniteError(`${error.message} in step ${step}`, { op: error.op, index: error.index, step });
  }
  return { loss, norm };
}

/**
 * The objective and its gradient; throws NonFiniteError for a step that would not be finite.
 *
 * What a closed flow computes on the way to its likelihood nobody else can have seen, so that the next step may use those
 * buffers again. The gradients are for the optimiser, which may keep them.
 */
function lossAndGradient(
  flow: Flow,
  objective: Objective,
  { x, context }: Rows,
  step: number,
): { loss: number; grads: Variable[]; norm: number } {
  let [value, norm] = [Number.NaN, Number.NaN];
  const compute = (): Variable[] => {
    const loss = objective(flow, x, context);
    const gradients = grad(loss, flow.parameters);
    [value, norm] = [loss.item(), gradNorm(gradients)];
    if (Math.abs(value) + norm < Number.POSITIVE_INFINITY) return gradients;
    throw blame(loss, flow.parameters, step);
  };
  const closed =
    objective === forwardKL && flow.constructor === Flow && isClosed(flow.bijection) && isClosed(flow.base);
  const grads = closed ? recycling(compute) : compute();
  return { loss: value, grads, norm };
}
