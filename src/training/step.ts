import { applicationsBehind, grad } from "../autograd/grad.ts";
import { div, mul, neg } from "../autograd/ops/arithmetic.ts";
import { sum } from "../autograd/ops/broadcast.ts";
import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { isRecording, noGrad } from "../autograd/rule.ts";
import { type Parameter, Variable } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { sumPairwise } from "../tensor/kernels/shards.ts";
import { Tensor } from "../tensor/tensor.ts";
import { clipFactor, clipGradNorm, gradNorm } from "./clipGradNorm.ts";
import type { CompiledGradient, Gradient } from "./compiledGradient.ts";
import type { LastUpdate } from "./lastUpdate.ts";
import { blame } from "./nonFinite.ts";
import { forwardKL, type Objective, weightedSum } from "./objectives.ts";
import { meanOf, type Rows, rowsBetween } from "./rows.ts";
import type { SumOverRows } from "./threadedGradient.ts";

/**
 * One step of training: the objective on a batch, its gradient ∂loss/∂θ, and θ ← θ − (what the optimiser makes of the gradient).
 *
 * With weights the loss of a batch is Σ wᵢ ℓᵢ / (B·w̄), w̄ the mean weight of all rows: its mean over batches is that over all rows, and its gradient has no bias.
 * Σ wᵢ ℓᵢ / Σ wᵢ, each batch by its own weights, would count a row for less when heavy ones are in its batch.
 *
 * Throws NonFiniteError before anything has changed, and DomainError for an objective from which nothing can be learned. If the step before
 * is what made the objective fail, that is taken back.
 */
export function makeStep(
  flow: Flow,
  objective: Objective,
  rows: Rows,
  meanWeight: number,
  last: LastUpdate,
  rate: number,
  clipNorm: number | undefined,
  step: number,
  compiled: CompiledGradient | null,
): { loss: number; norm: number } {
  const { loss, grads, norm, update } = last.guard(rows, () =>
    lossAndGradient(flow, last.named, objective, rows, meanWeight, compiled, step),
  );
  try {
    const clipped = (): readonly Tensor[] => (clipNorm === undefined ? grads : clipGradNorm(grads, clipNorm));
    const factor = clipNorm === undefined ? 1 : clipFactor(norm, clipNorm);
    last.make(clipped, rate, update && (() => update(rate, factor)));
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw new NonFiniteError(`${error.message} in step ${step}`, { op: error.op, index: error.index, step });
  }
  return { loss, norm };
}

/** How many rows are recorded at a time: the memory of a step does not grow with the batch. */
const RECORDED_ROWS = 1024;

/**
 * The objective and its gradient; throws NonFiniteError for a step that would not be finite.
 *
 * forwardKL, a mean over rows, is *defined* in pieces of 1,024 of them, which are added pairwise as all sums over rows are
 * (kernels/shards.ts). Other objectives are given the whole batch. A batch in which no row counts has no loss, and no gradient.
 */
function lossAndGradient(
  flow: Flow,
  named: ReadonlyMap<string, Parameter>,
  objective: Objective,
  rows: Rows,
  meanWeight: number,
  compiled: CompiledGradient | null,
  step: number,
): { loss: number; grads: readonly Tensor[]; norm: number; update?: Gradient["update"] } {
  checkRecording();
  const parameters = [...named.values()];
  const B = rows.x.shape[0];
  const inPieces = objective === forwardKL && B > RECORDED_ROWS;
  const share = rows.weights && meanOf(rows.weights.data) / meanWeight; // Σ wᵢ/(B·w̄)
  if (share === 0) {
    const grads = parameters.map(({ size, shape }) => new Variable(new Float64Array(size), shape));
    return { loss: 0, grads, norm: 0 };
  }
  /** −Σ log p(xᵢ)/B, of some of the rows. */
  const partOf =
    (divisor: number | Tensor) =>
    ({ x, context, weights }: Rows): Evaluation => {
      const logProb = flow.logProb(x, context);
      const total = weights === undefined ? sum(logProb) : weightedSum(logProb, weights);
      return { graph: neg(div(total, divisor)), total };
    };
  const divisor = rows.weights === undefined ? B : B * meanWeight;
  const bySums: SumOverRows = {
    divisor,
    of(some, number) {
      const gradient = gradientOf(parameters, partOf(number), some);
      return inPieces ? gradient : { ...gradient, values: gradient.values.slice(0, 1) };
    },
  };
  /** What the evaluation gives for those rows, and its gradient. Weights are numbers that a plan does not know. */
  const gradient = (evaluation: (rows: Rows) => Evaluation, some: Rows): ReturnType<typeof finite> => {
    const eager = (): Gradient => gradientOf(parameters, evaluation, some);
    if (compiled === null || rows.weights !== undefined) return finite(named, eager(), eager, step);
    return finite(named, compiled.of(inPieces ? `of ${B}` : "", some, eager, bySums), eager, step);
  };
  if (!inPieces) {
    const whole = ({ x, context, weights }: Rows): Evaluation => {
      const value = weights === undefined ? objective(flow, x, context) : objective(flow, x, context, weights);
      checkObjective(value);
      return { graph: share === undefined ? value : mul(value, share) };
    };
    const { values, grads, norm, update } = gradient(whole, rows);
    return { loss: values[0].item(), grads, norm, ...(update && { update }) };
  }
  const sums = new Float64Array(1 + parameters.reduce((size, parameter) => size + parameter.size, 0));
  const piece = partOf(divisor);
  sumPairwise(Math.ceil(B / RECORDED_ROWS), sums, (k, to) => {
    const end = Math.min(B, (k + 1) * RECORDED_ROWS);
    const { values, grads } = gradient(piece, rowsBetween(rows, k * RECORDED_ROWS, end));
    to[0] = values[1].item();
    grads.reduce((at, { data, size }) => {
      to.set(data, at);
      return at + size;
    }, 1);
  });
  let end = 1;
  const grads = parameters.map(({ size, shape }) => {
    end += size;
    return new Variable(sums.slice(end - size, end), shape);
  });
  const loss = -(sums[0] / divisor);
  const last = rowsBetween(rows, RECORDED_ROWS * Math.floor((B - 1) / RECORDED_ROWS), B);
  const norm = gradNorm(grads);
  if (!(Math.abs(loss) + norm < Number.POSITIVE_INFINITY) || norm === 0) {
    const eager = (): Gradient => ({
      ...gradientOf(parameters, piece, last),
      values: [new Tensor(Float64Array.of(loss), [])],
      grads,
    });
    finite(named, eager(), eager, step); // for what it throws
  }
  return { loss, grads, norm };
}

/** An objective on some rows, and the sum over rows that it is made of, if somebody needs that. */
interface Evaluation {
  readonly graph: Variable;
  readonly total?: Variable;
}

/** Throws DomainError unless an objective gave one number. */
function checkObjective(value: unknown): asserts value is Variable {
  if (value instanceof Variable && value.size === 1) return;
  throw new DomainError(`train: the objective must return a Variable with one element; got ${describeValue(value)}`);
}

/** The objective and its gradient. */
function gradientOf(parameters: readonly Parameter[], evaluation: (rows: Rows) => Evaluation, rows: Rows): Gradient {
  const { graph, total } = evaluation(rows);
  // numbers: nobody asks of what they are functions
  const grads = noGrad(() => grad(graph, parameters));
  return { values: total === undefined ? [graph] : [graph, total], grads, graph };
}

/**
 * The same with the norm of the gradient, if all is finite and depends on the parameters. What a plan gave and is not, is computed once more by `eager`, to say what it
 * was. Throws NonFiniteError, DomainError.
 */
function finite(
  named: ReadonlyMap<string, Parameter>,
  gradient: Gradient,
  eager: () => Gradient,
  step: number,
): Gradient & { readonly norm: number } {
  const { values, grads, graph } = gradient;
  const norm = gradient.norm ?? gradNorm(grads);
  const isFinite = Math.abs(values[0].item()) + norm < Number.POSITIVE_INFINITY;
  if (isFinite && norm > 0) return { ...gradient, norm };
  if (graph === null) return finite(named, eager(), eager, step);
  if (norm === 0) checkDependence(graph, [...named.values()]);
  if (isFinite) return { ...gradient, norm };
  throw blame(graph, named, step);
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
