import { grad } from "../autograd/grad.ts";
import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { namedParameters } from "../autograd/parts.ts";
import type { Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { clipGradNorm, gradNorm } from "./clipGradNorm.ts";
import { blame } from "./nonFinite.ts";
import type { Objective } from "./objectives.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rows } from "./rows.ts";

/**
 * One step of training: the objective on a batch, its gradient ∂loss/∂θ, and θ ← θ − (what the optimiser makes of the gradient).
 *
 * Throws NonFiniteError before anything has changed.
 */
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

/** The objective and its gradient; throws NonFiniteError for a step that would not be finite. */
function lossAndGradient(
  flow: Flow,
  objective: Objective,
  { x, context }: Rows,
  step: number,
): { loss: number; grads: Variable[]; norm: number } {
  const loss = objective(flow, x, context);
  const grads = grad(loss, flow.parameters);
  const [value, norm] = [loss.item(), gradNorm(grads)];
  if (Math.abs(value) + norm < Number.POSITIVE_INFINITY) return { loss: value, grads, norm };
  throw blame(loss, namedParameters(flow), step);
}
