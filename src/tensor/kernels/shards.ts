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
  if (count <= SHARD) {
    term(0, count, y);
    return;
  }
  const waiting: Float64Array[] = []; // sums of 2ᵏ shards each, k decreasing
  const free: Float64Array[] = [];
  const merge = (): void => {
    const [right, left] = [waiting.pop() as Float64Array, waiting[waiting.length - 1]];
    for (let i = 0; i < left.length; i++) left[i] += right[i];
    free.push(right);
  };
  for (let start = 0, shard = 1; start < count; start += SHARD, shard++) {
    const to = waiting.length === 0 ? y : (free.pop() ?? new Float64Array(y.length));
    term(start, Math.min(start + SHARD, count), to);
    waiting.push(to);
    for (let k = shard; k % 2 === 0; k /= 2) merge();
  }
  while (waiting.length > 1) merge();
}
