import { contextFor } from "../../autograd/context.ts";
import { noGrad } from "../../autograd/rule.ts";
import type { Flow } from "../../flows/flow.ts";
import { DomainError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { rowsWhere } from "../drawing/columns.ts";
import { type Compared, comparedOf } from "./compared.ts";

// D coordinates, N rows of data, M samples

/** Enough for the histogram of a column. */
const SAMPLES = 4000;

/** What the picture of a model shows, of whatever dimension. */
export interface Subject extends Compared {
  readonly flow: Flow;
  readonly context: Tensor | undefined;
}

/** What a picture of data and of samples of the flow shows, and facts that it does not show by itself. */
export function subjectOf(
  flow: Flow,
  {
    names,
    data,
    random,
    context,
  }: Readonly<{ names: readonly string[]; data?: Tensor; random: Random; context?: Tensor }>,
): { subject: Subject; facts: string[] } {
  const samples = flow.sample(SAMPLES, random, context);
  const { compared, facts } = comparedOf(names, { data, samples });
  return { subject: { flow, context, ...compared }, facts };
}

/** log p of points [B, D]; −∞ for those that the flow refuses. */
export function logDensityOf({ flow, context }: Subject): (points: Tensor) => Float64Array {
  return (points) => whereDefined(points, Number.NEGATIVE_INFINITY, 1, (some) => flow.score(some, context));
}

/** z of points [B, D]; NaN for those that the flow refuses. */
export function latentOf({ flow, context }: Subject, points: Tensor): Tensor {
  const D = points.shape[1];
  return new Tensor(
    whereDefined(points, Number.NaN, D, (some) => flow.toLatent(some, context)),
    points.shape,
  );
}

/** The points of x that the flow takes, after each layer. */
export function traceOf(subject: Subject, x: Tensor): readonly Tensor[] {
  const z = latentOf(subject, x);
  const taken = rowsWhere(x, (_, i) => !Number.isNaN(z.at(i, 0)));
  return subject.flow.trace(taken, subject.context).points;
}

/** log p_Z of points [B, D]. */
export function baseLogDensityOf({ flow, context }: Subject, z: Tensor): Float64Array {
  const given = context === undefined ? undefined : repeated(context, z.shape[0]);
  return noGrad(() => flow.base.logProb(z, contextFor(flow.base, given))).data;
}

/** One row of context for each of B points. */
function repeated(context: Tensor, B: number): Tensor {
  const C = context.size;
  return new Tensor(
    Float64Array.from({ length: B * C }, (_, i) => context.data[i % C]),
    [B, C],
  );
}

/**
 * What f makes of rows [B, D], `width` numbers of each, and `blank` where it throws DomainError: a flow that ends with a logit, say, knows no points
 * outside of (0, 1). Rows that are refused together are halved until it is known which of them are.
 */
function whereDefined(x: Tensor, blank: number, width: number, f: (rows: Tensor) => Tensor): Float64Array {
  const [B, D] = x.shape;
  const results = new Float64Array(B * width).fill(blank);
  const look = (start: number, end: number): void => {
    try {
      const { data } = f(new Tensor(x.data.slice(start * D, end * D), [end - start, D]));
      results.set(data, start * width);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (end - start <= 1) return;
      const middle = (start + end) >> 1;
      look(start, middle);
      look(middle, end);
    }
  };
  if (B > 0) look(0, B);
  return results;
}
