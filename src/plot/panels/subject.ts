import { contextFor } from "../../autograd/context.ts";
import { noGrad } from "../../autograd/rule.ts";
import type { Flow } from "../../flows/flow.ts";
import { DomainError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { columnOf, robustRange, rowsWhere, viewRange } from "../drawing/columns.ts";
import { type Range, widened } from "../drawing/scales.ts";

// D coordinates, N rows of data, M samples

/** Enough for the histogram of a column. */
const SAMPLES = 4000;
/** A corner plot of more columns has no room for their panels. */
const MOST_COLUMNS = 8;

/** What the picture of a model shows, of whatever dimension. */
export interface Subject {
  readonly flow: Flow;
  readonly context: Tensor | undefined;
  /** The names of the columns that are shown: the first ones. */
  readonly names: readonly string[];
  /** [N, D], the rows without NaN and ∞; none where no data are given. */
  readonly data: Tensor;
  /** [M, D] */
  readonly samples: Tensor;
  /** What is shown of each column. */
  readonly ranges: readonly Range[];
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
  const D = names.length;
  const given = data ?? new Tensor(new Float64Array(0), [0, D]);
  const finite = rowsWhere(given, (row) => row.every(Number.isFinite));
  const samples = flow.sample(SAMPLES, random, context);
  const shown = names.slice(0, MOST_COLUMNS);
  const ranges = shown.map((_, j) => rangeOf(columnOf(finite, j), columnOf(samples, j)));
  const facts: string[] = [];
  if (shown.length < D) facts.push(`the first ${shown.length} of ${D} columns`);
  const left = given.shape[0] - finite.shape[0];
  if (left > 0) facts.push(`${counted(left, "row")} of data left out, not finite`);
  const beyond = [
    [outside(finite, ranges), `of ${counted(finite.shape[0], "row")} of data`],
    [outside(samples, ranges), `of ${SAMPLES} samples`],
  ] as const;
  const some = beyond.filter(([count]) => count > 0).map(([count, of]) => `${count} ${of}`);
  if (some.length > 0) facts.push(`beyond the axes: ${some.join(", ")}`);
  return { subject: { flow, context, names: shown, data: finite, samples, ranges }, facts };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** With fewer rows of data these say little about where a column lies. */
const FEW_ROWS = 20;

/**
 * What is shown of a column: its data and where nine in ten samples are, but these no farther away than the data are wide; without data, its
 * samples.
 */
function rangeOf(data: Float64Array, samples: Float64Array): Range {
  if (data.length === 0) return widened(viewRange(samples));
  const [[low, high], [least, most]] = [viewRange(data), robustRange(samples, 0.9)];
  const reach = data.length >= FEW_ROWS && high > low ? high - low : Number.POSITIVE_INFINITY;
  return widened([Math.min(low, Math.max(least, low - reach)), Math.max(high, Math.min(most, high + reach))]);
}

/** How many rows lie outside of what is shown of some column. */
function outside(x: Tensor, ranges: readonly Range[]): number {
  const isInside = (row: Float64Array): boolean => ranges.every(([low, high], j) => row[j] >= low && row[j] <= high);
  return x.shape[0] - rowsWhere(x, isInside).shape[0];
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
