// Runs scripts/fingerprint.mjs on every engine that can be had, writes what came of it to docs/engines.md, and fails unless all agree.
//
//   npm run test:engines                       all of them
//   npm run test:engines -- Firefox "Node 26"  some, and the file stays as it is
//
// Versions of Node, Bun and Deno come as packages from the npm registry, into a temporary folder. Browsers are those of the system: CHROMIUM
// and FIREFOX name others than /usr/bin/chromium and /usr/bin/firefox-esr. What is not there is said, and counted.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const script = join(root, "scripts/fingerprint.mjs");
const platform = `${process.platform}-${process.arch}`;
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "diffeo-engines-"));

/** @typedef {{ engine: string, picture: string, numbers: string }} Row @type {Row[]} */
const rows = [];
/** @type {string[]} */
const missing = [];

try {
  for (const major of [20, 21, 22, 23, 24, 25, 26]) {
    await attempt(`Node ${major}`, () => {
      const node = join(install(`node-${platform}@${major}`), "bin/node");
      const engine = `Node ${run(node, ["--version"]).slice(1)}`;
      rows.push(rowOf(engine, run(node, [script])), rowOf(`${engine}, plain loops`, run(node, [script, "plain"])));
    });
  }
  await attempt("Bun", () => {
    const bun = join(install("bun@1.4.5"), "bin/bun.exe");
    rows.push(rowOf(`Bun ${run(bun, ["--version"])}`, run(bun, [script])));
  });
  await attempt("Deno", () => {
    const deno = [join(install("deno@2.9.6"), "bin.cjs")];
    const version = run(process.execPath, [...deno, "--version"]).split(" ")[1];
    rows.push(rowOf(`Deno ${version}`, run(process.execPath, [...deno, "run", "--quiet", script])));
  });
  await attempt("Chromium", () => inBrowser("chrome", process.env.CHROMIUM ?? "/usr/bin/chromium"));
  await attempt("Firefox", () => inBrowser("firefox", process.env.FIREFOX ?? "/usr/bin/firefox-esr"));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
report();

/** @param {string} name @param {() => void | Promise<void>} ask */
async function attempt(name, ask) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const before = rows.length;
  try {
    await ask();
    for (const { engine, numbers } of rows.slice(before)) console.log(`${engine.padEnd(40)} ${numbers}`);
  } catch (error) {
    missing.push(name);
    console.log(`${name.padEnd(40)} not compared: ${String(/** @type {Error} */ (error).message).split("\n")[0]}`);
  }
}

/** Installs a package into a folder of its own; its folder. @param {string} specifier */
function install(specifier) {
  const prefix = join(folder, specifier.replace("@", "-"));
  const installed = join(prefix, "node_modules", specifier.slice(0, specifier.lastIndexOf("@")));
  if (existsSync(installed)) return installed;
  mkdirSync(prefix);
  writeFileSync(join(prefix, "package.json"), "{}");
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", specifier], { cwd: prefix, stdio: "pipe" });
  return installed;
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** @param {string} engine @param {string} printed @returns {Row} */
function rowOf(engine, printed) {
  const [picture, numbers] = printed.split(/\s+/).slice(-2);
  return { engine, picture, numbers };
}

/**
 * The fingerprint as a page of a local server: only there does a browser offer SHA-256. Driven by WebDriver BiDi.
 *
 * @param {"chrome" | "firefox"} browser @param {string} executablePath
 */
async function inBrowser(browser, executablePath) {
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}`);
  const entry = createRequire(join(install("puppeteer-core@25.16.0"), "package.json")).resolve("puppeteer-core");
  const { default: puppeteer } = await import(pathToFileURL(entry).href);
  const options = /** @type {const} */ ({ bundle: true, keepNames: true, format: "esm", write: false });
  const [{ text }] = buildSync({ ...options, entryPoints: [script], target: "es2022" }).outputFiles;
  const server = createServer((request, response) => {
    const isScript = request.url === "/fingerprint.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? text : '<!doctype html><title></title><script type="module" src="fingerprint.js"></script>',
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const args = browser === "chrome" ? ["--no-sandbox", "--disable-gpu"] : [];
  const started = await puppeteer.launch({ browser, executablePath, args, protocol: "webDriverBiDi", headless: true });
  try {
    const page = await started.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("document.title !== ''", { timeout: 300_000 });
    const [engine] = (await started.version()).replace("/", " ").split("/@"); // without the commit of its source
    rows.push(rowOf(engine, await page.title()));
  } finally {
    await started.close();
    server.close();
  }
}

function report() {
  const counts = `${rows.length} runs, ${missing.length === 0 ? "no engine" : missing.join(", ")} missing`;
  const agree = new Set(rows.map(({ picture, numbers }) => picture + numbers)).size === 1;
  const table = rows.map(
    ({ engine, picture, numbers }) => `| ${engine} | \`${numbers.slice(0, 16)}…\` | \`${picture.slice(0, 16)}…\` |`,
  );
  const lines = [
    "# Engines",
    "",
    "One seed gives the same bits on each of these, and one picture the same bytes: SHA-256 of what `scripts/fingerprint.mjs` computes (elementary",
    "functions, products, linear algebra, toys, training with each optimiser, samples of a MAF; a picture). `npm run test:engines` writes this file.",
    "",
    `${new Date().toISOString().slice(0, 10)}, ${platform}, ${cpus()[0].model.trim()}; ${counts}.`,
    "",
    "| engine | numbers | picture |",
    "|---|---|---|",
    ...table,
    "",
  ];
  if (wanted.length === 0) writeFileSync(join(root, "docs/engines.md"), lines.join("\n"));
  console.log(`${counts}; ${agree ? "all agree" : "they differ"}`);
  if (!agree) process.exitCode = 1;
}
