import { noGrad } from "../autograd/index.ts";
import type { Distribution } from "../distributions/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { groupEqualRows } from "../training/split.ts";

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
  if (G === 1) return { mean, error: Number.POSITIVE_INFINITY };
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
  return `${mean.toFixed(4)} ± ${error.toFixed(4)}`;
}
