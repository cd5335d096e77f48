// Weights of rows. A row of weight k counts as k copies of it would, a row of weight 0 as if it were not there.

import { DomainError } from "../tensor/errors.ts";
import type { Objective } from "./objectives.ts";
import { meanOf, type Rows, select } from "./rows.ts";

/** The rows that count: those of a weight above 0. Throws DomainError if none does; `which` says what rows these are. */
export function counting(operation: string, which: string, rows: Rows): Rows {
  const { weights } = rows;
  if (weights === undefined || weights.data.every((weight) => weight > 0)) return rows;
  const indices = Array.from(weights.data.keys()).filter((i) => weights.data[i] > 0);
  if (indices.length > 0) return select(rows, indices);
  throw new DomainError(
    `${operation}: weights must not all be 0 among the rows ${which}; they are, of ${weights.size}`,
  );
}

/** How many rows stand for weighted ones at least. */
const LEAST_COPIES = 1024;

/**
 * Rows without weights that stand for weighted ones, for layers that take mean and deviation from data: row i as often as its share of all weights says, rounded so
 * that all shares add up. Integer weights with a sum up to 10 N are numbers of copies; other rows make up max(N, 1024).
 */
export function copiesByWeight(rows: Rows): Rows {
  const { x, weights } = rows;
  if (weights === undefined || weights.data.every((weight) => weight === weights.data[0])) return rows;
  const N = x.shape[0];
  const total = N * meanOf(weights.data);
  const areNumbers = weights.data.every(Number.isInteger) && total <= Math.max(10 * N, LEAST_COPIES);
  const count = areNumbers ? Math.round(total) : Math.max(N, LEAST_COPIES);
  const indices: number[] = [];
  let reached = 0;
  for (const [i, weight] of weights.data.entries()) {
    reached += (weight / total) * count;
    while (indices.length + 0.5 < reached && indices.length < count) indices.push(i);
  }
  return indices[0] === indices[indices.length - 1] ? rows : select(rows, indices); // one row alone has no deviation
}

/** Throws DomainError for weights that the objective would not hear of. */
export function checkTakesWeights(operation: string, objective: Objective): void {
  if (objective.length >= 4) return;
  throw new DomainError(
    `${operation}: with weights the objective must take them, as its fourth argument; got a function of ${objective.length}`,
  );
}
