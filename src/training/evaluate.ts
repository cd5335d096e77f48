import { noGrad } from "../autograd/rule.ts";
import type { Flow } from "../flows/flow.ts";
import type { Objective } from "./objectives.ts";
import { meanOf, type Rows, rowsBetween } from "./rows.ts";

/** Rows are evaluated in pieces of this size: large enough to be fast, small enough for the caches. */
const EVALUATION_ROWS = 1024;

/** The objective on all rows, in pieces, weighted by their lengths, or by the sums of their weights. 0 if no row counts. Records nothing. */
export function evaluate(flow: Flow, rows: Rows, objective: Objective): number {
  const N = rows.x.shape[0];
  let [total, allWeights] = [0, 0];
  for (let start = 0; start < N; start += EVALUATION_ROWS) {
    const count = Math.min(EVALUATION_ROWS, N - start);
    const piece = rowsBetween(rows, start, start + count);
    const { x, context, weights } = piece;
    if (weights === undefined) {
      total += count * noGrad(() => objective(flow, x, context).item());
      continue;
    }
    const weight = count * meanOf(weights.data);
    if (weight === 0) continue;
    allWeights += weight;
    total += weight * noGrad(() => objective(flow, x, context, weights).item());
  }
  if (rows.weights === undefined) return total / N;
  return allWeights === 0 ? 0 : total / allWeights;
}
