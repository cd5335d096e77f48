import { Tensor } from "../../tensor/tensor.ts";
import { columnOf, robustRange, rowsWhere, viewRange } from "../drawing/columns.ts";
import { type Range, widened } from "../drawing/scales.ts";

// D columns, N rows of data, M samples

/** A corner plot of more columns has no room for their panels. */
const MOST_COLUMNS = 8;

/** Data and samples of the same columns, beside each other. */
export interface Compared {
  /** The names of the columns that are shown: the first ones. */
  readonly names: readonly string[];
  /** [N, D], the rows without NaN and ∞; none where no data are given. */
  readonly data: Tensor;
  /** [M, D], likewise. */
  readonly samples: Tensor;
  /** What is shown of each column. */
  readonly ranges: readonly Range[];
}

/** What a picture of data and samples shows, and facts that it does not show by itself. */
export function comparedOf(
  names: readonly string[],
  { data, samples }: Readonly<{ data?: Tensor | undefined; samples?: Tensor | undefined }>,
): { compared: Compared; facts: string[] } {
  const D = names.length;
  const none = new Tensor(new Float64Array(0), [0, D]);
  const given = [data ?? none, samples ?? none];
  const [ofData, ofSamples] = given.map((rows) => rowsWhere(rows, (row) => row.every(Number.isFinite)));
  const shown = names.slice(0, MOST_COLUMNS);
  const ranges = shown.map((_, j) => rangeOf(columnOf(ofData, j), columnOf(ofSamples, j)));
  const facts: string[] = [];
  if (shown.length < D) facts.push(`the first ${shown.length} of ${D} columns`);
  const [left, leftSamples] = [given[0].shape[0] - ofData.shape[0], given[1].shape[0] - ofSamples.shape[0]];
  if (left > 0) facts.push(`${counted(left, "row")} of data left out, not finite`);
  if (leftSamples > 0) facts.push(`${counted(leftSamples, "sample")} left out, not finite`);
  const beyond = [
    [outside(ofData, ranges), `of ${counted(ofData.shape[0], "row")} of data`],
    [outside(ofSamples, ranges), `of ${counted(ofSamples.shape[0], "sample")}`],
  ] as const;
  const some = beyond.filter(([count]) => count > 0).map(([count, of]) => `${count} ${of}`);
  if (some.length > 0) facts.push(`beyond the axes: ${some.join(", ")}`);
  return { compared: { names: shown, data: ofData, samples: ofSamples, ranges }, facts };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** With fewer rows of data these say little about where a column lies. */
const FEW_ROWS = 20;

/**
 * What is shown of a column: its data and where nine in ten samples are, but these no farther away than the data are wide; where there is only one
 * of both, that.
 */
function rangeOf(data: Float64Array, samples: Float64Array): Range {
  if (data.length === 0) return widened(viewRange(samples));
  if (samples.length === 0) return widened(viewRange(data));
  const [[low, high], [least, most]] = [viewRange(data), robustRange(samples, 0.9)];
  const reach = data.length >= FEW_ROWS && high > low ? high - low : Number.POSITIVE_INFINITY;
  return widened([Math.min(low, Math.max(least, low - reach)), Math.max(high, Math.min(most, high + reach))]);
}

/** How many rows lie outside of what is shown of some column. */
function outside(x: Tensor, ranges: readonly Range[]): number {
  const isInside = (row: Float64Array): boolean => ranges.every(([low, high], j) => row[j] >= low && row[j] <= high);
  return x.shape[0] - rowsWhere(x, isInside).shape[0];
}
