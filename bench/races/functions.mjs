// The new array for the results is counted.

import { add, exp, mul, noGrad, Random, tanh } from "../../dist/index.js";
import { encode } from "../support/peers.mjs";
import { arraysOf, contestant, deepboxArray, freed, ours, race } from "../support/race.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How long do exp and tanh take, and what do subnormal numbers cost?";

const SIZE = 1e6;
/** Arrays of which the result too stays in the cache, so that arithmetic is seen, not memory. */
const SMALL = 10_000;
/** The largest subnormal number is just below 2⁻¹⁰²². */
const SUBNORMAL = 2 ** -1025;

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
  const [x, a] = operands.map(({ data }) => data);
  return [
    ...ours(() => arraysOf(() => noGrad(() => OPS[name](...operands)))),
    contestant("a loop over Math", null, () => {
      const results = () => {
        const y = new Float64Array(x.length);
        LOOPS[name](x, y, a);
        return y;
      };
      return { values: results, run: results };
    }),
    contestant("numpy-ts", "numpy-ts", (np) => {
      const arrays = operands.map(({ data }) => np.array(data));
      const f = np[{ mul: "multiply" }[name] ?? name];
      return freed(() => f(...arrays));
    }),
    contestant("deepbox", "deepbox", (deepbox) => {
      const tensors = operands.map((each) => deepboxArray(deepbox, each));
      return arraysOf(() => deepbox.ndarray[name](...tensors));
    }),
    contestant("NumPy", "numpy", (py) => py.contestant("arrays.function", { name, operands: operands.map(encode) })),
  ];
}

export const measure = race(async (table, quick) => {
  const [size, small] = quick ? [8, 8] : [SIZE, SMALL];
  // A few units in the last place of the largest result: each library has its own exp.
  const tolerances = { 64: 1e-15 };
  const nanoseconds = (milliseconds, count) => (milliseconds * 1e6) / count;

  const functions = table("10⁶ numbers, uniform on (−3, 3)", "ns per number", nanoseconds);
  const x = new Random(1).uniform([size], -3, 3);
  for (const name of ["exp", "tanh"]) {
    await functions(name, contestants(name, x), { work: size, seconds: 1, tolerances });
  }

  const normal = new Random(2).uniform([small], 0.5, 1);
  const factors = new Random(3).uniform([small], 0.5, 1);
  const subnormal = noGrad(() => mul(normal, SUBNORMAL));
  const cases = [
    ["add", (numbers) => [numbers, numbers]],
    ["mul", (numbers) => [numbers, factors]],
    ["exp", (numbers) => [numbers]],
  ];
  const costs = table("10⁴ numbers between ½ and 1, and those times 2⁻¹⁰²⁵", "ns per number", nanoseconds);
  for (const [name, operands] of cases) {
    for (const [kind, numbers] of Object.entries({ normal, subnormal })) {
      await costs(`${name}, ${kind}`, contestants(name, ...operands(numbers)), { work: small, tolerances });
    }
    costs.quotient("ratio");
  }
});
