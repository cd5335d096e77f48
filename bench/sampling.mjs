// How long does it take to sample from a masked autoregressive layer?
//
//     npm run build && node bench/sampling.mjs
//
// One pass (each unit of the net once) against D passes (the whole net D times, the usual way) and against one dense
// pass, which is what a density costs. D passes are left out where they would take longer than LONGEST; their time is
// then D dense passes.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dPassInverse } from "../dist/flows/onePass/dPass.js";
import { affineElement, maskedAutoregressive, maskedMlp, noGrad, Random, Tensor } from "../dist/index.js";

const HIDDEN = [512, 512];
const DIMENSIONS = [21, 63, 256, 784];
const BATCHES = [1, 1000];
/** Seconds: for the repetitions of one measurement, and for one D-pass inverse. */
const BUDGET = 2;
const LONGEST = 20;

/** The median of as many runs as the budget allows, after one that is not counted; milliseconds. */
function median(run) {
  run();
  const times = [];
  for (let spent = 0; spent < 1000 * BUDGET && times.length < 1001; ) {
    const start = performance.now();
    run();
    const time = performance.now() - start;
    times.push(time);
    spent += time;
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

function layerOf(D) {
  const random = new Random(D);
  const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: HIDDEN, random });
  const { weight } = net.maps[net.maps.length - 1]; // starts at zero, where nothing depends on anything
  weight.assign(
    new Tensor(
      random.normal(weight.shape).data.map((value) => 0.02 * value),
      weight.shape,
    ),
  );
  return { net, layer: maskedAutoregressive({ dimensions: D, conditioner: net, random }) };
}

function measure(D, batch) {
  const { net, layer } = layerOf(D);
  const z = new Random(1).normal([batch, D]);
  const onePass = median(() => noGrad(() => layer.inverse(z)));
  const dense = median(() => noGrad(() => layer.forward(z)));
  const affordable = D * dense < 1000 * LONGEST;
  const dPass = affordable ? median(() => noGrad(() => dPassInverse(net, affineElement(), z))) : null;
  const difference = affordable ? largestDifference(layer, net, z) : null;
  return { dimensions: D, batch, onePass, dense, dPass, dPassEstimate: D * dense, difference };
}

/** How far the two inverses are apart, at most. */
function largestDifference(layer, net, z) {
  const [a, b] = noGrad(() => [layer.inverse(z).x.data, dPassInverse(net, affineElement(), z).x.data]);
  return a.reduce((largest, value, k) => Math.max(largest, Math.abs(value - b[k])), 0);
}

const number = (value) => value.toPrecision(3).replace(/e\+?(-?\d+)$/, "e$1");
const milliseconds = (value) =>
  value < 1000 ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : `${(value / 1000).toFixed(1)} s`;
const row = (cells) => cells.map((cell, k) => String(cell).padStart([5, 6, 10, 10, 12, 12, 12, 11][k])).join("");

const head = {
  question: "How long does it take to sample from a masked autoregressive layer?",
  command: "node bench/sampling.mjs",
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} × ${cpus()[0].model}`,
  node: process.version,
  hidden: HIDDEN.join("×"),
  unit: "milliseconds, medians",
};
console.log(`${head.question}\n${head.date}, ${head.machine}, Node ${head.node}, hidden ${HIDDEN.join("×")}\n`);
console.log(row(["D", "batch", "one pass", "dense", "one/dense", "D passes", "speed-up", "difference"]));
const results = [];
for (const batch of BATCHES) {
  for (const D of DIMENSIONS) {
    const result = measure(D, batch);
    results.push(result);
    const { onePass, dense, dPass, dPassEstimate, difference } = result;
    console.log(
      row([
        ...[D, batch, milliseconds(onePass), milliseconds(dense), number(onePass / dense)],
        dPass === null ? `≈${milliseconds(dPassEstimate)}` : milliseconds(dPass),
        `${dPass === null ? "≈" : ""}${Math.round((dPass ?? dPassEstimate) / onePass)}×`,
        difference === null ? "–" : number(difference),
      ]),
    );
  }
}
console.log("\n≈: not run, D dense passes instead");
mkdirSync(new URL("results/", import.meta.url), { recursive: true });
writeFileSync(new URL("results/sampling.json", import.meta.url), `${JSON.stringify({ ...head, results }, null, 2)}\n`);
