// How long a million log-densities take here, and in another checkout of the project, and how much memory: both are built, and run in turn,
// each time in a process of their own. Prints minima and medians, the peak of memory above the process at rest, and whether the bits agree.
//
//   npm run build && node scripts/compare-scoring.mjs ../other-checkout [rounds]
//
// The flow is the RealNVP of the benchmark (6 couplings, D = 2, hidden layers of 64×64), the rows are normal. Where there is no
// `flow.score` yet, it is `flow.logProb` within `noGrad`.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("../", import.meta.url));
const [first, second] = process.argv.slice(2);
const ROWS = 1_000_000;

if (first === "--measure") console.log(JSON.stringify(await measure(second)));
else if (first === undefined) {
  console.error("compare-scoring: say where the other checkout is");
  process.exitCode = 1;
} else compare(resolve(first), Number(second ?? 3));

/** @param {string} there @param {number} rounds */
function compare(there, rounds) {
  const script = fileURLToPath(import.meta.url);
  /** @type {Record<"here" | "there", { seconds: number, peak: number, bits: string }[]>} */
  const answers = { here: [], there: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, folder] of /** @type {const} */ ([
      ["there", there],
      ["here", here],
    ])) {
      const answer = execFileSync(process.execPath, [script, "--measure", folder], { encoding: "utf8" });
      answers[name].push(JSON.parse(answer));
    }
  }
  console.log(`${rounds} rounds of ${ROWS} rows, ${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
  console.log("        s, min, median   peak above rest, MB, min, max   bits");
  for (const name of /** @type {const} */ (["here", "there"])) {
    const seconds = answers[name].map((each) => each.seconds).sort((a, b) => a - b);
    const peaks = answers[name].map((each) => each.peak).sort((a, b) => a - b);
    const cells = [seconds[0], seconds[seconds.length >> 1]].map((value) => value.toFixed(2).padStart(7));
    const megabytes = [peaks[0], peaks[peaks.length - 1]].map((value) => value.toFixed(0).padStart(9));
    console.log(
      `${name.padEnd(6)}${cells.join("")}       ${megabytes.join("")}                   ${answers[name][0].bits}`,
    );
  }
  const [a, b] = [answers.here, answers.there].map((all) => Math.min(...all.map(({ seconds }) => seconds)));
  console.log(`ratio of minima ${(a / b).toFixed(2)}`);
}

/** @param {string} folder */
async function measure(folder) {
  const { Random, mul, noGrad, realNVP } = await import(pathToFileURL(resolve(folder, "dist/index.js")).href);
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
