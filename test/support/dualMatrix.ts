import { type Dual, type DualTensor, dual, minus, over, plus, root, type Scalar, times, total } from "./dual.ts";

// Linear algebra over dual numbers, each algorithm unlike the one in src: minors, Gauss–Jordan, Gram–Schmidt, Taylor.

/** A matrix of dual numbers, as rows. */
export type DualMatrix = readonly (readonly Dual[])[];

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The matrix m×n whose entries are f(i, j). */
export function matrixOf(m: number, n: number, f: (i: number, j: number) => Scalar): DualMatrix {
  return range(m).map((i) => range(n).map((j) => dual(f(i, j))));
}

/** The matrix at that index of the leading axes, which are stretched. */
export function dualMatrixAt(x: DualTensor, batch: readonly number[]): DualMatrix {
  const [m, n] = x.shape.slice(-2);
  return matrixOf(m, n, (i, j) => x.stretchedAt([...batch, i, j]));
}

/** A·B, as wide as `columns` says where B has no rows to say it. */
export function multiplied(A: DualMatrix, B: DualMatrix, columns: number = B[0]?.length ?? 0): DualMatrix {
  return A.map((row) => range(columns).map((j) => total(row.map((entry, k) => times(entry, B[k][j])))));
}

/** det A, by Laplace's expansion along the first row. */
export function determinantOf(A: DualMatrix): Dual {
  if (A.length === 0) return dual(1);
  return total(
    A[0].map((entry, j) => {
      const minor = determinantOf(A.slice(1).map((row) => row.filter((_, column) => column !== j)));
      return j % 2 === 0 ? times(entry, minor) : minus(0, times(entry, minor));
    }),
  );
}

/** The determinant of those rows and columns. */
function minor(A: DualMatrix, rows: readonly number[], columns: readonly number[]): Dual {
  return determinantOf(rows.map((i) => columns.map((j) => A[i][j])));
}

/**
 * L·U = A without exchanging rows, by quotients of minors: L_ij = |rows 0…j−1, i; columns 0…j|/|leading j + 1|, and
 * U_ij = |rows 0…i; columns 0…i−1, j|/|leading i|.
 */
export function luByMinors(A: DualMatrix, n: number): { L: DualMatrix; U: DualMatrix } {
  const m = A.length;
  const k = Math.min(m, n);
  const leading = (size: number): Dual => minor(A, range(size), range(size));
  return {
    L: matrixOf(m, k, (i, j) =>
      j >= i ? (i === j ? 1 : 0) : over(minor(A, [...range(j), i], range(j + 1)), leading(j + 1)),
    ),
    U: matrixOf(k, n, (i, j) => (j < i ? 0 : over(minor(A, range(i + 1), [...range(i), j]), leading(i)))),
  };
}

/** A⁻¹B by Gauss–Jordan elimination, the pivot the largest of its column. */
export function gaussJordan(A: DualMatrix, B: DualMatrix): DualMatrix {
  const n = A.length;
  const rows = A.map((row, i) => [...row, ...B[i]]);
  for (let column = 0; column < n; column++) {
    let pivotRow = column;
    for (let i = column; i < n; i++) {
      if (Math.abs(rows[i][column].value) > Math.abs(rows[pivotRow][column].value)) pivotRow = i;
    }
    [rows[column], rows[pivotRow]] = [rows[pivotRow], rows[column]];
    const pivot = rows[column][column];
    rows[column] = rows[column].map((entry) => over(entry, pivot));
    for (let i = 0; i < n; i++) {
      const factor = rows[i][column];
      if (i !== column) rows[i] = rows[i].map((entry, j) => minus(entry, times(factor, rows[column][j])));
    }
  }
  return rows.map((row) => row.slice(n));
}

/** A = Q·R by Gram–Schmidt on the first min(m, n) columns; R = QᵀA. */
export function gramSchmidt(A: DualMatrix, n: number): { Q: DualMatrix; R: DualMatrix } {
  const m = A.length;
  const k = Math.min(m, n);
  const inner = (a: readonly Dual[], b: readonly Dual[]): Dual => total(a.map((entry, i) => times(entry, b[i])));
  const column = (j: number): Dual[] => A.map((row) => row[j]);
  const qs: Dual[][] = [];
  const norms: Dual[] = [];
  for (let j = 0; j < k; j++) {
    let v = column(j);
    for (const q of qs) {
      const along = inner(q, v);
      v = v.map((entry, i) => minus(entry, times(along, q[i])));
    }
    const norm = root(inner(v, v));
    norms.push(norm);
    qs.push(v.map((entry) => over(entry, norm)));
  }
  return {
    Q: matrixOf(m, k, (i, j) => qs[j][i]),
    R: matrixOf(k, n, (i, j) => (j < i ? 0 : i === j ? norms[i] : inner(qs[i], column(j)))),
  };
}

/** L·Lᵀ = A, column by column, from the lower triangle of A. */
export function choleskyByColumns(A: DualMatrix): DualMatrix {
  const n = A.length;
  const L: Dual[][] = range(n).map(() => range(n).map(() => dual(0)));
  for (let j = 0; j < n; j++) {
    const less = (i: number): Dual => minus(A[i][j], total(range(j).map((k) => times(L[i][k], L[j][k]))));
    L[j][j] = root(less(j));
    for (let i = j + 1; i < n; i++) L[i][j] = over(less(i), L[j][j]);
  }
  return L;
}

/** Σ A^k/k!, k ≤ 40. */
export function expByTaylor(A: DualMatrix): DualMatrix {
  const n = A.length;
  let term = matrixOf(n, n, (i, j) => (i === j ? 1 : 0));
  let series = term;
  for (let k = 1; k <= 40; k++) {
    term = multiplied(term, A, n).map((row) => row.map((entry) => times(entry, 1 / k)));
    series = matrixOf(n, n, (i, j) => plus(series[i][j], term[i][j]));
  }
  return series;
}
