// How fast are matrix products, and what does a transposed operand cost?
//
//   npm run build && node bench/products.mjs

import { matmul, noGrad, Random } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

// C [M, N] is the sum over K; NN: A [M, K]·B [K, N], TN: Aᵀ·B with A [K, M], NT: A·Bᵀ with B [N, K]

const SIZES = [
  [64, 64, 64],
  [256, 64, 64],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
];
const TITLES = { NN: "A·B", TN: "Aᵀ·B", NT: "A·Bᵀ" };

const [np, deepbox, mlMatrix, dgemm, tf] = await load(
  ...["numpy-ts", "deepbox", "ml-matrix", "@stdlib/blas", "@tensorflow/tfjs-backend-wasm"],
);
const py = await python("numpy");

/** Everyone who multiplies matrices, with these two made ready. */
function contestants(A, B, [M, N, K], layout) {
  const [tA, tB] = [layout === "TN", layout === "NT"];
  const run = () => noGrad(() => matmul(A, B, layout));
  const diffeo = { values: () => run().data, run };
  return [
    contestant("diffeo", true, () => diffeo),
    contestant("diffeo, plain loops", true, () => onPlainLoops(diffeo)),
    contestant("numpy-ts", np, () => {
      const [a, b] = [A, B].map(({ data, shape }) => np.array(data).reshape([...shape]));
      const product = () => np.matmul(tA ? np.transpose(a) : a, tB ? np.transpose(b) : b);
      return { values: () => product().data, run: () => product().dispose() }; // left to be collected, they fill its memory
    }),
    contestant("deepbox", deepbox, () => {
      const { Tensor, dot, transpose } = deepbox.ndarray;
      const [a, b] = [A, B].map(({ data, shape }) =>
        Tensor.fromTypedArray({ data, shape, dtype: "float64", device: "cpu" }),
      );
      const run = () => dot(tA ? transpose(a) : a, tB ? transpose(b) : b);
      return { values: () => run().data, run };
    }),
    contestant("ml-matrix", mlMatrix, () => {
      const [a, b] = [A, B].map((each) => new mlMatrix.Matrix(each.toArray()));
      const run = () => (tA ? a.transpose() : a).mmul(tB ? b.transpose() : b);
      return { values: () => run().to1DArray(), run };
    }),
    contestant("@stdlib/blas dgemm", dgemm, () => {
      const C = new Float64Array(M * N);
      const [atA, atB] = [tA, tB].map((each) => (each ? "transpose" : "no-transpose"));
      const rest = [M, N, K, 1, A.data, A.shape[1], B.data, B.shape[1], 0, C, N];
      const run = () => dgemm("row-major", atA, atB, ...rest);
      return { values: run, run };
    }),
    contestant(
      "tfjs-wasm, float32",
      tf,
      () => {
        const [a, b] = [A, B].map(({ data, shape }) => tf.tensor(Float32Array.from(data), shape));
        const values = () => tf.matMul(a, b, tA, tB).dataSync();
        return { values, run: () => tf.matMul(a, b, tA, tB).dispose() };
      },
      32,
    ),
    contestant("NumPy", py.has("numpy"), () => py.contestant("arrays.product", { a: encode(A), b: encode(B), layout })),
  ];
}

const { table, end } = question("How fast are matrix products, and what does a transposed operand cost?");
for (const layout of ["NN", "TN", "NT"]) {
  const column = table(TITLES[layout], "GFLOP/s", (milliseconds, work) => work / milliseconds / 1e6);
  for (const size of SIZES) {
    const [M, N, K] = size;
    const random = new Random(M + N + K);
    const A = random.normal(layout === "TN" ? [K, M] : [M, K]);
    const B = random.normal(layout === "NT" ? [N, K] : [K, N]);
    const name = M === N ? `${N}³` : `${M}×${K}×${N}`;
    // Each sum has an error of at most K·eps·Σ|terms|; what it is compared with, the largest sum, is larger than √K.
    const tolerances = { 64: K * 2.3e-16, 32: K * 1.2e-7 };
    await column(name, contestants(A, B, size, layout), {
      work: 2 * M * N * K,
      seconds: N > 512 ? 1 : 0.25,
      tolerances,
    });
  }
}
py.end();
end({ python: py.versions });
