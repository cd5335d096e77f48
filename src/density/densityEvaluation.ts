import type { Tensor } from "../tensor/tensor.ts";
import { figureOf, medianOf, tamed } from "./figure.ts";

const LN_2 = 0.6931471805599453;

/** How likely rows are on average. */
export interface Evaluation {
  /** The mean of log p, nats per row, without wild rows. */
  readonly logLikelihood: number;
  /** Of the mean; copies of a row count as one. */
  readonly standardError: number;
  /** The median of log p, all rows included. */
  readonly median: number;
  /** −logLikelihood/(D·ln 2): bits per dimension, in the units of the table. */
  readonly bitsPerDim: number;
  /** Rows so unlikely that they would decide the mean alone, by their number, lowest first. */
  readonly wild: readonly { readonly row: number; readonly logLikelihood: number }[];
  /** The mean of log p over all rows, wild ones included. */
  readonly meanOfAll: number;
  /** How many rows there were. */
  readonly rows: number;
}

/** What the scores of rows x [N, D] come to. */
export function evaluationOf(scores: Float64Array, x: Tensor): Evaluation {
  const { wild, rows, kept, meanOfAll } = tamed(scores, x);
  const { mean, error } = figureOf(kept(scores), rows);
  return {
    ...{ logLikelihood: mean, standardError: error, median: medianOf(scores) },
    bitsPerDim: -mean / (x.shape[1] * LN_2),
    ...{ wild, meanOfAll, rows: scores.length },
  };
}
