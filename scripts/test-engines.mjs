// Runs scripts/fingerprint.mjs on every engine that can be had, and fails unless all agree.
//
//   npm run test:engines                       all of them
//   npm run test:engines -- --write            all of them; if they agree, what came of it is written to docs/engines.md
//   npm run test:engines -- Firefox "Node 26"  some
//
// Versions of Node, Bun and Deno come as packages from the npm registry, into a temporary folder. Browsers are those of the system
// (scripts/browsers.mjs). What cannot be installed or started is said, and counted as missing; an engine that starts and does not come to a
// fingerprint is a failure.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { install, serve, startBrowser } from "./browsers.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const script = join(root, "scripts/fingerprint.mjs");
const platform = `${process.platform}-${process.arch}`;
const write = process.argv.includes("--write");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--write");
if (write && wanted.length > 0) throw new Error("--write is for all engines; name none");
const folder = mkdtempSync(join(tmpdir(), "diffeo-engines-"));

/** @typedef {{ engine: string, picture: string, numbers: string }} Row @type {Row[]} */
const rows = [];
/** @type {string[]} */
const missing = [];

try {
  for (const major of [20, 21, 22, 23, 24, 25, 26]) {
    await attempt(`Node ${major}`, () => {
      const node = join(install(folder, `node-${platform}@${major}`), "bin/node");
      const engine = `Node ${run(node, ["--version"]).slice(1)}`;
      return () =>
        ["", "plain loops", "no plans"].map((how) => {
          const word = { "plain loops": ["plain"], "no plans": ["eager"] }[how] ?? [];
          return rowOf([engine, how].filter(Boolean).join(", "), run(node, [script, ...word]));
        });
    });
  }
  await attempt("Bun", () => {
    const bun = join(install(folder, "bun@1.4.5"), "bin/bun.exe");
    const engine = `Bun ${run(bun, ["--version"])}`;
    return () => [rowOf(engine, run(bun, [script])), rowOf(`${engine}, no plans`, run(bun, [script, "eager"]))];
  });
  await attempt("Deno", () => {
    const deno = [join(install(folder, "deno@2.9.6"), "bin.cjs")];
    const engine = `Deno ${run(process.execPath, [...deno, "--version"]).split(" ")[1]}`;
    return () => [rowOf(engine, run(process.execPath, [...deno, "run", "--quiet", script]))];
  });
  await attempt("Chromium", () => askBrowser("chrome"));
  await attempt("Firefox", () => askBrowser("firefox"));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
report();

/** @typedef {() => Row[] | Promise<Row[]>} Ask runs the fingerprint on an engine that has been started once */

/** Adds the rows of one engine. Only getting it may fail. @param {string} name @param {() => Ask | Promise<Ask>} get */
async function attempt(name, get) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  /** @type {Ask} */
  let ask;
  try {
    ask = await get();
  } catch (error) {
    missing.push(name);
    const why = /** @type {Error} */ (error).message.trim().split("\n").slice(0, 3).join(" ");
    console.log(`${name.padEnd(40)} not compared: ${why}`);
    return;
  }
  const came = await ask();
  rows.push(...came);
  for (const { engine, numbers } of came) console.log(`${engine.padEnd(40)} ${numbers}`);
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
 * A browser of the system. Its fingerprint is a page of a local server: only there does it offer SHA-256.
 *
 * @param {import("./browsers.mjs").Browser} browser @returns {Promise<Ask>}
 */
async function askBrowser(browser) {
  const started = await startBrowser(browser, folder);
  return async () => {
    const server = await serveFingerprint();
    try {
      const [engine] = (await started.version()).replace("/", " ").split("/@"); // without the commit of its source
      const came = [];
      for (const [name, query] of [
        [engine, ""],
        [`${engine}, no plans`, "?eager"],
      ]) {
        const page = await started.newPage();
        const failure = new Promise((_, reject) => page.once("pageerror", reject));
        await page.goto(`${server.url}/${query}`);
        await Promise.race([failure, page.waitForFunction("document.title !== ''", { timeout: 300_000 })]);
        came.push(rowOf(name, await page.title()));
        await page.close();
      }
      return came;
    } finally {
      await started.close();
      server.close();
    }
  };
}

/** A server of this machine with the fingerprint in a page. */
function serveFingerprint() {
  const options = /** @type {const} */ ({ bundle: true, keepNames: true, format: "esm", write: false });
  const [{ text }] = buildSync({ ...options, entryPoints: [script], target: "es2022" }).outputFiles;
  const page = '<!doctype html><title></title><script type="module" src="fingerprint.js"></script>';
  return serve((path) =>
    path === "/fingerprint.js" ? { type: "text/javascript", content: text } : { type: "text/html", content: page },
  );
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
    "functions, products, linear algebra, toys, training with each optimiser, steps of splines, masked nets and convolutions, samples of a MAF; a picture). `npm run test:engines -- --write` writes this file.",
    "",
    `${new Date().toISOString().slice(0, 10)}, ${platform}, ${cpus()[0].model.trim()}; ${counts}.`,
    "",
    "| engine | numbers | picture |",
    "|---|---|---|",
    ...table,
    "",
  ];
  if (write && agree) writeFileSync(join(root, "docs/engines.md"), lines.join("\n"));
  const outcome = rows.length === 0 ? "nothing was compared" : agree ? "all agree" : "they differ";
  console.log(`${counts}; ${outcome}`);
  if (!agree) process.exitCode = 1;
}
