import {
  cholesky,
  det,
  inv,
  logAbsDet,
  lu,
  matrixExp,
  qr,
  Random,
  type SolveTriangularOptions,
  slogdet,
  solve,
  solveTriangular,
  Tensor,
  type Variable,
} from "diffeo";
import fc from "fast-check";
import { EPSILON, seeds } from "../arbitraries.ts";
import { type Dual, DualTensor, dual, logarithm, minus } from "../dual.ts";
import {
  choleskyByColumns,
  type DualMatrix,
  determinantOf,
  dualMatrixAt,
  expByTaylor,
  gaussJordan,
  gramSchmidt,
  luByMinors,
  matrixOf,
  multiplied,
} from "../dualMatrix.ts";
import { wellConditioned } from "../randomMatrices.ts";
import type { OpCase, OpRow, Shape } from "./opCase.ts";

/**
 * The results below come from backward stable algorithms (errors of at most 3·n·eps/2, n ≤ 4: NUMERICS A1, A2) on problems whose
 * condition is below 100, and from the tests' own algorithms, which are no better: 2·6·100 < 2¹¹.
 */
const bound = (size: number): number => 2048 * EPSILON * size;

interface Drawn {
  readonly f: (...inputs: Tensor[]) => Variable;
  readonly inputs: readonly Tensor[];
  /** The result's leading axes, and its matrices' shape: [] where they are numbers. */
  readonly batch: Shape;
  readonly core: Shape;
  /** One matrix of the result (1×1 for a number), from one matrix of each input. */
  readonly oracle: (matrices: readonly DualMatrix[]) => DualMatrix;
}

function row(name: string, variant: string, drawn: fc.Arbitrary<Drawn>): OpRow {
  const cases = drawn.map(({ f, inputs, batch, core, oracle }): OpCase => {
    const entry = (index: readonly number[], xs: readonly DualTensor[]): { entry: Dual; matrix: DualMatrix } => {
      const at = index.slice(0, batch.length);
      const matrix = oracle(xs.map((x) => dualMatrixAt(x, at)));
      const [i, j] = core.length === 0 ? [0, 0] : index.slice(batch.length);
      return { entry: matrix[i][j], matrix };
    };
    const still = inputs.map((x) => DualTensor.along(x, new Tensor(new Float64Array(x.size), x.shape)));
    return {
      call: `${name}, ${variant}`,
      f,
      inputs,
      shape: [...batch, ...core],
      element(index) {
        const { entry: expected, matrix } = entry(index, still);
        const size = matrix.flat().reduce((largest, { value }) => Math.max(largest, Math.abs(value)), 1);
        return { value: expected.value, bound: bound(size) };
      },
      dual: (index, xs) => entry(index, xs).entry,
    };
  });
  return { name, variant, cases };
}

const batches = fc.oneof({ weight: 4, arbitrary: fc.constant<number[]>([]) }, fc.constantFrom([2], [0], [1, 2]));
const sides = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) },
);

/** Square matrices, far from singular ones. */
const square = fc
  .tuple(batches, sides, seeds)
  .map(([batch, n, seed]) => ({ batch, n, seed, A: wellConditioned(batch, n, n, new Random(seed)) }));

const count = (batch: Shape): number => batch.reduce((product, length) => product * length, 1);

/** A stack of matrices whose entries are f(i, j), called anew for each. */
function stackOf(batch: Shape, m: number, n: number, f: (i: number, j: number, number: number) => number): Tensor {
  const data = Float64Array.from({ length: count(batch) * m * n }, (_, k) => {
    const within = k % (m * n);
    return f(Math.floor(within / n), within % n, Math.floor(k / (m * n)));
  });
  return new Tensor(data, [...batch, m, n]);
}

/**
 * A = Pᵀ·L·U with |L_ij| ≤ ½ and 1 ≤ |U_ii| ≤ 2, |U_ij| ≤ 1: pivots win by a factor of two, so that no small step changes which
 * row they are. One random P per matrix; the rows are seldom in order.
 */
const pivoted = fc.tuple(batches, sides, sides, seeds).map(([batch, m, n, seed]) => {
  const random = new Random(seed);
  const uniform = (low: number, high: number): number => random.uniform([], low, high).item();
  const k = Math.min(m, n);
  const orders = Array.from({ length: count(batch) }, () => random.permutation(m));
  const products = orders.map(() => {
    const L = matrixOf(m, k, (i, j) => (i === j ? 1 : j < i ? uniform(-0.5, 0.5) : 0));
    const U = matrixOf(k, n, (i, j) =>
      i === j ? Math.sign(uniform(-1, 1)) * uniform(1, 2) : j > i ? uniform(-1, 1) : 0,
    );
    return multiplied(L, U, n);
  });
  const A = stackOf(batch, m, n, (i, j, number) => products[number][orders[number][i]][j].value);
  return { batch, m, n, A };
});

/** The rows in the order in which elimination takes them: the largest entry of what is left of a column comes next. */
function inPivotOrder(A: DualMatrix, n: number): DualMatrix {
  const rows = A.map((entries) => ({ entries, rest: entries.map(({ value }) => value) }));
  for (let k = 0; k < Math.min(rows.length, n); k++) {
    let next = k;
    for (let i = k; i < rows.length; i++) if (Math.abs(rows[i].rest[k]) > Math.abs(rows[next].rest[k])) next = i;
    [rows[k], rows[next]] = [rows[next], rows[k]];
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i].rest[k] / rows[k].rest[k];
      rows[i].rest = rows[i].rest.map((value, j) => value - factor * rows[k].rest[j]);
    }
  }
  return rows.map(({ entries }) => entries);
}

function luRow(factor: "L" | "U"): OpRow {
  return row(
    "lu",
    `${factor}, of permuted products`,
    pivoted.map(({ batch, m, n, A }) => ({
      f: (x) => lu(x)[factor],
      inputs: [A],
      batch,
      core: factor === "L" ? [m, Math.min(m, n)] : [Math.min(m, n), n],
      oracle: ([a]) => luByMinors(inPivotOrder(a, n), n)[factor],
    })),
  );
}

/** A wide matrix's first columns decide how well its Q is conditioned: they are drawn first, the rest are uniform. */
const fullRank = fc.tuple(batches, sides, sides, seeds).map(([batch, m, n, seed]) => {
  const random = new Random(seed);
  const k = Math.min(m, n);
  const first = wellConditioned(batch, m, k, random);
  const rest = random.uniform([...batch, m, n - k], -1, 1);
  const A = stackOf(batch, m, n, (i, j, number) =>
    j < k ? first.data[(number * m + i) * k + j] : rest.data[(number * m + i) * (n - k) + j - k],
  );
  return { batch, m, n, A };
});

function qrRow(factor: "Q" | "R"): OpRow {
  return row(
    "qr",
    `${factor}, of full rank`,
    fullRank.map(({ batch, m, n, A }) => ({
      f: (x) => qr(x)[factor],
      inputs: [A],
      batch,
      core: factor === "Q" ? [m, Math.min(m, n)] : [Math.min(m, n), n],
      oracle: ([matrix]) => gramSchmidt(matrix, n)[factor],
    })),
  );
}

/** Leading axes of A and of B that broadcast, and what they broadcast to. */
const pairsOfBatches = fc.constantFrom<[Shape, Shape, Shape]>(
  [[], [], []],
  [[], [], []],
  [[2], [2], [2]],
  [[], [2], [2]],
  [[2], [], [2]],
  [
    [2, 1],
    [1, 2],
    [2, 2],
  ],
  [[0], [1], [0]],
);

const systems = fc.tuple(pairsOfBatches, sides, sides, seeds).map(([[batchA, batchB, batch], n, columns, seed]) => {
  const random = new Random(seed);
  return {
    batch,
    n,
    columns,
    random,
    A: wellConditioned(batchA, n, n, random),
    B: random.uniform([...batchB, n, columns], -2, 2),
    batchA,
  };
});

/** The triangle that is read has a diagonal of 1 … 2 in size and entries of at most 1; garbage stands where nothing is read. */
const triangularSystems = fc
  .tuple(systems, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([{ batch, batchA, n, columns, random, B }, lower, unitDiagonal, transposed]) => {
    const uniform = (low: number, high: number): number => random.uniform([], low, high).item();
    const T = stackOf(batchA, n, n, (i, j) => (i === j ? Math.sign(uniform(-1, 1)) * uniform(1, 2) : uniform(-1, 1)));
    const options: SolveTriangularOptions = { lower, unitDiagonal, transposed };
    return { batch, n, columns, T, B, options };
  });

const positiveDefinite = fc.tuple(batches, sides, seeds).map(([batch, n, seed]) => {
  const random = new Random(seed);
  const M = random.uniform([count(batch), n, n], -1, 1);
  const A = stackOf(batch, n, n, (i, j, number) => {
    if (j > i) return 3; // garbage
    let entry = i === j ? 2 : 0;
    for (let k = 0; k < n; k++) entry += M.data[(number * n + i) * n + k] * M.data[(number * n + j) * n + k];
    return entry;
  });
  return { batch, n, A };
});

const logAbsolute = (A: DualMatrix): DualMatrix => {
  const d = determinantOf(A);
  return [[logarithm(d.value < 0 ? minus(0, d) : d)]];
};

/** Linear algebra. */
export const linalg: readonly OpRow[] = [
  luRow("L"),
  luRow("U"),
  qrRow("Q"),
  qrRow("R"),
  row(
    "solve",
    "of matrices, leading axes broadcasting",
    systems.map(({ batch, n, columns, A, B }) => ({
      f: solve,
      inputs: [A, B],
      batch,
      core: [n, columns],
      oracle: ([a, b]) => gaussJordan(a, b),
    })),
  ),
  row(
    "solveTriangular",
    "read in all ways, leading axes broadcasting",
    triangularSystems.map(({ batch, n, columns, T, B, options }) => ({
      f: (t, b) => solveTriangular(t, b, options),
      inputs: [T, B],
      batch,
      core: [n, columns],
      oracle: ([t, b]) => {
        const read = matrixOf(n, n, (i, j) =>
          i === j ? (options.unitDiagonal ? 1 : t[i][i]) : i > j === options.lower ? t[i][j] : 0,
        );
        return gaussJordan(options.transposed ? matrixOf(n, n, (i, j) => read[j][i]) : read, b);
      },
    })),
  ),
  row(
    "inv",
    "of matrices far from singular",
    square.map(({ batch, n, A }) => ({
      f: inv,
      inputs: [A],
      batch,
      core: [n, n],
      oracle: ([a]) =>
        gaussJordan(
          a,
          matrixOf(n, n, (i, j) => dual(i === j ? 1 : 0)),
        ),
    })),
  ),
  row(
    "det",
    "of matrices far from singular",
    square.map(({ batch, A }) => ({
      f: det,
      inputs: [A],
      batch,
      core: [],
      oracle: ([a]) => [[determinantOf(a)]],
    })),
  ),
  ...(
    [
      ["logAbsDet", logAbsDet],
      ["slogdet", (x: Tensor) => slogdet(x).logAbsDet],
    ] as const
  ).map(([name, f]) =>
    row(
      name,
      "of matrices far from singular",
      square.map(({ batch, A }) => ({ f, inputs: [A], batch, core: [], oracle: ([a]) => logAbsolute(a) })),
    ),
  ),
  row(
    "cholesky",
    "of positive definite matrices with garbage above the diagonal",
    positiveDefinite.map(({ batch, n, A }) => ({
      f: cholesky,
      inputs: [A],
      batch,
      core: [n, n],
      oracle: ([a]) => choleskyByColumns(a),
    })),
  ),
  row(
    "matrixExp",
    "of matrices of norm 3 at most",
    fc.tuple(batches, sides, seeds).map(([batch, n, seed]) => ({
      f: matrixExp,
      inputs: [new Random(seed).uniform([...batch, n, n], -1, 1)],
      batch,
      core: [n, n],
      oracle: ([a]) => expByTaylor(a),
    })),
  ),
];
