// The tests that are too slow for `npm test`: those of test/slow. Continuous integration runs them after it.
//
//   npm run test:slow

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SLOW: "1" },
});
process.exitCode = status ?? 1;
