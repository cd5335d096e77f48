import { concat } from "../autograd/ops/rearrange.ts";
import { DomainError } from "../tensor/errors.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

// Rows that are equal are copies: two draws from a density differ. A copy of a training row that is held out tells how well that row has been
// learned by heart, not how likely a new one is. The contexts do not count: a copy under another context is a copy all the same.

/** Which rows are copies of each other. */
export interface RowGroups {
  /** For each row the number of its group, 0, 1, 2 … in the order in which new rows come. */
  readonly groupOf: readonly number[];
  /** For each group how many rows it has. */
  readonly sizes: readonly number[];
}

/** The rows of x [N, …], equal ones in one group; −0 = 0. Cost: O(size of x), by hashing bits. */
export function groupEqualRows({ data, shape: [N], size }: Tensor): RowGroups {
  const length = N === 0 ? 0 : size / N;
  const sameRows = (i: number, j: number): boolean => {
    for (let k = 0; k < length; k++) if (data[i * length + k] !== data[j * length + k]) return false;
    return true;
  };
  const hashOf = hashOfRows(data, length);
  let slots = 1;
  while (slots < 2 * N) slots *= 2;
  const firstRow = new Int32Array(slots).fill(-1); // a table of the first rows of all groups, by their hashes
  const groupOf: number[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < N; i++) {
    let slot = hashOf(i) & (slots - 1);
    while (firstRow[slot] >= 0 && !sameRows(firstRow[slot], i)) slot = (slot + 1) & (slots - 1);
    if (firstRow[slot] < 0) {
      firstRow[slot] = i;
      groupOf.push(sizes.length);
      sizes.push(1);
    } else {
      groupOf.push(groupOf[firstRow[slot]]);
      sizes[groupOf[i]]++;
    }
  }
  return { groupOf, sizes };
}

/** The copies among rows to train on. */
export interface Copies {
  readonly groups: RowGroups;
  /** How many rows of x are copies of an earlier one. */
  readonly duplicates: number;
  /** How many validation rows of their own are copies of rows of x. */
  readonly leaked: number;
}

/** The copies among the rows of x, and of them among validation rows of their own. */
export function copiesAmong(x: Tensor, validation: Tensor | undefined): Copies {
  const groups = groupEqualRows(x);
  const different = groups.sizes.length;
  const duplicates = x.shape[0] - different;
  if (validation === undefined) return { groups, duplicates, leaked: 0 };
  const { groupOf } = groupEqualRows(concat([x, validation], 0)); // those of x come first, and keep their numbers
  return { groups, duplicates, leaked: groupOf.slice(x.shape[0]).filter((group) => group < different).length };
}

/** For each row 32 bits that depend on all of its own, mixed as in MurmurHash3. */
function hashOfRows(data: Float64Array, length: number): (i: number) => number {
  const row = new Float64Array(length);
  const words = new Uint32Array(row.buffer);
  return (i) => {
    for (let k = 0; k < length; k++) row[k] = data[i * length + k] + 0; // −0 + 0 = 0
    let hash = 0;
    for (const word of words) {
      hash = Math.imul(hash ^ word, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  };
}

/**
 * The rows, shuffled and cut into parts of that many rows, and a last part of all that is left. Copies stay together: a part takes whole
 * groups, in the order in which shuffling brings them, as long as they fit; where none does, it takes the smallest. Without copies, the
 * parts are consecutive pieces of `random.permutation(N)`.
 *
 * Throws DomainError unless there is a group for every part.
 */
export function splitRows(
  operation: string,
  { groupOf, sizes }: RowGroups,
  counts: readonly number[],
  random: Random,
): number[][] {
  const [N, parts] = [groupOf.length, counts.length + 1];
  if (sizes.length < parts) {
    throw new DomainError(
      `${operation}: holding rows out takes at least ${parts} different ones; got ${sizes.length} (${N} rows, copies of one another)`,
    );
  }
  const order = random.permutation(N);
  const partOf = sizes.map(() => counts.length);
  let free = sizes.length; // groups that are in the last part so far
  counts.forEach((count, part) => {
    const isFree = (group: number): boolean => partOf[group] === counts.length && free > counts.length - part;
    let left = count;
    const put = (group: number): void => {
      partOf[group] = part;
      left -= sizes[group];
      free--;
    };
    for (const i of order) if (sizes[groupOf[i]] <= left && isFree(groupOf[i])) put(groupOf[i]);
    if (left < count) return;
    const groups = order.map((i) => groupOf[i]).filter(isFree);
    put(groups.reduce((smallest, group) => (sizes[group] < sizes[smallest] ? group : smallest)));
  });
  return Array.from({ length: parts }, (_, part) => order.filter((i) => partOf[groupOf[i]] === part));
}
