import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import { BitRows } from "./bitRows.ts";

// D coordinates; "i depends on j": coordinate i's parameters are computed from x_j

/** Who comes after whom: `"natural"` 0, 1, 2 …, `"reversed"`, `"random"`, or the rank of each coordinate. */
export type Order = "natural" | "reversed" | "random" | readonly number[];

/**
 * The rank of each coordinate. Throws DomainError for anything that is not an order, ShapeError for one of another
 * length.
 */
export function ranksOf(operation: string, order: Order, dimensions: number, random: Random): number[] {
  const natural = Array.from({ length: dimensions }, (_, i) => i);
  if (order === "natural") return natural;
  if (order === "reversed") return natural.reverse();
  if (order === "random") return random.permutation(dimensions);
  if (!Array.isArray(order) || Array.from(order).some((rank) => !Number.isInteger(rank))) {
    throw new DomainError(
      `${operation}: an order is "natural", "reversed", "random" or a list of integer ranks; got ${describeValue(order)}`,
    );
  }
  if (order.length !== dimensions) {
    throw new ShapeError(
      `${operation}: the order needs one rank per coordinate; got ${order.length} for D = ${dimensions}`,
    );
  }
  return [...order];
}

/** Row i holds the coordinates that i may depend on: those of lower rank. */
export function parentsOfOrder(ranks: readonly number[]): BitRows {
  const parents = new BitRows(ranks.length, ranks.length);
  ranks.forEach((rank, i) => {
    for (let j = 0; j < ranks.length; j++) if (ranks[j] < rank) parents.add(i, j);
  });
  return parents;
}

/**
 * Row i holds the coordinates that i may depend on: those with a 1. Throws ShapeError, and DomainError but for 0 and 1.
 */
export function parentsOfMatrix(
  operation: string,
  dependencies: readonly ArrayLike<number>[],
  dimensions: number,
): BitRows {
  const parents = new BitRows(dimensions, dimensions);
  const fits = Array.isArray(dependencies) && dependencies.length === dimensions;
  if (!fits || Array.from(dependencies).some((row) => row?.length !== dimensions)) {
    throw new ShapeError(
      `${operation}: dependencies must be ${dimensions} rows of ${dimensions}; got ${describeValue(dependencies)}`,
    );
  }
  dependencies.forEach((row, i) => {
    for (let j = 0; j < dimensions; j++) {
      if (row[j] !== 0 && row[j] !== 1) {
        throw new DomainError(`${operation}: dependencies are 0 or 1; got ${describeValue(row[j])} at [${i},${j}]`);
      }
      if (row[j] === 1) parents.add(i, j);
    }
  });
  return parents;
}

/**
 * The depth of each coordinate: 0 if it depends on none, else 1 more than the deepest that it depends on. Coordinates
 * of one depth do not depend on each other, so that a sequential pass takes as many steps as there are depths.
 *
 * Throws DomainError, naming a circle, if coordinates depend on each other in one.
 */
export function depthsOf(operation: string, parents: BitRows): Int32Array {
  const D = parents.rows;
  const depths = new Int32Array(D);
  const waitingFor = Int32Array.from({ length: D }, (_, i) => parents.count(i));
  const ready: number[] = [];
  for (let i = 0; i < D; i++) if (waitingFor[i] === 0) ready.push(i);
  for (let next = 0; next < ready.length; next++) {
    const j = ready[next];
    for (let i = 0; i < D; i++) {
      if (!parents.has(i, j)) continue;
      depths[i] = Math.max(depths[i], depths[j] + 1);
      if (--waitingFor[i] === 0) ready.push(i);
    }
  }
  if (ready.length < D) {
    throw new DomainError(
      `${operation}: coordinates may not depend on each other in a circle; got ${circle(parents, waitingFor)}`,
    );
  }
  return depths;
}

/** A circle among the coordinates that still wait, as "0 on 2 on 0". Each of them has a parent that waits, too. */
function circle(parents: BitRows, waitingFor: Int32Array): string {
  const path: number[] = [];
  let i = waitingFor.findIndex((count) => count > 0);
  while (!path.includes(i)) {
    path.push(i);
    i = waitingFor.findIndex((count, j) => count > 0 && parents.has(i, j));
  }
  return [...path.slice(path.indexOf(i)), i].join(" on ");
}
