import { mul, parameter, Random, tanh } from "../../dist/index.js";
import { encode } from "../support/peers.mjs";
import { arraysOf, contestant, ours, race } from "../support/race.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "What does one small op cost, recorded for a gradient?";

const SIZE = 16;

export const measure = race(async (table) => {
  const random = new Random(1);
  const [x, a] = [random.normal([SIZE]), random.normal([SIZE])];
  const [p, q] = [parameter(x), parameter(a)];
  const ops = { tanh: () => tanh(p), mul: () => mul(p, q) };
  const column = table(`One op on ${SIZE} numbers that need gradients`, "µs", (milliseconds) => 1000 * milliseconds);
  for (const [name, run] of Object.entries(ops)) {
    const contestants = [
      ...ours(() => arraysOf(run)),
      contestant("deepbox", "deepbox", ({ ndarray }) => {
        const [u, v] = [x, a].map(({ data }) => ndarray.parameter(Array.from(data), { dtype: "float64" }));
        return arraysOf(name === "tanh" ? () => u.tanh() : () => u.mul(v));
      }),
      contestant("PyTorch", "torch", (py) => py.contestant("models.one_op", { name, x: encode(x), a: encode(a) })),
    ];
    await column(name, contestants, { seconds: 1, tolerances: { 64: 1e-15 } });
  }
});
