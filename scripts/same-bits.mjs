// Runs scripts/fingerprint.mjs under several versions of Node, with and without WebAssembly, and in Chromium where there is one,
// and fails unless all print the same SHA-256.
//
//   npm run build && node scripts/same-bits.mjs
//
// The other versions of Node come as packages from the npm registry. CHROMIUM names another browser than /usr/bin/chromium.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const script = fileURLToPath(new URL("fingerprint.mjs", import.meta.url));
const platform = `${process.platform}-${process.arch}`;
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** @type {Map<string, string>} from the engine to what it printed */
const fingerprints = new Map();
fingerprints.set(process.version, run(process.execPath, [script]));
fingerprints.set(`${process.version}, plain loops`, run(process.execPath, [script, "plain"]));
for (const major of ["20", "22", "24"]) {
  const node = ["exec", "--yes", `--package=node-${platform}@${major}`, "--", "node"];
  fingerprints.set(run("npm", [...node, "--version"]), run("npm", [...node, script]));
}
if (existsSync(chromium)) fingerprints.set(run(chromium, ["--version"]), await inChromium());
else console.log(`no browser at ${chromium}: not compared`);

for (const [engine, fingerprint] of fingerprints) console.log(`${engine.padEnd(40)} ${fingerprint}`);
if (new Set(fingerprints.values()).size !== 1) {
  console.error("same-bits: the engines differ");
  process.exitCode = 1;
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  return execFileSync(command, args, { encoding: "utf8" }).trim().split("\n").slice(-1)[0];
}

/** The fingerprint as a page of a local server: only there does a browser offer SHA-256. */
async function inChromium() {
  const options = /** @type {const} */ ({
    bundle: true,
    keepNames: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  const [{ text }] = buildSync({ ...options, entryPoints: [script], target: "es2022" }).outputFiles;
  const server = createServer((request, response) => {
    const isScript = request.url === "/fingerprint.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? text : '<!doctype html><title></title><script type="module" src="/fingerprint.js"></script>',
    );
  });
  const profile = mkdtempSync(join(tmpdir(), "diffeo-chromium-"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  try {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];
    const quiet = ["--disable-background-networking", "--disable-component-update", `--user-data-dir=${profile}`];
    const page = ["--virtual-time-budget=600000", "--dump-dom", `http://127.0.0.1:${port}/`];
    const dom = await new Promise((resolve, reject) => {
      execFile(chromium, [...flags, ...quiet, ...page], { timeout: 300_000 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    return /<title>([0-9a-f]{64})<\/title>/.exec(dom)?.[1] ?? "no fingerprint";
  } finally {
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
