/** What is kept: 12 MB at most. */
const MOST = 1.5 * (1 << 20);

let memory: Float64Array = /*#__PURE__*/ new Float64Array(0);

/**
 * Arrays of these lengths to write to, which hold anything, until the next call: for an op that needs room while it runs, and calls nobody
 * else's code. New arrays for each op leave garbage: they cost a training step of a small Glow a seventh of its time.
 */
export function workspace(...lengths: readonly number[]): Float64Array[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > MOST) return lengths.map((length) => new Float64Array(length));
  if (total > memory.length) memory = new Float64Array(total);
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return memory.subarray(end - length, end);
  });
}
