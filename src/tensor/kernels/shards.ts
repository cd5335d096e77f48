/**
 * Sums over many rows (over a batch, say) are *defined* in shards of 64 rows, which are added pairwise: 0 + 1, 2 + 3, then those two sums, and
 * so on; a tree whose left half holds the largest power of two that is less than the number of shards. So what is computed for 64·2ᵏ rows
 * at a time, in a process of its own perhaps, adds up to the same bits as all at once, and rounding grows with the logarithm.
 */
export const SHARD = 64;

/** How many of `count` rows the left half of the tree holds, count > SHARD. */
export function leftHalf(count: number): number {
  return SHARD << (31 - Math.clz32(Math.ceil(count / SHARD) - 1));
}

/**
 * y = the sum of `count` rows' terms: `term(start, end, to)` writes what rows start … end − 1, a shard of them, add to it. Whatever was in y is
 * overwritten; so is `to` by each call.
 */
export function sumOfShards(
  count: number,
  y: Float64Array,
  term: (start: number, end: number, to: Float64Array) => void,
): void {
  sumPairwise(Math.max(1, Math.ceil(count / SHARD)), y, (shard, to) =>
    term(shard * SHARD, Math.min(count, (shard + 1) * SHARD), to),
  );
}

/** y = the sum of `count` ≥ 1 terms in the order of that tree: `term(i, to)` writes the i-th. Holds some log₂(count) of them at a time. */
export function sumPairwise(count: number, y: Float64Array, term: (i: number, to: Float64Array) => void): void {
  const waiting: Float64Array[] = []; // sums of 2ᵏ terms each, k decreasing
  const free: Float64Array[] = [];
  const merge = (): void => {
    const [right, left] = [waiting.pop() as Float64Array, waiting[waiting.length - 1]];
    for (let i = 0; i < left.length; i++) left[i] += right[i];
    free.push(right);
  };
  for (let i = 0; i < count; i++) {
    const to = i === 0 ? y : (free.pop() ?? new Float64Array(y.length));
    term(i, to);
    waiting.push(to);
    for (let k = i + 1; k % 2 === 0; k /= 2) merge();
  }
  while (waiting.length > 1) merge();
}
