// The tests that matter most where there is no WebAssembly, on the plain loops: what the reference files hold, every op, and
// random stacks of layers. (That both kinds of kernels give the same bits is a test of its own, test/simd/every.test.ts.)
//
//   node scripts/unit-plain.mjs            these
//   KERNELS=plain npx vitest run           all

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const files =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ["test/oracle", "test/autograd/ops/every.test.ts", "test/property/stacks.test.ts"];
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
console.log("on the plain loops:");
const { status } = spawnSync(process.execPath, [vitest, "run", ...files], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, KERNELS: "plain" },
});
process.exitCode = status ?? 1;
