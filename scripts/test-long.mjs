// What is too long for every commit: the properties with many more runs and a seed of today, the oracle and the heavy
// linear algebra among them, and the same bits on several versions of Node.
//
//   npm run test:long

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const runs = process.env.FC_RUNS ?? "1000";
const seed = process.env.FC_SEED ?? "random";

/** @typedef {readonly [what: string, command: readonly string[], env?: Record<string, string>]} Check */
const vitest = ["npx", "vitest", "run", "--testTimeout", "3600000"];
/** @type {readonly Check[]} */
const checks = [
  ["builds", ["npm", "run", "build", "--silent"]],
  [`properties, ${runs} runs each`, vitest],
  [`slow tests, ${runs} runs each`, vitest, { SLOW: "1" }],
  // that both kinds of kernels give the same bits is looked at above
  ["all on the plain loops, 100 runs each", vitest, { KERNELS: "plain", FC_RUNS: "100", WHOLE: "" }],
  ["the same bits on every engine that can be had", ["node", "scripts/test-engines.mjs"]],
];
for (const [what, [command, ...args], more] of checks) {
  console.log(`── ${what}: ${[command, ...args].join(" ")}`);
  const env = { ...process.env, FC_RUNS: runs, FC_SEED: seed, WHOLE: "1", ...more };
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (status === 0) continue;
  console.error(`test:long: failed at: ${what}`);
  process.exit(1);
}
