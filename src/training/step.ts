import { applicationsBehind, grad } from "../autograd/grad.ts";
import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { namedParameters } from "../autograd/parts.ts";
import { isRecording, noGrad } from "../autograd/rule.ts";
import { type Parameter, Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clipGradNorm, gradNorm } from "./clipGradNorm.ts";
import type { LastUpdate } from "./lastUpdate.ts";
import { blame } from "./nonFinite.ts";
import type { Objective } from "./objectives.ts";
import type { Rows } from "./rows.ts";

/**
 * One step of training: the objective on a batch, its gradient ∂loss/∂θ, and θ ← θ − (what the optimiser makes of the gradient).
 *
 * Throws NonFiniteError before anything has changed, and DomainError for an objective from which nothing can be learned. If the step before
 * is what made the objective fail, that is taken back.
 */
export function makeStep(
  flow: Flow,
  objective: Objective,
  rows: Rows,
  last: LastUpdate,
  rate: number,
  clipNorm: number | undefined,
  step: number,
): { loss: number; norm: number } {
  const { loss, grads, norm } = last.guard(rows, () => lossAndGradient(flow, objective, rows, step));
  try {
    last.make(clipNorm === undefined ? grads : clipGradNorm(grads, clipNorm), rate);
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
  checkRecording();
  const loss: unknown = objective(flow, x, context);
  if (!(loss instanceof Variable) || loss.size !== 1) {
    throw new DomainError(`train: the objective must return a Variable with one element; got ${describeValue(loss)}`);
  }
  const grads = noGrad(() => grad(loss, flow.parameters)); // numbers: nobody asks of what they are functions
  const [value, norm] = [loss.item(), gradNorm(grads)];
  if (norm === 0) checkDependence(loss, flow.parameters);
  if (Math.abs(value) + norm < Number.POSITIVE_INFINITY) return { loss: value, grads, norm };
  throw blame(loss, namedParameters(flow), step);
}

/** Throws DomainError within noGrad, where there are no gradients. */
export function checkRecording(): void {
  if (isRecording()) return;
  throw new DomainError("train: gradients must be recorded; got a call within noGrad");
}

/** Throws DomainError unless one of the parameters is among what the loss was computed from: a gradient may be 0 for other reasons. */
function checkDependence(loss: Variable, parameters: readonly Parameter[]): void {
  const trained = new Set<Tensor>(parameters);
  if (applicationsBehind(loss).some(({ inputs }) => inputs.some((input) => trained.has(input)))) return;
  throw new DomainError(
    "train: the objective must depend on the flow's parameters; got one that depends on none (computed within noGrad, or detached?)",
  );
}
