// Spline flows fitted to the energies U1 – U4 without data. U2 – U4 are densities on a box only, and their flows end in a sigmoid
// onto it.

import * as diffeo from "../../dist/index.js";
import { markdown } from "../support/table.mjs";

const { Flow, fit, logitFlow, mul, noGrad, Random, reverseKLByScore, splineFlow, standardization, tensor } = diffeo;

export const question = "How near to U1 – U4 do flows come that are fitted by reverse KL, without data?";

const SMALL = { layers: 4, hidden: [16], bins: 8, steps: 400, batchSize: 128, learningRate: 1e-2 };
const LARGE = { layers: 4, hidden: [32, 32], bins: 12, steps: 1500, batchSize: 256, learningRate: 5e-3 };
const TASKS = [
  { name: "U1", energy: diffeo.energyU1, ...SMALL, seeds: [1, 2, 3, 4, 5, 6, 7, 8] },
  { name: "U2", energy: diffeo.energyU2, ...LARGE, seeds: [1, 2, 3] },
  { name: "U3", energy: diffeo.energyU3, ...LARGE, seeds: [1, 2, 3] },
  { name: "U4", energy: diffeo.energyU4, ...LARGE, seeds: [1, 2, 3] },
];
/** Fresh points from which a divergence is estimated. */
const POINTS = 50_000;

/** A flow over the plane for U1, over (−reach, reach)² for the others, and what its first layers start from. */
function begin({ name, layers, hidden, bins, batchSize }, reach, random) {
  const flow = splineFlow({ dimensions: 2, layers, hidden, bins, bound: 4, random });
  if (name === "U1") return { flow, start: mul(random.normal([batchSize, 2]), 2) }; // wider than the target
  const corners = tensor([-3 * reach, -3 * reach, reach, reach], [2, 2]); // of mean −reach and deviation 2·reach
  const onBox = diffeo.compose(standardization(corners), logitFlow({ dimensions: 2 }), flow.bijection);
  return { flow: new Flow(flow.base, onBox), start: random.uniform([batchSize, 2], -reach, reach) };
}

/** KL(p ‖ π) in nats, and its standard error. */
function divergence(flow, energy, points) {
  return noGrad(() => {
    const { x, logProb } = flow.sampleWithLogProb(points, new Random(1000));
    const logTarget = energy.logProb(x).data;
    const r = logProb.data.map((value, i) => value - logTarget[i] + energy.logNormalizer);
    const mean = r.reduce((total, value) => total + value / points, 0);
    const variance = r.reduce((total, value) => total + (value - mean) ** 2 / (points - 1), 0);
    return { kl: mean, error: Math.sqrt(variance / points) };
  });
}

export async function measure(quick) {
  const results = [];
  for (const task of TASKS) {
    const { name, energy: make, seeds, ...settings } = task;
    const energy = make();
    const steps = quick ? 2 : settings.steps;
    for (const seed of quick ? seeds.slice(0, 1) : seeds) {
      const random = new Random(seed);
      const { flow, start } = begin(task, energy.reach, random);
      const atFirst = divergence(flow, energy, quick ? 100 : POINTS).kl;
      const objective = (fitted, x) => reverseKLByScore(fitted, energy, x.shape[0], random);
      const { batchSize, learningRate } = settings;
      const options = { random, steps, batchSize, learningRate, schedule: "cosine", clipNorm: 5, objective };
      const { seconds } = await fit(flow, start, options);
      const { kl, error } = divergence(flow, energy, quick ? 100 : POINTS);
      results.push({ name, seed, ...settings, steps, seconds, atFirst, kl, error });
    }
  }
  return { unit: "nats, with the standard error of the estimate", points: quick ? 100 : POINTS, results };
}

export function table({ points, results }) {
  const rows = TASKS.map(({ name }) => {
    const runs = results.filter((result) => result.name === name);
    const { layers, hidden, steps, batchSize } = runs[0];
    const each = runs.map(({ seed, kl, error }) => `${seed}: ${kl.toFixed(3)} ± ${error.toFixed(3)}`).join(", ");
    const seconds = Math.max(...runs.map((run) => run.seconds)).toFixed(0);
    return [name, `${layers} couplings, ${hidden.join("×")} hidden`, `${steps} of ${batchSize}`, each, seconds];
  });
  const head = ["target", "flow", "steps, points", "seed: KL, nats", "seconds, at most"];
  return `${markdown(head, rows)}\n\nEach from ${points} fresh points.`;
}
