import { noGrad, Random, solve } from "../../dist/index.js";
import { encode } from "../support/peers.mjs";
import { arraysOf, contestant, deepboxArray, freed, numpyTsArray, ours, race } from "../support/race.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How long does it take to solve A·x = b, by LU with pivoting?";

// A [n, n], b [n, 1]

const SIZES = [64, 256, 512];

/** Everyone who solves A·x = b. */
export function contestants(A, b) {
  const input = () => ({ A: encode(A), b: encode(b) });
  return [
    ...ours(() => arraysOf(() => noGrad(() => solve(A, b)))),
    contestant("numpy-ts", "numpy-ts", (np) => {
      const [left, right] = [A, b].map((each) => numpyTsArray(np, each));
      return freed(() => np.linalg.solve(left, right));
    }),
    contestant("deepbox", "deepbox", (deepbox) => {
      const [left, right] = [A, b].map((each) => deepboxArray(deepbox, each));
      return arraysOf(() => deepbox.linalg.solve(left, right));
    }),
    contestant("ml-matrix", "ml-matrix", ({ Matrix, LuDecomposition }) => {
      const [left, right] = [A, b].map((each) => new Matrix(each.toArray()));
      const run = () => new LuDecomposition(left).solve(right);
      return { values: () => run().to1DArray(), run };
    }),
    contestant("NumPy", "numpy", (py) => py.contestant("arrays.solve_numpy", input())),
    contestant("SciPy", "scipy", (py) => py.contestant("arrays.solve_scipy", input())),
    contestant("PyTorch", "torch", (py) => py.contestant("models.solve", input())),
  ];
}

export const measure = race(async (table, quick) => {
  const column = table("LU and solve, one right-hand side", "ms");
  for (const n of quick ? [3] : SIZES) {
    const random = new Random(n);
    // n·eps·κ: a matrix of normal numbers of these sizes has κ below 10⁵.
    const tolerances = { 64: n * 2.3e-16 * 1e5 };
    await column(String(n), contestants(random.normal([n, n]), random.normal([n, 1])), { seconds: 0.5, tolerances });
  }
});
