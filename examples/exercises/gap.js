// Data with a gap: uniform on [−2, −1] and on [1, 2], with nothing between. A spline flow is fitted to them. [10, 13]
import { add, elementwiseSpline, Flow, fit, Random, sign, standardNormal, tensor } from "diffeo";

const random = new Random(1);
const noise = random.uniform([5000, 1], -1, 1);
const x = add(noise, sign(noise));
const edges = tensor([[-1], [1]]);

const flow = new Flow(standardNormal([1]), elementwiseSpline({ dimensions: 1, bins: 16, bound: 4 }));
const options = { random, batchSize: 250, learningRate: 0.01, schedule: "cosine", validation: false };
let done = 0;
for (const steps of [0, 100, 300, 900]) {
  if (steps > 0) await fit(flow, x, { ...options, steps });
  done += steps;
  const samples = flow.sample(100_000, random).data;
  const inGap = samples.filter((value) => Math.abs(value) < 1).length;
  const [left, right] = [...flow.toLatent(edges).data].map((z) => z.toFixed(3).padStart(6));
  console.log(`after ${done} steps`.padEnd(17), `in the gap ${inGap} of 100,000   f(−1) = ${left}, f(1) = ${right}`);
}
