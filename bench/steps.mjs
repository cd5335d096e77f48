// How long does one training step take: of a small net, and of a RealNVP?
//
//   npm run build && node bench/steps.mjs

import { noGrad, Random, Tensor, tanh, transpose, twoMoons } from "../dist/index.js";
import { deepboxModels } from "./models/deepbox.mjs";
import * as diffeo from "./models/diffeo.mjs";
import { jaxModels } from "./models/jax.mjs";
import { tensorflowModels } from "./models/tensorflow.mjs";
import { onPlainLoops } from "./support/measure.mjs";
import { encode, load, python } from "./support/peers.mjs";
import { contestant, question } from "./support/question.mjs";

const [BATCH, RATE] = [256, 1e-3];
/** All must lose the same in so many steps. */
const COMPARED = 10;
/** Rounding, and what Adam makes of it: where a gradient is nearly zero its sign decides. */
const tolerances = { 64: 1e-9, 32: 1e-3 };

const [deepbox, tf, jax] = await load("deepbox", "@tensorflow/tfjs-backend-wasm", "@jax-js/jax");
const py = await python("numpy", "torch");

const random = new Random(1);
const scaled = (tensor, factor) =>
  new Tensor(
    tensor.data.map((value) => factor * value),
    tensor.shape,
  );
/** For those whose weights are [inputs, outputs]. */
const transposed = (parameters) => parameters.map((each) => (each.shape.length === 2 ? transpose(each) : each));

/** What `values` and `run` are for a step that gives its loss. */
function stepping(step) {
  return { values: () => Float64Array.from({ length: COMPARED }, () => step()), run: step };
}

/** Everyone who trains that model. */
function contestants(model, own, named, task, input) {
  const turned = { ...named, ...named.turned };
  const inPython = (bits) => py.contestant(task, { ...input, rate: RATE, steps: COMPARED, bits });
  const torch = py.has("torch");
  return [
    contestant("diffeo", true, () => stepping(own())),
    contestant("diffeo, plain loops", true, () => onPlainLoops(stepping(own()))),
    contestant("deepbox", deepbox, () => stepping(deepboxModels(deepbox)[model](turned))),
    contestant("tfjs-wasm, float32", tf, () => stepping(tensorflowModels(tf)[model](turned)), 32),
    contestant("jax-js, float32, compiled", jax, () => stepping(jaxModels(jax)[model](turned)), 32),
    contestant("PyTorch", torch, () => inPython(64)),
    contestant("PyTorch, float32", torch, () => inPython(32), 32),
  ];
}

const { table, end } = question("How long does one training step take?");
const column = table(`One step of Adam, ${BATCH} rows`, "µs", (milliseconds) => 1000 * milliseconds);

/** An MLP with tanh learns a function of two numbers. */
async function net() {
  const sizes = [2, 64, 64, 2];
  const parameters = sizes.slice(1).flatMap((outputs, k) => {
    const bound = 1 / Math.sqrt(sizes[k]);
    return [random.uniform([outputs, sizes[k]], -bound, bound), random.uniform([outputs], -bound, bound)];
  });
  const x = random.normal([BATCH, 2]);
  const y = noGrad(() => tanh(x));
  const named = { sizes, parameters, x, y, rate: RATE, turned: { parameters: transposed(parameters) } };
  const input = { parameters: parameters.map(encode), x: encode(x), y: encode(y) };
  const all = contestants("regression", () => diffeo.regression(named), named, "models.regression", input);
  await column("MLP 2-64-64-2, tanh", all, { seconds: 2, tolerances });
}

/** A flow learns two moons, from a start where every layer does something. */
async function flow() {
  const x = twoMoons().sample(BATCH, random);
  const start = diffeo.realNvpOf(6, [64, 64]);
  const lastLayers = start.parameters.filter((_, k) => k % 8 === 6);
  for (const weight of lastLayers) weight.assign(scaled(random.normal(weight.shape), 0.1));
  start.bijection.initialize(x);
  const parameters = start.parameters.map(({ data, shape }) => new Tensor(data, shape));
  const blocks = Array.from({ length: 6 }, (_, k) => parameters.slice(8 * k, 8 * k + 8));
  const own = () => {
    const copy = diffeo.realNvpOf(6, [64, 64]);
    copy.bijection.initialize(x);
    copy.parameters.forEach((parameter, k) => {
      parameter.assign(parameters[k]);
    });
    return diffeo.realNvp({ flow: copy, x, rate: RATE });
  };
  const named = { blocks, x, rate: RATE, turned: { blocks: blocks.map(transposed) } };
  const input = { blocks: blocks.map((block) => block.map(encode)), x: encode(x) };
  const all = contestants("realNvp", own, named, "models.real_nvp", input);
  await column("RealNVP, 6 couplings, D = 2, hidden 64×64", all, { seconds: 3, tolerances });
}

await net();
await flow();
py.end();
end({ python: py.versions });
