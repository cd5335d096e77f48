// How long does it take to solve A·x = b, by LU with pivoting?
//
//   npm run build && node bench/solving.mjs

import { noGrad, Random, solve } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

// A [n, n], b [n, 1]

const SIZES = [64, 256, 512];

const [np, deepbox, mlMatrix] = await load("numpy-ts", "deepbox", "ml-matrix");
const py = await python("numpy", "scipy", "torch");

function contestants(A, b) {
  const run = () => noGrad(() => solve(A, b));
  const diffeo = { values: () => run().data, run };
  const input = () => ({ A: encode(A), b: encode(b) });
  return [
    contestant("diffeo", true, () => diffeo),
    contestant("diffeo, plain loops", true, () => onPlainLoops(diffeo)),
    contestant("numpy-ts", np, () => {
      const [left, right] = [A, b].map(({ data, shape }) => np.array(data).reshape([...shape]));
      const x = () => np.linalg.solve(left, right);
      return { values: () => x().data, run: () => x().dispose() };
    }),
    contestant("deepbox", deepbox, () => {
      const [left, right] = [A, b].map(({ data, shape }) =>
        deepbox.ndarray.Tensor.fromTypedArray({ data, shape, dtype: "float64", device: "cpu" }),
      );
      const x = () => deepbox.linalg.solve(left, right);
      return { values: () => x().data, run: x };
    }),
    contestant("ml-matrix", mlMatrix, () => {
      const [left, right] = [A, b].map((each) => new mlMatrix.Matrix(each.toArray()));
      const x = () => new mlMatrix.LuDecomposition(left).solve(right);
      return { values: () => x().to1DArray(), run: x };
    }),
    contestant("NumPy", py.has("numpy"), () => py.contestant("arrays.solve_numpy", input())),
    contestant("SciPy", py.has("scipy"), () => py.contestant("arrays.solve_scipy", input())),
    contestant("PyTorch", py.has("torch"), () => py.contestant("models.solve", input())),
  ];
}

const { table, end } = question("How long does it take to solve A·x = b, by LU with pivoting?");
const column = table("LU and solve, one right-hand side", "ms");
for (const n of SIZES) {
  const random = new Random(n);
  // n·eps·κ: a matrix of normal numbers of these sizes has κ below 10⁵.
  const tolerances = { 64: n * 2.3e-16 * 1e5 };
  await column(String(n), contestants(random.normal([n, n]), random.normal([n, 1])), { seconds: 0.5, tolerances });
}
py.end();
end({ python: py.versions });
