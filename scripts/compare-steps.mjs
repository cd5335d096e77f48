// How long training steps take here, and in another checkout of the project: both are built, and run in turn, each time in a process
// of their own. Prints minima and medians, in milliseconds, and the ratios here/there.
//
//   npm run build && node scripts/compare-steps.mjs ../other-checkout [rounds]
//
// Steps: RealNVP (6 couplings, D = 2), MAF (5 layers, D = 8), splines (6 couplings, D = 8, 8 bins), a small Glow (1×8×8, 2 levels of 4
// steps, nets of 32×32); hidden layers of 64×64, batches of 256, Adam.

import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("../", import.meta.url));
const [first, second] = process.argv.slice(2);

if (first === "--measure") console.log(JSON.stringify(await measure(second)));
else if (first === undefined) {
  console.error("compare-steps: say where the other checkout is");
  process.exitCode = 1;
} else compare(resolve(first), Number(second ?? 5));

/** @param {string} there @param {number} rounds */
function compare(there, rounds) {
  /** @type {Record<string, number[]>[]} */
  const [ours, theirs] = [{}, {}];
  const script = fileURLToPath(import.meta.url);
  for (let round = 0; round < rounds; round++) {
    for (const [folder, all] of /** @type {const} */ ([
      [there, theirs],
      [here, ours],
    ])) {
      const answer = execFileSync(process.execPath, [script, "--measure", folder], { encoding: "utf8" });
      for (const [name, times] of Object.entries(JSON.parse(answer))) all[name] = [...(all[name] ?? []), ...times];
    }
  }
  console.log(`${rounds} rounds, ${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
  console.log("step      here min, median   there min, median   ratio of minima, of medians");
  for (const [name, times] of Object.entries(ours)) {
    const [a, b] = [times, theirs[name]].map((list) => {
      const sorted = list.sort((x, y) => x - y);
      return [sorted[0], sorted[sorted.length >> 1]];
    });
    const cells = [a[0], a[1], b[0], b[1], a[0] / b[0], a[1] / b[1]].map((value) => value.toFixed(2).padStart(8));
    console.log(`${name.padEnd(9)} ${cells.join("  ")}`);
  }
}

/** Milliseconds of each step. @param {string} folder */
async function measure(folder) {
  const { Random, Tensor, glow, maf, realNVP, splineFlow, train, twoMoons } = await import(
    pathToFileURL(resolve(folder, "dist/index.js")).href
  );
  const random = new Random(1);
  const hidden = [64, 64];
  const images = new Tensor(random.normal([512, 64]).data, [512, 1, 8, 8]);
  const glowOptions = { channels: 1, height: 8, width: 8, levels: 2, steps: 4, hidden: [32, 32], random };
  /** @type {[string, any, any, number][]} */
  const all = [
    ["RealNVP", realNVP({ dimensions: 2, layers: 6, hidden, random }), twoMoons().sample(4096, random), 200],
    ["MAF", maf({ dimensions: 8, layers: 5, hidden, random }), random.normal([4096, 8]), 120],
    ["splines", splineFlow({ dimensions: 8, layers: 6, hidden, random }), random.normal([4096, 8]), 60],
    ["Glow", glow(glowOptions), images, 5],
  ];
  /** @type {Record<string, number[]>} */
  const times = {};
  for (const [name, flow, x, count] of all) {
    const steps = train(flow, x, { random: new Random(2), batchSize: 256, steps: 1e9, learningRate: 1e-3 });
    for (let i = 0; i < 1 + count / 4; i++) steps.next();
    times[name] = Array.from({ length: count }, () => {
      const start = performance.now();
      steps.next();
      return performance.now() - start;
    });
  }
  return times;
}
