import { noGrad } from "../autograd/rule.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { groupEqualRows } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { select } from "../training/rows.ts";

/** A mean over rows, and its standard error. */
export interface Figure {
  readonly mean: number;
  readonly error: number;
}

/** log p of each row, nats. Records nothing. */
export function logProbs(model: Pick<Distribution, "logProb">, x: Tensor): Float64Array {
  return noGrad(() => model.logProb(x)).data;
}

/**
 * The mean v̄ of a value for each row of x, and its standard error √(Σ_g (Σ_{i ∈ g} (v_i − v̄))² · G/(G − 1))/n, over the G groups of
 * equal rows: a copy has weight, but tells nothing new. Without copies it is the sample deviation of the values over √n. ∞ for one group.
 */
export function figureOf(values: Float64Array, x: Tensor): Figure {
  const n = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / n;
  const { groupOf, sizes } = groupEqualRows(x);
  const G = sizes.length;
  if (G === 1 || !Number.isFinite(mean)) return { mean, error: Number.POSITIVE_INFINITY };
  const deviations = new Float64Array(G);
  values.forEach((value, i) => {
    deviations[groupOf[i]] += value - mean;
  });
  const squares = deviations.reduce((total, deviation) => total + deviation * deviation, 0);
  return { mean, error: Math.sqrt((squares * G) / (G - 1)) / n };
}

/** The mean of a − b, paired row by row: its standard error is far below that of either mean. */
export function difference(a: Float64Array, b: Float64Array, x: Tensor): Figure {
  return figureOf(
    a.map((value, i) => value - b[i]),
    x,
  );
}

/** `-1.2345 ± 0.0678` */
export function written({ mean, error }: Figure): string {
  return `${inDigits(mean)} ± ${inDigits(error)}`;
}

/** Four decimals, of numbers that have some. */
export function inDigits(value: number): string {
  return Math.abs(value) < 1e6 ? value.toFixed(4) : value.toExponential(3);
}

/** The middle one of the values, or the mean of the two in the middle. NaN for none. */
export function medianOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Values without those of wild rows, the rows x that they belong to, and which rows are wild. */
export interface TameValues {
  readonly wild: readonly { readonly row: number; readonly logLikelihood: number }[];
  readonly rows: Tensor;
  /** Those of any values that there are for all rows. */
  kept(values: Float64Array): Float64Array;
  /** The mean over all rows, wild ones included. */
  readonly meanOfAll: number;
}

/** Log-likelihoods of rows x [N, …], parted into wild rows, which would decide a mean alone, and the others. */
export function tamed(scores: Float64Array, x: Tensor): TameValues {
  const wild = wildRows(scores);
  const isWild = new Set(wild);
  const places = Array.from(scores.keys()).filter((i) => !isWild.has(i));
  return {
    wild: wild.map((row) => ({ row, logLikelihood: scores[row] })),
    rows: wild.length === 0 ? x : select({ x }, places).x,
    kept: (values) => Float64Array.from(places, (i) => values[i]),
    meanOfAll: scores.reduce((sum, score) => sum + score, 0) / scores.length,
  };
}

/** A row is wild if it lies so many interquartile ranges below the median … */
const WILD_RANGES = 50;
/** … and so many nats: it says more about itself than about the model. */
const WILD_NATS = 50;

/** The rows whose log-likelihood is so low that they alone would decide the mean, lowest first; −∞ and NaN among them. */
export function wildRows(values: Float64Array): number[] {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))];
  const limit = at(0.5) - Math.max(WILD_NATS, WILD_RANGES * (at(0.75) - at(0.25)));
  const rows = Array.from(values.keys()).filter((i) => !(values[i] >= limit && values[i] < Number.POSITIVE_INFINITY));
  if (rows.length === values.length) return []; // none is like the others
  return rows.sort((i, j) => (values[i] || Number.NEGATIVE_INFINITY) - (values[j] || Number.NEGATIVE_INFINITY));
}
