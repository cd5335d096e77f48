import type { Plan } from "../plan/plan.ts";
import { euclideanNorm, rootOfSquares, sumFromShards } from "../tensor/kernels/reduce.ts";
import { SHARD } from "../tensor/kernels/shards.ts";
import { squaresOfShards } from "../tensor/simd/shapedSums.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The name of the kernel that sums squares. */
const KERNEL = "squares";

/** What {@link plannedNorm} needs in the memory of a plan: a kernel, and a place for the sums of the largest gradient. */
export function roomForNorm(sizes: readonly number[]): {
  kernels: Record<string, typeof squaresOfShards>;
  size: number;
} {
  return { kernels: { [KERNEL]: squaresOfShards }, size: Math.ceil(Math.max(0, ...sizes) / SHARD) };
}

/** `gradNorm` of gradients that lie in the memory of a plan, to the bit; `room` is that place. */
export function plannedNorm({ memory, kernels }: Plan, grads: readonly Tensor[], room: number): number {
  const shards = memory.numbers.subarray(room / 8);
  const norms = Float64Array.from(grads, ({ data }) => {
    const count = data.length;
    const whole = Math.floor(count / SHARD);
    if (whole < 2) return euclideanNorm(data, 0, 1, count);
    kernels[KERNEL](data.byteOffset, room, whole);
    if (count % SHARD > 0) shards[whole] = squares(data, whole * SHARD);
    return rootOfSquares(sumFromShards(shards, 0, count)) ?? euclideanNorm(data, 0, 1, count);
  });
  return euclideanNorm(norms, 0, 1, norms.length);
}

/** The sum of squares from there to the end, less than a shard. */
function squares(x: Float64Array, start: number): number {
  let even = 0;
  let odd = 0;
  for (let i = start; i < x.length; i++) {
    if ((i - start) % 2 === 0) even += x[i] * x[i];
    else odd += x[i] * x[i];
  }
  return even + odd;
}
