// How does the time of a product and of LU grow with n?
//
//   npm run build && node bench/growth.mjs

import { matmul, noGrad, Random, solve } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

const SIZES = [16, 32, 64, 128, 256, 512, 1024];

const [np, deepbox] = await load("numpy-ts", "deepbox");
const py = await python("numpy");

/** Everyone with one function of two arrays, each in its own words. */
function contestants(a, b, { diffeo, numpyTs, db, task }) {
  const run = () => noGrad(() => diffeo(a, b));
  const own = { values: () => run().data, run };
  return [
    contestant("diffeo", true, () => own),
    contestant("diffeo, plain loops", true, () => onPlainLoops(own)),
    contestant("numpy-ts", np, () => {
      const [u, v] = [a, b].map(({ data, shape }) => np.array(data).reshape([...shape]));
      return { values: () => numpyTs(u, v).data, run: () => numpyTs(u, v).dispose() };
    }),
    contestant("deepbox", deepbox, () => {
      const [u, v] = [a, b].map(({ data, shape }) =>
        deepbox.ndarray.Tensor.fromTypedArray({ data, shape, dtype: "float64", device: "cpu" }),
      );
      return { values: () => db(u, v).data, run: () => db(u, v) };
    }),
    contestant("NumPy", py.has("numpy"), () => py.contestant(...task(a, b))),
  ];
}

const PRODUCT = {
  diffeo: (a, b) => matmul(a, b),
  numpyTs: (a, b) => np.matmul(a, b),
  db: (a, b) => deepbox.ndarray.dot(a, b),
  task: (a, b) => ["arrays.product", { a: encode(a), b: encode(b), layout: "NN" }],
};
const SOLVE = {
  diffeo: (A, b) => solve(A, b),
  numpyTs: (A, b) => np.linalg.solve(A, b),
  db: (A, b) => deepbox.linalg.solve(A, b),
  task: (A, b) => ["arrays.solve_numpy", { A: encode(A), b: encode(b) }],
};

const { table, end } = question("How does the time of a product and of LU grow with n?");
const perMultiplyAdd = (milliseconds, count) => (milliseconds * 1e6) / count;
const products = table("Products of n×n matrices, by n", "ns per multiply-add, of which there are n³", perMultiplyAdd);
for (const n of SIZES) {
  const random = new Random(n);
  const options = { work: n ** 3, seconds: 0.2, tolerances: { 64: n * 2.3e-16 } };
  await products(String(n), contestants(random.normal([n, n]), random.normal([n, n]), PRODUCT), options);
}
const solutions = table("LU and solve, by n", "ns per multiply-add, of which there are n³/3", perMultiplyAdd);
for (const n of SIZES) {
  const random = new Random(n);
  const options = { work: n ** 3 / 3, seconds: 0.2, tolerances: { 64: n * 2.3e-16 * 1e5 } };
  await solutions(String(n), contestants(random.normal([n, n]), random.normal([n, 1]), SOLVE), options);
}
py.end();
end({ python: py.versions });
