import { type Random, Tensor } from "diffeo";

// Random matrices of known properties.

/** [m, k], k ≤ m: orthonormal columns, by Gram–Schmidt, twice over, on Gaussian vectors. */
export function randomOrthonormal(m: number, k: number, random: Random): number[][] {
  const columns: number[][] = [];
  for (let j = 0; j < k; j++) {
    const v = Array.from(random.normal([m]).data);
    for (let pass = 0; pass < 2; pass++) {
      for (const q of columns) {
        const along = v.reduce((total, value, i) => total + value * q[i], 0);
        for (let i = 0; i < m; i++) v[i] -= along * q[i];
      }
    }
    const norm = Math.sqrt(v.reduce((total, value) => total + value * value, 0));
    columns.push(v.map((value) => value / norm));
  }
  return columns;
}

/** [m, n] with those singular values, min(m, n) of them: Σ_k σ_k·u_k·v_kᵀ. */
export function withSingularValues(sigmas: readonly number[], m: number, n: number, random: Random): Float64Array {
  const U = randomOrthonormal(m, sigmas.length, random);
  const V = randomOrthonormal(n, sigmas.length, random);
  const A = new Float64Array(m * n);
  sigmas.forEach((sigma, k) => {
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) A[i * n + j] += sigma * U[k][i] * V[k][j];
  });
  return A;
}

/** [n, n] of condition number κ: singular values from 1 down to 1/κ in equal ratios. */
export function withCondition(kappa: number, n: number, random: Random): Float64Array {
  const sigmas = Array.from({ length: n }, (_, k) => (n === 1 ? 1 : kappa ** (-k / (n - 1))));
  return withSingularValues(sigmas, n, n, random);
}

/** A stack [...batch, m, n] of matrices with singular values drawn from [1, 2]: none is near a singular one. */
export function wellConditioned(batch: readonly number[], m: number, n: number, random: Random): Tensor {
  const count = batch.reduce((product, length) => product * length, 1);
  const data = new Float64Array(count * m * n);
  for (let i = 0; i < count; i++) {
    data.set(withSingularValues(Array.from(random.uniform([Math.min(m, n)], 1, 2).data), m, n, random), i * m * n);
  }
  return new Tensor(data, [...batch, m, n]);
}

/** What random matrices are like, by name; each draws one of size [n, n]. */
export const FAMILIES: Readonly<Record<string, (n: number, random: Random) => Float64Array>> = {
  gaussian: (n, random) => random.normal([n, n]).data,
  uniform: (n, random) => random.uniform([n, n], -1, 1).data,
  "of small integers": (n, random) => random.integers([n, n], 7).data.map((value) => value - 3),
  "over 24 decades": (n, random) => {
    const exponents = random.uniform([n, n], -12, 12).data;
    return random.normal([n, n]).data.map((value, k) => value * 10 ** exponents[k]);
  },
  "scaled by 2^±1000": (n, random) => {
    const scale = random.uniform([]).item() < 0.5 ? 2 ** 1000 : 2 ** -1000;
    return random.normal([n, n]).data.map((value) => value * scale);
  },
  "70 % sparse": (n, random) => {
    const kept = random.uniform([n, n]).data;
    return random.normal([n, n]).data.map((value, k) => (kept[k] < 0.3 ? value : 0));
  },
  "of condition 2e7": (n, random) => withCondition(2e7, n, random),
  "of condition 4e14": (n, random) => withCondition(4e14, n, random),
};

/** A with its entries strictly above (or below) the diagonal replaced by NaN, and those on it, too, if asked for. */
export function poisoned(A: Tensor, triangle: "above" | "below", diagonal = false): Tensor {
  const n = A.shape[A.rank - 1];
  return new Tensor(
    A.data.map((value, k) => {
      const [i, j] = [Math.floor(k / n) % n, k % n];
      const bad = triangle === "above" ? j > i : j < i;
      return bad || (diagonal && i === j) ? Number.NaN : value;
    }),
    A.shape,
  );
}
