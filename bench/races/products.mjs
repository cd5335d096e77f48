import { matmul, noGrad, Random } from "../../dist/index.js";
import { encode } from "../support/peers.mjs";
import { arraysOf, contestant, deepboxArray, freed, numpyTsArray, ours, race } from "../support/race.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How fast are matrix products, and what does a transposed operand cost?";

// C [M, N] is the sum over K; NN: A [M, K]·B [K, N], TN: Aᵀ·B with A [K, M], NT: A·Bᵀ with B [N, K]

const SIZES = [
  [64, 64, 64],
  [256, 64, 64],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
];
const TITLES = { NN: "A·B", TN: "Aᵀ·B", NT: "A·Bᵀ" };

/** Everyone who multiplies matrices, with these two made ready. */
export function contestants(A, B, layout = "NN") {
  const [tA, tB] = [layout === "TN", layout === "NT"];
  const [K, M] = tA ? A.shape : A.shape.toReversed();
  const N = B.shape[tB ? 0 : 1];
  return [
    ...ours(() => arraysOf(() => noGrad(() => matmul(A, B, layout)))),
    contestant("numpy-ts", "numpy-ts", (np) => {
      const [a, b] = [A, B].map((each) => numpyTsArray(np, each));
      return freed(() => np.matmul(tA ? np.transpose(a) : a, tB ? np.transpose(b) : b));
    }),
    contestant("deepbox", "deepbox", (deepbox) => {
      const { dot, transpose } = deepbox.ndarray;
      const [a, b] = [A, B].map((each) => deepboxArray(deepbox, each));
      return arraysOf(() => dot(tA ? transpose(a) : a, tB ? transpose(b) : b));
    }),
    contestant("ml-matrix", "ml-matrix", ({ Matrix }) => {
      const [a, b] = [A, B].map((each) => new Matrix(each.toArray()));
      const run = () => (tA ? a.transpose() : a).mmul(tB ? b.transpose() : b);
      return { values: () => run().to1DArray(), run };
    }),
    contestant("@stdlib/blas dgemm", "@stdlib/blas", (dgemm) => {
      const C = new Float64Array(M * N);
      const [atA, atB] = [tA, tB].map((each) => (each ? "transpose" : "no-transpose"));
      const rest = [M, N, K, 1, A.data, A.shape[1], B.data, B.shape[1], 0, C, N];
      const run = () => dgemm("row-major", atA, atB, ...rest);
      return { values: run, run };
    }),
    contestant(
      "tfjs-wasm, float32",
      "@tensorflow/tfjs-backend-wasm",
      (tf) => {
        const [a, b] = [A, B].map(({ data, shape }) => tf.tensor(Float32Array.from(data), shape));
        const values = () => tf.matMul(a, b, tA, tB).dataSync();
        return { values, run: () => tf.matMul(a, b, tA, tB).dispose() };
      },
      32,
    ),
    contestant("NumPy", "numpy", (py) => py.contestant("arrays.product", { a: encode(A), b: encode(B), layout })),
  ];
}

export const measure = race(async (table, quick) => {
  for (const layout of ["NN", "TN", "NT"]) {
    const column = table(TITLES[layout], "GFLOP/s", (milliseconds, work) => work / milliseconds / 1e6);
    for (const [M, N, K] of quick ? [[2, 3, 4]] : SIZES) {
      const random = new Random(M + N + K);
      const A = random.normal(layout === "TN" ? [K, M] : [M, K]);
      const B = random.normal(layout === "NT" ? [N, K] : [K, N]);
      const name = M === N ? `${N}³` : `${M}×${K}×${N}`;
      // Each sum has an error of at most K·eps·Σ|terms|; what it is compared with, the largest sum, is larger than √K.
      const tolerances = { 64: K * 2.3e-16, 32: K * 1.2e-7 };
      const options = { work: 2 * M * N * K, seconds: N > 512 ? 1 : 0.25, tolerances };
      await column(name, contestants(A, B, layout), options);
    }
  }
});
