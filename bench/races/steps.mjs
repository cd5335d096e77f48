import { mul, noGrad, Random, Tensor, tanh, transpose, twoMoons } from "../../dist/index.js";
import { encode } from "../support/peers.mjs";
import { contestant, ours, race } from "../support/race.mjs";
import { deepboxModels } from "./models/deepbox.mjs";
import { describe } from "./models/description.mjs";
import * as diffeo from "./models/diffeo.mjs";
import { jaxModels } from "./models/jax.mjs";
import { tensorflowModels } from "./models/tensorflow.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How long does one training step take?";

const RATE = 1e-3;
/** All must lose the same in so many steps. */
const COMPARED = 10;
/** Rounding, and what Adam makes of it: where a gradient is nearly zero its sign decides. */
const tolerances = { 64: 1e-9, 32: 1e-3 };

/** For those whose weights are [inputs, outputs]. */
const transposed = (parameters) => parameters.map((each) => (each.shape.length === 2 ? transpose(each) : each));

/** What takes part, for a step that gives its loss. */
function stepping(step) {
  return { values: () => Float64Array.from({ length: COMPARED }, () => step()), run: step };
}

/** Everyone who trains that model. */
function contestants(model, own, named, task, input) {
  const turned = { ...named, ...named.turned };
  const inPython = (bits) => (py) => py.contestant(task, { ...input, rate: RATE, steps: COMPARED, bits });
  const with32 = (name, peer, make) => contestant(name, peer, make, 32);
  return [
    ...ours(() => stepping(own())),
    contestant("deepbox", "deepbox", (deepbox) => stepping(deepboxModels(deepbox)[model](turned))),
    with32("tfjs-wasm, float32", "@tensorflow/tfjs-backend-wasm", (tf) =>
      stepping(tensorflowModels(tf)[model](turned)),
    ),
    with32("jax-js, float32, compiled", "@jax-js/jax", (jax) => stepping(jaxModels(jax)[model](turned))),
    contestant("PyTorch", "torch", inPython(64)),
    with32("PyTorch, float32", "torch", inPython(32)),
  ];
}

/** An MLP with tanh learns a function of two numbers. */
async function net(column, rows, hidden, random) {
  const sizes = [2, ...hidden, 2];
  const parameters = sizes.slice(1).flatMap((outputs, k) => {
    const bound = 1 / Math.sqrt(sizes[k]);
    return [random.uniform([outputs, sizes[k]], -bound, bound), random.uniform([outputs], -bound, bound)];
  });
  const x = random.normal([rows, 2]);
  const y = noGrad(() => tanh(x));
  const named = { sizes, parameters, x, y, rate: RATE, turned: { parameters: transposed(parameters) } };
  const input = { parameters: parameters.map(encode), x: encode(x), y: encode(y) };
  const all = contestants("regression", () => diffeo.regression(named), named, "models.regression", input);
  await column(`MLP ${sizes.join("-")}, tanh`, all, { seconds: 2, tolerances });
}

/** A flow learns two moons, from a start where every layer does something. */
async function flow(column, rows, hidden, random) {
  const x = twoMoons().sample(rows, random);
  const start = diffeo.realNvpOf(6, hidden);
  const lastLayers = start.parameters.filter((_, k) => k % 8 === 6);
  for (const weight of lastLayers) weight.assign(mul(random.normal(weight.shape), 0.1));
  const parameters = start.parameters.map(({ data, shape }) => new Tensor(data, shape));
  const blocks = Array.from({ length: 6 }, (_, k) => parameters.slice(8 * k, 8 * k + 8));
  const own = () => {
    const copy = diffeo.realNvpOf(6, hidden);
    copy.parameters.forEach((parameter, k) => {
      parameter.assign(parameters[k]);
    });
    return diffeo.realNvp({ flow: copy, x, rate: RATE });
  };
  const named = { blocks, x, rate: RATE, turned: { blocks: blocks.map(transposed) } };
  const input = { flow: describe(start), x: encode(x) };
  const all = contestants("realNvp", own, named, "tasks_torch.steps", input);
  await column(`RealNVP, 6 couplings, D = 2, hidden ${hidden.join("×")}`, all, { seconds: 3, tolerances });
}

export const measure = race(async (table, quick) => {
  const [rows, hidden] = quick ? [16, [4, 4]] : [256, [64, 64]];
  const random = new Random(1);
  const column = table(`One step of Adam, ${rows} rows`, "µs", (milliseconds) => 1000 * milliseconds);
  await net(column, rows, hidden, random);
  await flow(column, rows, hidden, random);
});
