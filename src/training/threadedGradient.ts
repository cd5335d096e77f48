import type { Parameter } from "../autograd/variable.ts";
import type { Beside, Plan } from "../plan/plan.ts";
import { programOf } from "../plan/program.ts";
import { record } from "../plan/recording.ts";
import { pieceSize } from "../plan/threads/pieceSize.ts";
import type { Team } from "../plan/threads/team.ts";
import { type OfRows, threadedPlanOf } from "../plan/threads/threadedPlan.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Gradient } from "./compiledGradient.ts";
import { type Rows, rowsBetween } from "./rows.ts";

/** An objective that is a sum over rows, divided by a number: what pieces of the rows give can be added. */
export interface SumOverRows {
  readonly divisor: number;
  /** What some of the rows add to it, and the gradient of that. */
  of(rows: Rows, divisor: Tensor): Gradient;
}

/**
 * The plan of the gradient by threads, which is given x, its context if there is one, and the parameters; null if there is none. Pieces of the batch are
 * recorded, of which two are needed to find out what depends on the number of rows. The divisor is given, too, so that no op on cotangents that are the same for all
 * batches counts as a constant: a sum of them over a piece is not yet the sum.
 */
export function threadedGradient(
  rows: Rows,
  sum: SumOverRows,
  parameters: readonly Parameter[],
  team: Team,
  beside: Beside | undefined,
): Plan | null {
  const [B] = rows.x.shape;
  const size = pieceSize(B, team.count);
  if (size === null) return null;
  const divisor = new Tensor(Float64Array.of(sum.divisor), []);
  const recorded = (start: number, count: number): OfRows | null => {
    const some = rowsBetween(rows, start, start + count);
    const { result, events } = record(() => sum.of(some, divisor));
    const given = [some.x, ...(some.context ? [some.context] : []), ...parameters, divisor];
    const program = programOf(events, given, [...result.values, ...result.grads]);
    return program && { program, rows: count };
  };
  const piece = recorded(0, size);
  const restRows = B % size || size / 2;
  const rest = recorded(B - restRows, restRows);
  const plan = piece && rest && threadedPlanOf(piece, rest, B, team, { ...(beside && { beside }) });
  if (!plan) return null;
  plan.memory.numbers[plan.given[plan.given.length - 1] / 8] = sum.divisor;
  return plan;
}
