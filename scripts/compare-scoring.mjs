// How long a million log-densities take here, and in another checkout of the project, and how much memory. Prints minima and medians, the
// peak of memory above the process at rest, and the bits of the log-densities; fails if they differ.
//
//   npm run build && node scripts/compare-scoring.mjs ../other-checkout [rounds]
//
// The flow is the RealNVP of the benchmark (6 couplings, D = 2, hidden layers of 64×64), the rows are normal. Where there is no
// `flow.score` yet, it is `flow.logProb` within `noGrad`.

import { createHash } from "node:crypto";
import { compareCheckouts, spread } from "./compareCheckouts.mjs";

const ROWS = 1_000_000;

await compareCheckouts(import.meta.url, 3, measure, report);

/** @typedef {{ seconds: number, peak: number, bits: string }} Answer */

/** @param {Answer[]} ours @param {Answer[]} theirs */
function report(ours, theirs) {
  console.log("        s, min, median   peak above rest, MB, min, max   bits");
  const [here, there] = [row("here", ours), row("there", theirs)];
  console.log(`ratio of minima ${(here / there).toFixed(2)}`);
  if (new Set([...ours, ...theirs].map(({ bits }) => bits)).size === 1) return;
  console.error("compare-scoring: the log-densities differ");
  process.exitCode = 1;
}

/** Prints one side; its least time. @param {string} name @param {Answer[]} answers */
function row(name, answers) {
  const seconds = spread(answers.map((each) => each.seconds));
  const peak = spread(answers.map((each) => each.peak));
  const times = [seconds.minimum, seconds.median].map((value) => value.toFixed(2).padStart(7)).join("");
  const megabytes = [peak.minimum, peak.maximum].map((value) => value.toFixed(0).padStart(9)).join("");
  const bits = [...new Set(answers.map((each) => each.bits))].join(", ");
  console.log(`${name.padEnd(6)}${times}       ${megabytes}                   ${bits}`);
  return seconds.minimum;
}

/** @param {any} library @returns {Answer} */
function measure({ Random, mul, noGrad, realNVP }) {
  const random = new Random(1);
  const flow = realNVP({ dimensions: 2, layers: 6, hidden: [64, 64], random });
  for (const parameter of flow.parameters) parameter.assign(mul(random.normal(parameter.shape), 0.1));
  const x = random.normal([ROWS, 2]);
  /** @param {any} points */
  const score = (points) => (flow.score ? flow.score(points) : noGrad(() => flow.logProb(points)));
  score(random.normal([2000, 2]));
  const rest = process.memoryUsage.rss();
  const start = performance.now();
  const scores = score(x);
  const seconds = (performance.now() - start) / 1000;
  const bits = createHash("sha256").update(new Uint8Array(scores.data.buffer)).digest("hex").slice(0, 16);
  return { seconds, peak: (process.resourceUsage().maxRSS * 1024 - rest) / 2 ** 20, bits };
}
