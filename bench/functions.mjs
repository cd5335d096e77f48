// How long do exp and tanh take, the new array for the results counted; and what do subnormal numbers cost?
//
//   npm run build && node bench/functions.mjs

import { add, exp, mul, noGrad, Random, Tensor, tanh } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

const SIZE = 1e6;
/** Arrays of which the result too stays in the cache, so that arithmetic is seen, not memory. */
const SMALL = 10_000;
/** The largest subnormal number is just below 2⁻¹⁰²². */
const SUBNORMAL = 2 ** -1025;

const [np, deepbox] = await load("numpy-ts", "deepbox");
const py = await python("numpy");

const OPS = { exp, tanh, add, mul };
/** The loops that anyone would write. */
const LOOPS = {
  exp: (x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.exp(x[i]);
  },
  tanh: (x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.tanh(x[i]);
  },
  add: (x, y, a) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] + a[i];
  },
  mul: (x, y, a) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] * a[i];
  },
};

/** Everyone who computes that function of these arrays. */
function contestants(name, ...operands) {
  const run = () => noGrad(() => OPS[name](...operands));
  const diffeo = { values: () => run().data, run };
  const loop = LOOPS[name];
  const [x, a] = operands.map(({ data }) => data);
  return [
    contestant("diffeo", true, () => diffeo),
    contestant("diffeo, plain loops", true, () => onPlainLoops(diffeo)),
    contestant("a loop over Math", true, () => {
      const results = () => {
        const y = new Float64Array(x.length);
        loop(x, y, a);
        return y;
      };
      return { values: results, run: results };
    }),
    contestant("numpy-ts", np, () => {
      const arrays = operands.map(({ data }) => np.array(data));
      const f = np[{ mul: "multiply" }[name] ?? name];
      const y = () => f(...arrays);
      return { values: () => y().data, run: () => y().dispose() };
    }),
    contestant("deepbox", deepbox, () => {
      const tensors = operands.map(({ data, shape }) =>
        deepbox.ndarray.Tensor.fromTypedArray({ data, shape, dtype: "float64", device: "cpu" }),
      );
      const y = () => deepbox.ndarray[name](...tensors);
      return { values: () => y().data, run: y };
    }),
    contestant("NumPy", py.has("numpy"), () =>
      py.contestant("arrays.function", { name, operands: operands.map(encode) }),
    ),
  ];
}

const { table, end } = question("How long do exp and tanh take, and what do subnormal numbers cost?");
// A few units in the last place of the largest result: each library has its own exp.
const tolerances = { 64: 1e-15 };
const nanoseconds = (milliseconds, count) => (milliseconds * 1e6) / count;

const functions = table("10⁶ numbers, uniform on (−3, 3)", "ns per number", nanoseconds);
const x = new Random(1).uniform([SIZE], -3, 3);
for (const name of ["exp", "tanh"]) await functions(name, contestants(name, x), { work: SIZE, seconds: 1, tolerances });

const scaled = (tensor, factor) =>
  new Tensor(
    tensor.data.map((value) => factor * value),
    tensor.shape,
  );
const normal = new Random(2).uniform([SMALL], 0.5, 1);
const factors = new Random(3).uniform([SMALL], 0.5, 1);
const subnormal = scaled(normal, SUBNORMAL);
const cases = [
  ["add", (numbers) => [numbers, numbers]],
  ["mul", (numbers) => [numbers, factors]],
  ["exp", (numbers) => [numbers]],
];
const costs = table("10⁴ numbers between ½ and 1, and those times 2⁻¹⁰²⁵", "ns per number", nanoseconds);
for (const [name, operands] of cases) {
  for (const [kind, numbers] of Object.entries({ normal, subnormal })) {
    await costs(`${name}, ${kind}`, contestants(name, ...operands(numbers)), { work: SMALL, tolerances });
  }
  costs.quotient("ratio");
}
py.end();
end({ python: py.versions });
