import { log } from "../tensor/kernels/elementary.ts";
import type { Random } from "../tensor/random.ts";
import { matmul } from "../tensor/simd/simdMatmul.ts";
import { Moments, type StandardRows } from "./gaussians.ts";

/** Rounds of moving centres, at most: a start need not be the best. */
const ROUNDS = 20;

/** How many rows are compared with the centres at a time. */
const BLOCK = 1024;

/**
 * The moments of K groups of rows, to start from: rows as far from each other as k-means++ draws them, moved by some rounds of k-means.
 *
 * The first centre is any row; for each other, 2 + ⌊ln K⌋ rows are drawn with probability ∝ the squared distance to the nearest centre so far, and the one
 * is taken that leaves the least sum of such distances. Then every centre moves to the
 * mean of the rows that are nearest to it, until none moves, twenty times at most. Where centres are equal all rows go to the first.
 * Cost: O(N·K·D) a round. Reference: Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding, SODA.
 */
export function kMeans(rows: StandardRows, K: number, random: Random): Moments {
  const { z, N, D } = rows;
  const centres = startingCentres(rows, K, random);
  const nearest = new Int32Array(N).fill(-1);
  for (let round = 0; round < ROUNDS; round++) {
    if (!moveRows(rows, centres, nearest)) break;
    const counts = new Float64Array(K);
    const sums = new Float64Array(K * D);
    for (let i = 0; i < N; i++) {
      counts[nearest[i]]++;
      for (let j = 0; j < D; j++) sums[nearest[i] * D + j] += z[i * D + j];
    }
    for (let i = 0; i < sums.length; i++) {
      const count = counts[Math.floor(i / D)];
      if (count > 0) centres[i] = sums[i] / count; // a centre without rows stays
    }
  }
  const moments = new Moments(K, D);
  for (let first = 0; first < N; first += BLOCK) {
    const count = Math.min(BLOCK, N - first);
    const weights = new Float64Array(count * K);
    for (let b = 0; b < count; b++) weights[b * K + nearest[first + b]] = 1;
    moments.add(rows, first, count, weights);
  }
  return moments;
}

/** K rows by k-means++, [K, D]. */
function startingCentres(rows: StandardRows, K: number, random: Random): Float64Array {
  const { z, N, D } = rows;
  const centres = new Float64Array(K * D);
  const candidates = 2 + Math.floor(log(K));
  const draws = random.uniform([K, candidates]).data;
  let distances = new Float64Array(N).fill(1); // squared, to the nearest centre; the first may be any row
  for (let k = 0; k < K; k++) {
    const total = sumOf(distances);
    let best: { readonly row: number; readonly distances: Float64Array; readonly left: number } | undefined;
    for (let c = 0; c < (k === 0 ? 1 : candidates); c++) {
      const row = rowAt(distances, draws[k * candidates + c] * total);
      const shorter = distancesTo(rows, row, k === 0 ? undefined : distances);
      const left = sumOf(shorter);
      if (best === undefined || left < best.left) best = { row, distances: shorter, left };
    }
    const chosen = best as NonNullable<typeof best>;
    centres.set(z.subarray(chosen.row * D, (chosen.row + 1) * D), k * D);
    distances = chosen.distances as typeof distances;
  }
  return centres;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** The row where the running sum of the distances passes a number. */
function rowAt(distances: Float64Array, place: number): number {
  let [row, left] = [0, place];
  while (row < distances.length - 1 && left >= distances[row]) left -= distances[row++];
  return row;
}

/** Squared distances to a row, or what they were before if that is less. */
function distancesTo({ z, N, D }: StandardRows, row: number, before?: Float64Array): Float64Array {
  const distances = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    let distance = 0;
    for (let j = 0; j < D; j++) {
      const away = z[i * D + j] - z[row * D + j];
      distance += away * away;
    }
    distances[i] = before === undefined ? distance : Math.min(distance, before[i]);
  }
  return distances;
}

/** Gives every row to its nearest centre, by |c|² − 2 z·c; whether any was another's before. */
function moveRows({ z, N, D }: StandardRows, centres: Float64Array, nearest: Int32Array): boolean {
  const K = centres.length / D;
  const squares = new Float64Array(K);
  for (let i = 0; i < centres.length; i++) squares[Math.floor(i / D)] += centres[i] * centres[i];
  const products = new Float64Array(BLOCK * K);
  let moved = false;
  for (let first = 0; first < N; first += BLOCK) {
    const count = Math.min(BLOCK, N - first);
    matmul(products, z, centres, count, K, D, "NT", 0, first * D);
    for (let b = 0; b < count; b++) {
      let [best, least] = [0, Number.POSITIVE_INFINITY];
      for (let k = 0; k < K; k++) {
        const distance = squares[k] - 2 * products[b * K + k];
        if (distance < least) [best, least] = [k, distance];
      }
      if (nearest[first + b] !== best) moved = true;
      nearest[first + b] = best;
    }
  }
  return moved;
}
