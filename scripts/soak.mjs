// 100,000 steps of training of a small net, without any dispose: the heap must not grow.
//
//   npm run build && node --expose-gc scripts/soak.mjs [steps]
//
// After every 2,500 steps the garbage is collected and what is left is measured. The first fifth warms up (compiled code,
// caches); a line is fitted to the rest, and its slope over all the steps must be below 256 KiB. Writes bench/results/soak.json.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { Random, realNVP, train, twoMoons } from "../dist/index.js";

const steps = Number(process.argv[2] ?? 100_000);
const EVERY = 2_500;
const LIMIT = 256 * 1024;
if (globalThis.gc === undefined) throw new Error("soak: start node with --expose-gc");

const random = new Random(1);
const flow = realNVP({ dimensions: 2, layers: 2, hidden: [8], random });
const x = twoMoons().sample(20_000, random); // 160 epochs: what the history of them holds is not seen
/** @type {{ step: number, heap: number }[]} */
const samples = [];
const start = performance.now();
for (const { step, loss } of train(flow, x, { random, steps, batchSize: 32, learningRate: 1e-3 })) {
  if (step % EVERY !== 0) continue;
  const heap = await whatIsLeft();
  samples.push({ step, heap });
  console.log(`step ${step}  loss ${loss.toFixed(3)}  heap ${heap} bytes`);
}

const settled = samples.slice(Math.floor(samples.length / 5));
const growth = slope(settled) * steps;
const result = {
  command: "npm run soak",
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: `${cpus().length} × ${cpus()[0].model}, ${process.platform} ${process.arch}`,
  steps,
  seconds: Math.round((performance.now() - start) / 1000),
  growthInBytes: Math.round(growth),
  limitInBytes: LIMIT,
  heapInBytes: samples,
};
const folder = fileURLToPath(new URL("../bench/results/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}soak.json`, `${JSON.stringify(result, null, 2)}\n`);
console.log(`growth over ${steps} steps: ${Math.round(growth)} bytes; the limit is ${LIMIT}`);
if (!(Math.abs(growth) < LIMIT)) process.exitCode = 1;

/** The least of several measurements, each after a collection and a turn of the event loop: buffers are freed in the background. */
async function whatIsLeft() {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 5; k++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

/**
 * The slope of the line of least squares, bytes per step.
 *
 * @param {{ step: number, heap: number }[]} points
 */
function slope(points) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [s, h] = [mean(points.map(({ step }) => step)), mean(points.map(({ heap }) => heap))];
  const covariance = points.reduce((sum, { step, heap }) => sum + (step - s) * (heap - h), 0);
  return covariance / points.reduce((sum, { step }) => sum + (step - s) ** 2, 0);
}
