// What does one small op cost, recorded for a gradient?
//
//   npm run build && node bench/overhead.mjs

import { mul, parameter, Random, tanh } from "../dist/index.js";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

const SIZE = 16;

const [deepbox] = await load("deepbox");
const py = await python("numpy", "torch");

const random = new Random(1);
const [x, a] = [random.normal([SIZE]), random.normal([SIZE])];
const [p, q] = [parameter(x), parameter(a)];

const OPS = { tanh: () => tanh(p), mul: () => mul(p, q) };

function contestants(name) {
  const diffeo = { values: () => OPS[name]().data, run: OPS[name] };
  return [
    contestant("diffeo", true, () => diffeo),
    contestant("diffeo, plain loops", true, () => onPlainLoops(diffeo)),
    contestant("deepbox", deepbox, () => {
      const [u, v] = [x, a].map(({ data }) => deepbox.ndarray.parameter(Array.from(data), { dtype: "float64" }));
      const run = name === "tanh" ? () => u.tanh() : () => u.mul(v);
      return { values: () => run().data, run };
    }),
    contestant("PyTorch", py.has("torch"), () => py.contestant("models.one_op", { name, x: encode(x), a: encode(a) })),
  ];
}

const { table, end } = question("What does one small op cost, recorded for a gradient?");
const column = table(`One op on ${SIZE} numbers that need gradients`, "µs", (milliseconds) => 1000 * milliseconds);
for (const name of ["tanh", "mul"]) await column(name, contestants(name), { seconds: 1, tolerances: { 64: 1e-15 } });
py.end();
end({ python: py.versions });
