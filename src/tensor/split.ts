import { DomainError } from "./errors.ts";
import type { Random } from "./random.ts";
import type { Tensor } from "./tensor.ts";

// Rows that are equal are copies: two draws from a density differ. A copy of a training row that is held out tells how well that row has been
// learned by heart, not how likely a new one is. The contexts do not count: a copy under another context is a copy all the same.

/** Which rows are copies of each other. */
export interface RowGroups {
  /** For each row the number of its group, 0, 1, 2 … in the order in which new rows come. */
  readonly groupOf: Int32Array;
  /** For each group how many rows it has. */
  readonly sizes: Int32Array;
}

/** The rows of x [N, …], and of others of the same length after them, equal ones in one group; −0 = 0. Cost: O(size of x), by hashing bits. */
export function groupEqualRows(x: Tensor, others?: Tensor): RowGroups {
  const N = x.shape[0];
  const all = N + (others?.shape[0] ?? 0);
  const length = N === 0 ? 0 : x.size / N;
  const dataOf = (i: number): Float64Array => (i < N ? x.data : (others as Tensor).data);
  const startOf = (i: number): number => (i < N ? i : i - N) * length;
  const sameRows = (i: number, j: number): boolean => {
    const [a, b, from, to] = [dataOf(i), dataOf(j), startOf(i), startOf(j)];
    for (let k = 0; k < length; k++) if (a[from + k] !== b[to + k]) return false;
    return true;
  };
  const hashOf = rowHash(length);
  let slots = 1;
  while (slots < 2 * all) slots *= 2;
  const firstRow = new Int32Array(slots).fill(-1); // a table of the first rows of all groups, by their hashes
  const groupOf = new Int32Array(all);
  const sizes = new Int32Array(all);
  let groups = 0;
  for (let i = 0; i < all; i++) {
    let slot = hashOf(dataOf(i), startOf(i)) & (slots - 1);
    while (firstRow[slot] >= 0 && !sameRows(firstRow[slot], i)) slot = (slot + 1) & (slots - 1);
    if (firstRow[slot] < 0) {
      firstRow[slot] = i;
      groupOf[i] = groups++;
    } else {
      groupOf[i] = groupOf[firstRow[slot]];
    }
    sizes[groupOf[i]]++;
  }
  return { groupOf, sizes: sizes.slice(0, groups) };
}

/** The copies among rows to train on. */
export interface Copies {
  /** Of the rows of x, then of validation rows of their own. */
  readonly groups: RowGroups;
  /** How many rows of x are copies of an earlier one. */
  readonly duplicates: number;
  /** How many validation rows of their own are copies of rows of x. */
  readonly leaked: number;
}

/** The copies among the rows of x, and of them among validation rows of their own. */
export function copiesAmong(x: Tensor, validation: Tensor | undefined): Copies {
  const groups = groupEqualRows(x, validation);
  const N = x.shape[0];
  const different = groups.groupOf.subarray(0, N).reduce((most, group) => Math.max(most, group + 1), 0);
  let leaked = 0;
  for (const group of groups.groupOf.subarray(N)) if (group < different) leaked++;
  return { groups, duplicates: N - different, leaked };
}

/** 32 bits that depend on all of a row, which begins at some place of the data; mixed as in MurmurHash3. */
function rowHash(length: number): (data: Float64Array, start: number) => number {
  const row = new Float64Array(length);
  const words = new Uint32Array(row.buffer);
  return (data, start) => {
    for (let k = 0; k < length; k++) row[k] = data[start + k] + 0; // −0 + 0 = 0
    let hash = 0;
    for (let k = 0; k < words.length; k++) {
      hash = Math.imul(hash ^ words[k], 0x85ebca6b);
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
  const last = counts.length;
  const partOf = new Uint8Array(sizes.length).fill(last);
  let free = sizes.length; // groups that are in the last part so far
  counts.forEach((count, part) => {
    const isFree = (group: number): boolean => partOf[group] === last && free > last - part;
    let left = count;
    const put = (group: number): void => {
      partOf[group] = part;
      left -= sizes[group];
      free--;
    };
    for (const i of order) if (sizes[groupOf[i]] <= left && isFree(groupOf[i])) put(groupOf[i]);
    if (left < count) return;
    let smallest = -1;
    for (const i of order) {
      const group = groupOf[i];
      if (isFree(group) && (smallest < 0 || sizes[group] < sizes[smallest])) smallest = group;
    }
    put(smallest);
  });
  return Array.from({ length: parts }, (_, part) => order.filter((i) => partOf[groupOf[i]] === part));
}
