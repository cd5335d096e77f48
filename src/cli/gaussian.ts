import { logProbs } from "../density/figure.ts";
import { fitNormal, type MultivariateNormal } from "../distributions/index.ts";
import { Tensor } from "../tensor/index.ts";

/** The yardstick: the full-covariance Gaussian of the columns that are modelled, given the others. */
export interface Yardstick {
  /** log p of each row x [N, D] given its context [N, C], nats. */
  score(x: Tensor, context: Tensor | undefined): Float64Array;
}

/**
 * The Gaussian of rows x [N, D] given contexts [N, C]: log p(x | c) = log p(x, c) − log p(c). Columns of the context that the others decide, such as the last of the labels of a
 * condition, are left out. Throws NotPositiveDefiniteError.
 */
export function fitYardstick(x: Tensor, context: Tensor | undefined): Yardstick {
  if (context === undefined) {
    const normal = fitNormal(x);
    return { score: (points) => logProbs(normal, points) };
  }
  const places = independent(context);
  const all = fitNormal(joined(x, context, places));
  const given: MultivariateNormal | null =
    places.length === 0 ? null : fitNormal(joined(new Tensor(new Float64Array(0), [x.shape[0], 0]), context, places));
  return {
    score(points, conditions) {
      const none = new Tensor(new Float64Array(0), [points.shape[0], 0]);
      const joint = logProbs(all, joined(points, conditions as Tensor, places));
      if (given === null) return joint;
      const marginal = logProbs(given, joined(none, conditions as Tensor, places));
      return joint.map((value, i) => value - marginal[i]);
    },
  };
}

/** Columns of a context, each of which the ones before it do not decide: by Gram–Schmidt. */
function independent({ data, shape: [N, C] }: Tensor): number[] {
  const basis: Float64Array[] = [new Float64Array(N).fill(1 / Math.sqrt(N))];
  const places: number[] = [];
  for (let k = 0; k < C; k++) {
    const column = Float64Array.from({ length: N }, (_, i) => data[i * C + k]);
    const size = norm(column);
    for (const q of [...basis, ...basis]) {
      const along = q.reduce((sum, value, i) => sum + value * column[i], 0);
      for (let i = 0; i < N; i++) column[i] -= along * q[i];
    }
    const left = norm(column);
    if (!(left > 1e-9 * size)) continue;
    basis.push(column.map((value) => value / left));
    places.push(k);
  }
  return places;
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** The columns of x, and some of the context. */
function joined(x: Tensor, context: Tensor, places: readonly number[]): Tensor {
  const [N, D] = x.shape;
  const [M, C] = context.shape;
  const W = D + places.length;
  const data = new Float64Array(N * W);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < D; j++) data[i * W + j] = x.data[i * D + j];
    for (let k = 0; k < places.length; k++) data[i * W + D + k] = context.data[(M === 1 ? 0 : i) * C + places[k]];
  }
  return new Tensor(data, [N, W]);
}
