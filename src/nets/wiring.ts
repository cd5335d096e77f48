import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { BitRows } from "./bitRows.ts";
import { depthsOf } from "./dependencies.ts";
import { residualWidth } from "./residualMlp.ts";

// D coordinates, P outputs per coordinate, L + 1 affine maps, the last of which gives the outputs

/**
 * Where an affine map of a net stands: h_l = [h_{l−2} +] W_l·(act or nothing)(h_{l−1}) + b_l, where h_{−1} is the
 * input.
 */
export interface Wiring {
  readonly rows: number;
  readonly columns: number;
  /** Whether what it maps goes through the activation first. */
  readonly activated: boolean;
  /** Whether the result of the map before the previous one is added: the end of a residual block. */
  readonly skip: boolean;
}

/** The affine maps of a plain or residual net from `inputs` to `outputs` numbers. */
export function wiringOf(
  operation: string,
  inputs: number,
  outputs: number,
  hidden: readonly number[],
  residual: boolean,
): Wiring[] {
  const plain = { activated: false, skip: false };
  if (!residual) {
    const sizes = [inputs, ...hidden, outputs];
    return sizes.slice(1).map((rows, l) => ({ rows, columns: sizes[l], activated: l > 0, skip: false }));
  }
  const width = residualWidth(operation, hidden);
  const square = { rows: width, columns: width, activated: true };
  return [
    { rows: width, columns: inputs, ...plain },
    ...hidden.flatMap(() => [
      { ...square, skip: false },
      { ...square, skip: true },
    ]),
    { rows: outputs, columns: width, ...plain },
  ];
}

/**
 * Masks under which output p·D + i sees only what i may depend on.
 *
 * Each hidden unit gets a *dependency set*: one of the sets of coordinates that some coordinate may depend on. A unit
 * sees the inputs of its set, and the units whose sets are part of its own; so does an output. Along any path sets only
 * grow, hence no path leads where it may not; and where every layer has a unit of each set, every allowed path is
 * there. Sets are dealt out evenly and in order of depth, so that units stand in the order in which a sequential pass
 * can compute them.
 *
 * Reference: Germain, Gregor, Murray & Larochelle (2015), https://arxiv.org/abs/1502.03509, who number units where the
 * sets are nested, as those of an order are: a unit of number m has the set of the m first coordinates.
 */
export function masksOf(wiring: readonly Wiring[], parents: BitRows, representatives: readonly number[]): Uint8Array[] {
  const D = parents.rows;
  const S = representatives.length;
  const inputs = Array.from({ length: D }, (_, j) => j);
  return wiring.map(({ rows, columns }, l) => {
    const last = l === wiring.length - 1;
    /** The coordinate whose parents are the set of a row, and of a column unless that is an input. */
    const setOfRow = (row: number): number =>
      last ? row % D : representatives[Math.floor(((row + 1) * S - 1) / rows)];
    const setOfColumn = (column: number): number => representatives[Math.floor(((column + 1) * S - 1) / columns)];
    const columnSets = l === 0 ? inputs : Array.from({ length: columns }, (_, k) => setOfColumn(k));
    const mask = new Uint8Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const set = setOfRow(row);
      for (let k = 0; k < columns; k++) {
        const seen = l === 0 ? parents.has(set, k) : parents.isSubset(columnSets[k], parents, set);
        if (seen) mask[row * columns + k] = 1;
      }
    }
    return mask;
  });
}

/**
 * For each set of parents that occurs, one coordinate that has it; in order of depth, then size. The empty set is left
 * out, unless a context makes units that see no coordinate useful, or there is no other.
 */
export function distinctSets(parents: BitRows, depths: Int32Array, context: boolean): number[] {
  const first = new Map<string, number>();
  for (let i = 0; i < parents.rows; i++) {
    const key = parents.key(i);
    if (!first.has(key)) first.set(key, i);
  }
  const all = [...first.values()].sort((a, b) => depths[a] - depths[b] || parents.count(a) - parents.count(b) || a - b);
  const seeing = all.filter((i) => parents.count(i) > 0);
  return context || seeing.length === 0 ? all : seeing;
}

/** The first mask with C columns of ones beside it. */
export function withContext(mask: Uint8Array, { rows, columns }: Wiring, context: number): Uint8Array {
  const wider = new Uint8Array(rows * (columns + context)).fill(1);
  for (let row = 0; row < rows; row++) {
    wider.set(mask.subarray(row * columns, (row + 1) * columns), row * (columns + context));
  }
  return wider;
}

/** Given masks, as Uint8 of zeros and ones. Throws ShapeError and DomainError in the name of the operation. */
export function checkMasks(
  operation: string,
  masks: readonly ArrayLike<number>[],
  wiring: readonly Wiring[],
): Uint8Array[] {
  if (!Array.isArray(masks) || masks.length !== wiring.length) {
    throw new ShapeError(`${operation}: needs one mask per affine map, ${wiring.length}; got ${describeValue(masks)}`);
  }
  return wiring.map(({ rows, columns }, l) => {
    const mask: ArrayLike<number> = masks[l];
    if (mask?.length !== rows * columns) {
      throw new ShapeError(
        `${operation}: mask ${l} must hold ${rows}·${columns} entries; got ${mask?.length ?? describeValue(mask)}`,
      );
    }
    const entries = Array.from(mask);
    const wrong = entries.findIndex((entry) => entry !== 0 && entry !== 1);
    if (wrong >= 0)
      throw new DomainError(`${operation}: masks are 0 or 1; got ${describeValue(entries[wrong])} in mask ${l}`);
    return Uint8Array.from(entries);
  });
}

/** When the parts of a net can be computed, coordinate after coordinate. */
export interface Steps {
  /** Coordinate i can be moved at step `coordinates[i]`, which is its depth. */
  readonly coordinates: Int32Array;
  /** Unit k of map l can be computed at step `units[l][k]`, before the coordinates of that step are moved. */
  readonly units: readonly Int32Array[];
  /** How many steps there are: the depth of the deepest coordinate, and one. */
  readonly count: number;
}

/**
 * What masks amount to: which coordinates reach which unit and, from that, when each can be computed.
 *
 * Throws DomainError, in the name of the operation, if a coordinate depends on itself, however long the way round.
 */
export function stepsOf(operation: string, wiring: readonly Wiring[], masks: readonly Uint8Array[], D: number): Steps {
  const reach: BitRows[] = [];
  wiring.forEach(({ rows, columns, skip }, l) => {
    const seen = new BitRows(rows, D);
    for (let row = 0; row < rows; row++) {
      if (skip) seen.addAll(row, reach[l - 2], row);
      for (let k = 0; k < columns; k++) {
        if (masks[l][row * columns + k] === 0) continue;
        if (l === 0) seen.add(row, k);
        else seen.addAll(row, reach[l - 1], k);
      }
    }
    reach.push(seen);
  });
  const parents = new BitRows(D, D);
  const outputs = reach[reach.length - 1];
  for (let row = 0; row < outputs.rows; row++) parents.addAll(row % D, outputs, row);
  const coordinates = depthsOf(operation, parents);

  const afterLastOf = (seen: BitRows, row: number): number => {
    let step = 0;
    for (let j = 0; j < D; j++) if (seen.has(row, j)) step = Math.max(step, coordinates[j] + 1);
    return step;
  };
  const units = reach
    .slice(0, -1)
    .map((seen) => Int32Array.from({ length: seen.rows }, (_, row) => afterLastOf(seen, row)));
  return { coordinates, units, count: coordinates.reduce((deepest, depth) => Math.max(deepest, depth), 0) + 1 };
}
