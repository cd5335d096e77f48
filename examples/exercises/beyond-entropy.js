// A flow with many parameters and few rows: its mean log-likelihood on those rows, and on others, beside −entropy. [1–3]
import { elementwiseSpline, Flow, fit, mean, Random, standardNormal } from "diffeo";

const random = new Random(3);
const rows = random.normal([100, 1]); // of N(0, 1)
const others = random.normal([10_000, 1]);
console.log(`−entropy of the data          ${(-0.5 * Math.log(2 * Math.PI * Math.E)).toFixed(3)} nats`);

const flow = new Flow(standardNormal([1]), elementwiseSpline({ dimensions: 1, bins: 24, bound: 4 }));
const options = { random, batchSize: 100, learningRate: 0.01, validation: false };
const meanOn = (x) => mean(flow.score(x)).item().toFixed(3).padStart(6);
let done = 0;
for (const steps of [0, 100, 300, 900]) {
  if (steps > 0) await fit(flow, rows, { ...options, steps });
  done += steps;
  console.log(`after ${done} steps`.padEnd(17), `on its rows ${meanOn(rows)}   on others ${meanOn(others)} nats`);
}
