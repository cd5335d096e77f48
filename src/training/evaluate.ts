import { noGrad } from "../autograd/rule.ts";
import type { Flow } from "../flows/flow.ts";
import type { Objective } from "./objectives.ts";
import { type Rows, rowsBetween } from "./rows.ts";

/** Rows are evaluated in pieces of this size: large enough to be fast, small enough for the caches. */
const EVALUATION_ROWS = 1024;

/** The objective on all rows, in pieces, weighted by their lengths. Records nothing. */
export function evaluate(flow: Flow, rows: Rows, objective: Objective): number {
  const N = rows.x.shape[0];
  let total = 0;
  for (let start = 0; start < N; start += EVALUATION_ROWS) {
    const count = Math.min(EVALUATION_ROWS, N - start);
    const piece = rowsBetween(rows, start, start + count);
    total += count * noGrad(() => objective(flow, piece.x, piece.context).item());
  }
  return total / N;
}
