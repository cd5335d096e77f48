import { DomainError } from "../tensor/errors.ts";
import { type Random, Tensor } from "../tensor/index.ts";
import { groupEqualRows, type RowGroups, splitRows } from "../tensor/split.ts";
import type { Wording } from "./wording.ts";

/** Of different rows: copies teach nothing. */
export const FEWEST_ROWS = 20;

/** Rows to learn from, to choose the best weights by, and to judge the model by. */
export interface HeldOut {
  readonly train: Tensor;
  readonly validation: Tensor;
  readonly test: Tensor;
  /** For each validation row whether it is a copy of a training row; test rows never are. */
  readonly copied: readonly boolean[];
  /** Which rows of the table they are, in the order of the parts: test, validation, train. */
  readonly places: Uint32Array;
  /** How many different rows there are. */
  readonly different: number;
}

/** Which rows are copies of each other. Throws DomainError if there are too few different ones to learn from. */
export function checkEnough(matrix: Tensor, { operation }: Wording): RowGroups {
  const N = matrix.shape[0];
  const groups = groupEqualRows(matrix);
  const different = groups.sizes.length;
  if (different >= FEWEST_ROWS) return groups;
  const copies = different === N ? "" : ` (${N} rows, copies of one another)`;
  throw new DomainError(
    `${operation}: needs at least ${FEWEST_ROWS} different rows to learn from and to hold out; got ${different}${copies}`,
  );
}

/** With more copies than this the table has been put together of parts that overlap, and no row may teach what another one tests. */
const MANY_COPIES = 0.25;

/**
 * Shuffled and cut in three; a share of 0 holds none out. Copies of a test row are test rows. Validation rows are drawn as they come, copies or not: they choose weights for rows such as the table
 * has, of which some come again; but in a table with many copies they stay together there, too. The matrix itself is rearranged: a large one does not stand in memory twice.
 */
export function holdOut(
  operation: string,
  matrix: Tensor,
  places: Uint32Array,
  groups: RowGroups,
  shares: { readonly test: number; readonly validation: number },
  random: Random,
): HeldOut {
  const [N, D] = matrix.shape;
  const count = (share: number): number[] => (share > 0 ? [Math.max(1, Math.floor(share * N))] : []);
  const cutOff = (rows: readonly number[], share: number, together: boolean): (readonly number[])[] => {
    const parts = splitRows(operation, groupsAmong(groups, rows, together), count(share), random);
    const [held, others] = parts.length === 1 ? [[], parts[0]] : parts;
    return [held.map((k) => rows[k]), others.map((k) => rows[k])];
  };
  const [test, learned] = cutOff(
    Array.from({ length: N }, (_, i) => i),
    shares.test,
    true,
  );
  const copies = 1 - groups.sizes.length / N;
  const [validation, train] = cutOff(learned, shares.validation, copies > MANY_COPIES);
  const order = [...test, ...validation, ...train];
  rearrange(matrix, order);
  let end = 0;
  const part = ({ length }: readonly number[]): Tensor => {
    end += length;
    return new Tensor(matrix.data.subarray((end - length) * D, end * D), [length, D]);
  };
  const learnedGroups = new Uint8Array(groups.sizes.length);
  for (const row of train) learnedGroups[groups.groupOf[row]] = 1;
  const copied = validation.map((row) => learnedGroups[groups.groupOf[row]] === 1);
  return {
    ...{ test: part(test), validation: part(validation), train: part(train), copied },
    ...{ places: Uint32Array.from(order, (k) => places[k]), different: groups.sizes.length },
  };
}

/** The groups of some of the rows; each row by itself if copies need not stay together. */
function groupsAmong({ groupOf }: RowGroups, rows: readonly number[], together: boolean): RowGroups {
  if (!together) return { groupOf: Int32Array.from(rows.keys()), sizes: new Int32Array(rows.length).fill(1) };
  const numbers = new Map<number, number>();
  const sizes: number[] = [];
  const own = Int32Array.from(rows, (row) => {
    const number = numbers.get(groupOf[row]) ?? numbers.size;
    numbers.set(groupOf[row], number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { groupOf: own, sizes: Int32Array.from(sizes) };
}

/** Row order[i] of the matrix becomes row i, cycle after cycle. */
function rearrange({ data, shape: [N, D] }: Tensor, order: readonly number[]): void {
  const done = new Uint8Array(N);
  const kept = new Float64Array(D);
  for (let start = 0; start < N; start++) {
    if (done[start]) continue;
    kept.set(data.subarray(start * D, (start + 1) * D));
    let to = start;
    for (let from = order[to]; from !== start; from = order[to]) {
      data.copyWithin(to * D, from * D, (from + 1) * D);
      done[to] = 1;
      to = from;
    }
    data.set(kept, to * D);
    done[to] = 1;
  }
}
