// Runs scripts/fingerprint.mjs under several versions of Node, and fails unless all print the same SHA-256.
//
//   npm run build && node scripts/same-bits.mjs
//
// The other versions come as packages from the npm registry.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("fingerprint.mjs", import.meta.url));
const platform = `${process.platform}-${process.arch}`;

/** @type {Map<string, string>} from the version of Node to what it printed */
const fingerprints = new Map();
fingerprints.set(process.version, run(process.execPath, [script]));
for (const major of ["20", "22", "24"]) {
  const node = ["exec", "--yes", `--package=node-${platform}@${major}`, "--", "node"];
  fingerprints.set(run("npm", [...node, "--version"]), run("npm", [...node, script]));
}
for (const [version, fingerprint] of fingerprints) console.log(`${version.padEnd(10)} ${fingerprint}`);
if (new Set(fingerprints.values()).size !== 1) {
  console.error("same-bits: the engines differ");
  process.exitCode = 1;
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  return execFileSync(command, args, { encoding: "utf8" }).trim().split("\n").slice(-1)[0];
}
