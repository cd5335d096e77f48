import type { Tensor } from "diffeo";

/** A square matrix as rows. */
export type Matrix = readonly (readonly number[])[];

/** The last two axes of a tensor [..., n, m] that holds one matrix. */
export function matrixOf(x: Tensor, rows: number): Matrix {
  const columns = x.size / rows;
  return Array.from({ length: rows }, (_, i) => Array.from(x.data.slice(i * columns, (i + 1) * columns)));
}

/** ln|det A|, its sign, and A⁻¹, by Gauss–Jordan elimination with partial pivoting: the tests' own, independent of src. */
export function invertMatrix(A: Matrix): { inverse: Matrix; logAbsDet: number; sign: number } {
  const n = A.length;
  const work = A.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let logAbsDet = 0;
  let sign = 1;
  for (let column = 0; column < n; column++) {
    let pivotRow = column;
    for (let i = column + 1; i < n; i++) {
      if (Math.abs(work[i][column]) > Math.abs(work[pivotRow][column])) pivotRow = i;
    }
    if (pivotRow !== column) {
      [work[column], work[pivotRow]] = [work[pivotRow], work[column]];
      sign = -sign;
    }
    const pivot = work[column][column];
    logAbsDet += Math.log(Math.abs(pivot));
    sign *= Math.sign(pivot);
    for (let j = 0; j < 2 * n; j++) work[column][j] /= pivot;
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = work[i][column];
      for (let j = 0; j < 2 * n; j++) work[i][j] -= factor * work[column][j];
    }
  }
  return { inverse: work.map((row) => row.slice(n)), logAbsDet, sign };
}

/** A·B */
export function multiply(A: Matrix, B: Matrix): Matrix {
  return A.map((row) => B[0].map((_, j) => row.reduce((total, a, k) => total + a * B[k][j], 0)));
}

/** |A|, entry by entry. */
export function absolute(A: Matrix): Matrix {
  return A.map((row) => row.map(Math.abs));
}

/** ‖A‖∞, the largest row sum. */
export function normInfinity(A: Matrix): number {
  return A.reduce(
    (largest, row) =>
      Math.max(
        largest,
        row.reduce((total, a) => total + Math.abs(a), 0),
      ),
    0,
  );
}
