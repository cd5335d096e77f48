// The tests that are too slow for `npm test`: those of test/slow, and those that matter most once more on the plain loops
// (scripts/unit-plain.mjs). Continuous integration runs them after it.
//
//   npm run test:slow

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
/** @param {string[]} command @param {NodeJS.ProcessEnv} [more] */
const run = (command, more) => {
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...more },
  });
  if (status !== 0) process.exitCode = status ?? 1;
};
run(["node_modules/vitest/vitest.mjs", "run"], { SLOW: "1" });
run(["scripts/unit-plain.mjs"]);
