import { fitNormal, type MultivariateNormal } from "../distributions/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { logProbs } from "./figure.ts";
import { splitConditions } from "./modelInput.ts";

/** The yardstick: the full-covariance Gaussian of all columns; of those that are modelled, given the others. */
export interface Yardstick {
  /** log p of each row [N, D + C], nats. */
  score(rows: Tensor): Float64Array;
}

/** The Gaussian of the rows [N, D + C] to learn from: log p(x | c) = log p(x, c) − log p(c). */
export function fitYardstick(rows: Tensor, D: number): Yardstick {
  const all = fitNormal(rows);
  const { context } = splitConditions(rows, D);
  const given: MultivariateNormal | null = context === undefined ? null : fitNormal(context);
  return {
    score(points) {
      const joint = logProbs(all, points);
      const { context: conditions } = splitConditions(points, D);
      if (given === null || conditions === undefined) return joint;
      const marginal = logProbs(given, conditions);
      return joint.map((value, i) => value - marginal[i]);
    },
  };
}
