import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { matrixAt } from "../tensor/kernels/block.ts";
import { exp, log } from "../tensor/kernels/elementary.ts";
import { cholesky } from "../tensor/linalg/choleskyFactorization.ts";
import { forwardSubstitution } from "../tensor/linalg/triangular.ts";
import { matmul } from "../tensor/simd/simdMatmul.ts";
import { LOG_2PI } from "./standardNormal.ts";

// Expectation-maximization for K Gaussians over rows z of D numbers whose columns have mean 0 and deviation 1, each row with a 1 behind it: y = (z, 1). All that
// a step needs of the rows are the moments Σ r_k·y_i·y_j, i ≤ j, [K, P] with P = (D + 1)(D + 2)/2, a single product of matrices.

/** What is added to the variances, in units of those of the whole columns: a component on equal rows would have none. */
export const RIDGE = 1e-6;

/** Less weight than that is no component: its mean would be noise, and without it no log-likelihood changes. */
const EMPTY = 1e-8;

/** Rows, standardised. */
export interface StandardRows {
  /** [N, D] */
  readonly z: Float64Array;
  readonly N: number;
  readonly D: number;
}

/** K Gaussians and their weights. */
export interface Gaussians {
  /** ln w_k, [K] */
  readonly logWeights: Float64Array;
  /** [K, D] */
  readonly means: Float64Array;
  /** L_k, [K, D, D]: the covariances are L_k·L_kᵀ */
  readonly factors: Float64Array;
}

/** How many rows are taken at a time, so that what is made of them stays in a cache: about a megabyte. */
function rowsOfBlock(numbersPerRow: number): number {
  return Math.max(64, 64 * Math.floor(2048 / numbersPerRow));
}

/** Calls f with the rows in blocks, from one row to another. */
function eachBlock(N: number, B: number, f: (first: number, rows: number) => void): void {
  for (let first = 0; first < N; first += B) f(first, Math.min(B, N - first));
}

/** Adds up the moments of rows, block by block, for weights r [rows, K]. */
export class Moments {
  /** Σ r_k·y_i·y_j, [K, P], the pairs i ≤ j in order: the last is Σ r_k. */
  readonly sums: Float64Array;
  readonly #D: number;
  readonly #P: number;
  readonly #K: number;

  constructor(K: number, D: number) {
    this.#D = D;
    this.#P = ((D + 1) * (D + 2)) / 2;
    this.#K = K;
    this.sums = new Float64Array(K * this.#P);
  }

  /** Numbers that a row takes while it is added. */
  get width(): number {
    return this.#P;
  }

  add({ z }: StandardRows, first: number, rows: number, weights: Float64Array): void {
    const [D, P, K] = [this.#D, this.#P, this.#K];
    const products = new Float64Array(rows * P);
    for (let b = 0, to = 0; b < rows; b++) {
      const row = (first + b) * D;
      for (let i = 0; i < D; i++) {
        const zi = z[row + i];
        for (let j = i; j < D; j++) products[to++] = zi * z[row + j];
        products[to++] = zi;
      }
      products[to++] = 1;
    }
    const block = new Float64Array(K * P);
    matmul(block, weights, products, K, P, rows, "TN");
    for (let i = 0; i < block.length; i++) this.sums[i] += block[i];
  }
}

/**
 * The mean of ln Σ_k w_k·N(z; μ_k, L_k·L_kᵀ) over the rows; and, if moments are wanted, those with r_ik = the probability that row i is of component k.
 *
 * L_k⁻¹(z − μ_k) of all components at once is one product, y·W with W [D + 1, K·D], blocks L_k⁻ᵀ over −(L_k⁻¹μ_k)ᵀ.
 */
export function expectation(rows: StandardRows, gaussians: Gaussians, moments?: Moments): number {
  const { z, N, D } = rows;
  const K = gaussians.logWeights.length;
  const { W, constants } = whitening(gaussians, D);
  const B = rowsOfBlock(K * D + (moments?.width ?? 0));
  let total = 0;
  eachBlock(N, B, (first, count) => {
    const y = new Float64Array(count * (D + 1));
    for (let b = 0; b < count; b++) {
      for (let j = 0; j < D; j++) y[b * (D + 1) + j] = z[(first + b) * D + j];
      y[b * (D + 1) + D] = 1;
    }
    const white = new Float64Array(count * K * D);
    matmul(white, y, W, count, K * D, D + 1, "NN");
    const r = new Float64Array(count * K);
    let ofBlock = 0;
    for (let b = 0, at = 0; b < count; b++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < K; k++) {
        let squares = 0;
        for (let j = 0; j < D; j++, at++) squares += white[at] * white[at];
        const logProb = constants[k] - 0.5 * squares;
        r[b * K + k] = logProb;
        if (logProb > largest) largest = logProb;
      }
      if (largest === Number.NEGATIVE_INFINITY) {
        ofBlock = largest; // a row beyond all float64 distances
        continue;
      }
      let sum = 0;
      for (let i = b * K; i < (b + 1) * K; i++) {
        r[i] = exp(r[i] - largest);
        sum += r[i];
      }
      for (let i = b * K; i < (b + 1) * K; i++) r[i] /= sum;
      ofBlock += largest + log(sum);
    }
    total += ofBlock;
    moments?.add(rows, first, count, r);
  });
  return total / N;
}

/** W [D + 1, K·D], and for each component ln w − Σ ln L_ii − (D/2)·ln 2π. */
function whitening({ logWeights, means, factors }: Gaussians, D: number): { W: Float64Array; constants: Float64Array } {
  const K = logWeights.length;
  const W = new Float64Array((D + 1) * K * D);
  const constants = logWeights.map((logWeight) => logWeight - 0.5 * D * LOG_2PI);
  for (let k = 0; k < K; k++) {
    const inverse = new Float64Array(D * D);
    for (let i = 0; i < D; i++) {
      inverse[i * (D + 1)] = 1;
      constants[k] -= log(factors[k * D * D + i * (D + 1)]);
    }
    forwardSubstitution(matrixAt(factors, D, D, k * D * D), false, matrixAt(inverse, D, D));
    for (let i = 0; i < D; i++) {
      let moved = 0;
      for (let j = 0; j <= i; j++) {
        W[j * K * D + k * D + i] = inverse[i * D + j];
        moved -= inverse[i * D + j] * means[k * D + j];
      }
      W[D * K * D + k * D + i] = moved;
    }
  }
  return { W, constants };
}

/**
 * The Gaussians of greatest likelihood for moments of N rows, with {@link RIDGE} added to their variances; components without rows are left out.
 *
 * Differences of squares lose nothing here: a row is at most √N deviations from 0, so that what rounding does, 10⁻¹⁶·N, is far below the ridge.
 */
export function maximization(operation: string, { sums, width: P }: Moments, N: number, D: number): Gaussians {
  const all = Array.from({ length: sums.length / P }, (_, k) => sums.subarray(k * P, (k + 1) * P));
  const full = all.filter((own) => own[P - 1] > EMPTY);
  const K = full.length;
  const logWeights = new Float64Array(K);
  const means = new Float64Array(K * D);
  const factors = new Float64Array(K * D * D);
  const covariance = new Float64Array(D * D);
  full.forEach((own, k) => {
    const weight = own[P - 1];
    const mean = means.subarray(k * D, (k + 1) * D);
    logWeights[k] = log(weight / N);
    for (let i = 0, at = D; i < D; at += D - i, i++) mean[i] = own[at] / weight; // y_i·1 ends the pairs of i
    for (let i = 0, at = 0; i < D; i++, at++) {
      for (let j = i; j < D; j++, at++) covariance[j * D + i] = own[at] / weight - mean[i] * mean[j];
      covariance[i * (D + 1)] += RIDGE;
    }
    const pivot = cholesky(matrixAt(covariance, D, D), matrixAt(factors, D, D, k * D * D));
    if (pivot < 0) return;
    throw new NotPositiveDefiniteError(
      `${operation}: covariances must be positive definite; column ${pivot} depends on those before it in component ${k}`,
      pivot,
    );
  });
  return { logWeights, means, factors };
}
