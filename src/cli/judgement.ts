import { difference, type Figure, figureOf, inDigits, medianOf, tamed, written } from "../density/figure.ts";
import type { Tensor } from "../tensor/index.ts";

/** How likely rows are under a model, and under a Gaussian. */
export interface Judgement {
  readonly logLikelihood: Figure;
  readonly median: number;
  /** Null where no Gaussian can be fitted. */
  readonly gaussian: Figure | null;
  /** Of the model over the Gaussian, row by row. */
  readonly gain: Figure | null;
  /** Rows that would decide the mean alone, and are left out of the figures: where they are, and their log-likelihood. */
  readonly wild: readonly { readonly row: number; readonly logLikelihood: number }[];
  /** The mean over all rows, those included. */
  readonly meanOfAll: number;
  /** The share of rows that are wild. */
  readonly wildShare: number;
}

/** Judges log-likelihoods of rows x [N, …]: means without wild rows, and which those are. Null for a Gaussian that there is none of. */
export function judge(ofModel: Float64Array, ofGaussian: Float64Array | null, x: Tensor): Judgement {
  const { wild, rows, kept, meanOfAll } = tamed(ofModel, x);
  const gaussian = ofGaussian && kept(ofGaussian);
  return {
    ...{ logLikelihood: figureOf(kept(ofModel), rows), median: medianOf(ofModel) },
    gaussian: gaussian && figureOf(gaussian, rows),
    gain: gaussian && difference(kept(ofModel), gaussian, rows),
    ...{ wild, meanOfAll, wildShare: wild.length / ofModel.length },
  };
}

/** The lines about a Gaussian that was fitted to such rows; none if there is none. */
export function gaussianLines({ gaussian, gain }: Judgement, rows: string, about: string): string[] {
  if (gaussian === null || gain === null) return [];
  return [
    `  full-covariance Gaussian ${written(gaussian)} nats per row, fitted to ${rows}`,
    `  model − Gaussian         ${written(gain)} nats per row, paired${about}`,
  ];
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
  const number = (value: number | undefined): number | string | null =>
    value === undefined ? null : Number.isFinite(value) ? value : String(value);
  return {
    logLikelihood: number(logLikelihood.mean),
    gaussian: number(gaussian?.mean),
    difference: number(gain?.mean),
    standardErrors: {
      logLikelihood: number(logLikelihood.error),
      gaussian: number(gaussian?.error),
      difference: number(gain?.error),
    },
    median: number(median),
    meanOfAll: number(meanOfAll),
    wildShare,
    wild: wild
      .slice(0, NAMED)
      .map(({ row, logLikelihood: value }) => ({ line: lineOf(row), logLikelihood: number(value) })),
  };
}
