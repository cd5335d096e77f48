import { CHUNK, type Layout } from "../kernels/matrixProduct.ts";
import { matmul } from "./simdMatmul.ts";

/** Whose zeros annihilate what they meet, be it NaN or infinite: nobody's, those of A, of B, or of both. */
export type StrongOperands = "none" | "A" | "B" | "AB";

/**
 * `matmul`, but in each of its sums a term is left out where the strong operand is 0: 0·∞ and 0·NaN do not arise. Where they would
 * not have arisen, the bits are those of `matmul`.
 *
 * Cost: a look at the result, since a NaN among the terms would have come through; the loops below run only if there is one.
 */
export function strongMatmul(
  strong: StrongOperands,
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  layout: Layout,
  startC = 0,
  startA = 0,
  startB = 0,
): void {
  matmul(c, a, b, M, N, K, layout, startC, startA, startB);
  if (strong !== "none" && hasNaN(c, startC, startC + M * N)) {
    withoutZeros(strong, c, a, b, M, N, K, layout, startC, startA, startB);
  }
}

/** The sums of `matmul` in its order, without the terms in which a strong operand is 0. */
export function withoutZeros(
  strong: Exclude<StrongOperands, "none">,
  c: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
  layout: Layout,
  startC: number,
  startA: number,
  startB: number,
): void {
  const [strongA, strongB] = [strong !== "B", strong !== "A"];
  const [downA, stepA] = layout === "TN" ? [1, M] : [K, 1];
  const [downB, acrossB] = layout === "NT" ? [1, K] : [N, 1];
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let total = 0;
      for (let start = 0; start < K; start += CHUNK) {
        let sum = 0;
        for (let k = start; k < Math.min(start + CHUNK, K); k++) {
          const [x, y] = [a[startA + i * downA + k * stepA], b[startB + k * downB + j * acrossB]];
          if ((strongA && x === 0) || (strongB && y === 0)) continue;
          sum += x * y;
        }
        total += sum;
      }
      c[startC + i * N + j] = total;
    }
  }
}

/**
 * Whether one of the numbers from … to − 1 is NaN (or there are both ∞ and −∞): their sum is, then. Four running sums, so that no addition
 * waits for the one before.
 */
export function hasNaN(x: Float64Array, from = 0, to: number = x.length): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = from;
  for (; i + 4 <= to; i += 4) {
    a += x[i];
    b += x[i + 1];
    c += x[i + 2];
    d += x[i + 3];
  }
  for (; i < to; i++) a += x[i];
  return Number.isNaN(a + b + c + d);
}
