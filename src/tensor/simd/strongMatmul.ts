import { CHUNK, type Layout } from "../kernels/matrixProduct.ts";
import { sumOfShards } from "../kernels/shards.ts";
import type { Band } from "./bands.ts";
import { matmul } from "./simdMatmul.ts";
import { WIDE } from "./tiles.ts";

/** Whose zeros annihilate what they meet, be it NaN or infinite: nobody's, those of A, of B, or of both. */
export type StrongOperands = "none" | "A" | "B" | "AB";

/**
 * `matmul`, but in each of its sums a term is left out where the strong operand is 0: 0·∞ and 0·NaN do not arise. Where they would
 * not have arisen, the bits are those of `matmul`.
 *
 * Cost: a look at the edges of the result; the loops below run only if something there is not finite.
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
  band?: Band,
): void {
  matmul(c, a, b, M, N, K, layout, startC, startA, startB, band);
  if (strong !== "none") restoreZeros(strong, c, a, b, M, N, K, layout, startC, startA, startB, band);
}

/** C, a product whose zeros are strong, once it has been computed as if they were not: computed again if that may matter. */
export function restoreZeros(
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
  band?: Band,
): void {
  if (!mayNeedZeros(strong, c, startC, M, N, band?.columns)) return;
  withoutZeros(strong, c, a, b, M, N, K, layout, startC, startA, startB);
}

/** The sums of `matmul` in its order, without the terms in which a strong operand is 0. */
function withoutZeros(
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
  const termsOf = (i: number, j: number, start: number, end: number): number => {
    let sum = 0;
    for (let k = start; k < end; k++) {
      const [x, y] = [a[startA + i * downA + k * stepA], b[startB + k * downB + j * acrossB]];
      if ((strongA && x === 0) || (strongB && y === 0)) continue;
      sum += x * y;
    }
    return sum;
  };
  const element = new Float64Array(1);
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      element[0] = 0;
      if (layout === "TN") {
        sumOfShards(K, element, (start, end, to) => {
          to[0] = termsOf(i, j, start, end);
        });
      } else {
        for (let k = 0; k < K; k += CHUNK) element[0] += termsOf(i, j, k, Math.min(k + CHUNK, K));
      }
      c[startC + i * N + j] = element[0];
    }
  }
}

/**
 * Whether a strong zero of a product [M, N] may have met NaN or ∞. An entry of B that is not finite leaves its trace, NaN or ∞, in its
 * whole column of C, whatever A is, and so in the first row; one of A in its whole row, and so in the first column: no more is looked at
 * (all of it cost a training step 10 %).
 *
 * If a band left terms out, an entry of A leaves its trace only in strips that have not left out its term, and so in one of the
 * band's `columns`, or else it has met no zero. (An entry of B that is left out is 0.)
 */
export function mayNeedZeros(
  strong: StrongOperands,
  c: Float64Array,
  start: number,
  M: number,
  N: number,
  columns: readonly number[] = FIRST,
): boolean {
  if (M === 0 || N === 0) return false;
  let trace = 0; // x − x is 0 unless x is NaN or ∞
  if (strong.includes("A")) for (let j = start; j < start + N; j++) trace += c[j] - c[j];
  if (strong.includes("B")) {
    for (const j of columns) for (let i = start + j; i < start + M * N; i += N) trace += c[i] - c[i];
  }
  return Number.isNaN(trace);
}

const FIRST = [0];

/** The same for Aᵀ·B with strong zeros of A, if a band has left rows out: the first row of each strip that has not been. */
export function mayNeedZerosInRows(c: Float64Array, N: number, { first, end }: Band): boolean {
  let trace = 0;
  for (let j = 0; j < N; j++) {
    const s = Math.floor(j / WIDE);
    const i = first[s] * N + j;
    if (first[s] < end[s]) trace += c[i] - c[i];
  }
  return Number.isNaN(trace);
}
