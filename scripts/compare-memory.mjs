// How much memory one training step takes on many rows, here and in another checkout of the project: the peak above the process at rest, in
// megabytes.
//
//   npm run build && node scripts/compare-memory.mjs ../other-checkout [rounds]
//
// The flow is made of splines (6 couplings, D = 8, 8 bins, hidden layers of 64×64), and the step is on 16,384 rows.

import { compareCheckouts, spread } from "./compareCheckouts.mjs";

await compareCheckouts(import.meta.url, 2, measure, report);

/** @param {number[]} ours @param {number[]} theirs */
function report(ours, theirs) {
  const [here, there] = [ours, theirs].map((peaks) => spread(peaks).maximum);
  console.log(
    `peak above rest, MB: here ${here.toFixed(0)}, there ${there.toFixed(0)}: ${(there / here).toFixed(1)} times less`,
  );
}

/** The peak above rest, MB. @param {any} library @returns {number} */
function measure({ Random, splineFlow, train }) {
  const random = new Random(1);
  const flow = splineFlow({ dimensions: 8, layers: 6, hidden: [64, 64], random });
  const x = random.normal([16_384, 8]);
  const small = train(flow, random.normal([256, 8]), { random: new Random(3), batchSize: 256, steps: 3 });
  while (!small.next().done);
  const rest = process.memoryUsage.rss();
  const steps = train(flow, x, { random: new Random(2), batchSize: 16_384, steps: 1 });
  while (!steps.next().done);
  return (process.resourceUsage().maxRSS * 1024 - rest) / 2 ** 20;
}
