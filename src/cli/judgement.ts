import { difference, type Figure, figureOf, inDigits, medianOf, wildRows } from "../density/figure.ts";
import type { Tensor } from "../tensor/index.ts";
import { select } from "../training/rows.ts";

/** How likely rows are under a model, and under a Gaussian. */
export interface Judgement {
  readonly logLikelihood: Figure;
  readonly median: number;
  readonly gaussian: Figure;
  readonly gain: Figure;
  /** Rows that would decide the mean alone, and are left out of the figures: where they are, and their log-likelihood. */
  readonly wild: readonly { readonly row: number; readonly logLikelihood: number }[];
  /** The mean over all rows, those included. */
  readonly meanOfAll: number;
  /** The share of rows that are wild. */
  readonly wildShare: number;
}

/** Judges log-likelihoods of rows x [N, …]: means without wild rows, and which those are. */
export function judge(ofModel: Float64Array, ofGaussian: Float64Array, x: Tensor): Judgement {
  const wild = wildRows(ofModel);
  const isWild = new Set(wild);
  const kept = Array.from(ofModel.keys()).filter((i) => !isWild.has(i));
  const rows = wild.length === 0 ? x : select({ x }, kept).x;
  const [a, b] = [ofModel, ofGaussian].map((values) => Float64Array.from(kept, (i) => values[i]));
  return {
    ...{
      logLikelihood: figureOf(a, rows),
      median: medianOf(ofModel),
      gaussian: figureOf(b, rows),
      gain: difference(a, b, rows),
    },
    wild: wild.map((row) => ({ row, logLikelihood: ofModel[row] })),
    meanOfAll: ofModel.reduce((total, value) => total + value, 0) / ofModel.length,
    wildShare: wild.length / ofModel.length,
  };
}

/** How many wild rows are named. */
const NAMED = 5;

/** A line about the wild rows, whose lines in the file are known; none if there are none. */
export function wildRemark({ wild, wildShare, meanOfAll }: Judgement, lineOf: (row: number) => number): string[] {
  if (wild.length === 0) return [];
  const named = wild
    .slice(0, NAMED)
    .map(({ row, logLikelihood }) => `line ${lineOf(row)} (${inDigits(logLikelihood)})`);
  const more = wild.length > NAMED ? `, and ${wild.length - NAMED} more` : "";
  const [rows, verb] = wild.length === 1 ? ["1 row", "is"] : [`${wild.length} rows`, "are"];
  return [
    `${rows} (${(100 * wildShare).toFixed(2)} %) ${verb} so unlikely that the mean would speak of nothing else, and ${verb} left out of the figures: ` +
      `${named.join(", ")}${more}; with ${wild.length === 1 ? "it" : "them"} the mean is ${inDigits(meanOfAll)}`,
  ];
}

/** The figures as fields of the result in JSON; numbers that JSON does not have are texts. */
export function figuresInJson(
  { logLikelihood, median, gaussian, gain, wild, wildShare, meanOfAll }: Judgement,
  lineOf: (row: number) => number,
): Readonly<Record<string, unknown>> {
  const number = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
  return {
    logLikelihood: number(logLikelihood.mean),
    gaussian: number(gaussian.mean),
    difference: number(gain.mean),
    standardErrors: {
      logLikelihood: number(logLikelihood.error),
      gaussian: number(gaussian.error),
      difference: number(gain.error),
    },
    median: number(median),
    meanOfAll: number(meanOfAll),
    wildShare,
    wild: wild
      .slice(0, NAMED)
      .map(({ row, logLikelihood: value }) => ({ line: lineOf(row), logLikelihood: number(value) })),
  };
}
