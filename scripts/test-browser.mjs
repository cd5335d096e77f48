// Drives examples/browser.html, a page on dist/diffeo.min.js, in Chromium, and holds what it says to what Node says, to the bit: a flow is fitted
// and drawn in the page, saved there, and opened here; a model that the command saved scores a table there as here.
//
//   npm run test:browser
//
// One line per check. Without a Chromium (scripts/browsers.mjs) or its driver, from the npm registry, all are counted as skipped; the exit code is 1
// when any of them fails.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { fit, loadFlow, Random, realNVP, saveFlow, twoMoons } from "../dist/index.js";
import { serve, startBrowser } from "./browsers.mjs";
import { Checks, same } from "./checks.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "diffeo-browser-"));
const STEPS = 30;

const checks = new Checks("browser");
const server = await serve(fileAt);
const browser = await checks.need("Chromium with a driver", () => startBrowser("chrome", folder));
try {
  await drive((await browser?.newPage()) ?? null, `${server.url}/examples/browser.html`);
} finally {
  await browser?.close();
  server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
checks.end();

/** A file of the repository. @param {string} path */
function fileAt(path) {
  const file = join(root, normalize(path));
  if (!/\.(html|js)$/.test(path) || !existsSync(file)) return null;
  return { type: path.endsWith(".html") ? "text/html" : "text/javascript", content: readFileSync(file) };
}

/** @typedef {any} Page of puppeteer, which is installed on the way */

/** @param {Page} page of a browser; without one all is skipped @param {string} url */
async function drive(page, url) {
  /** @type {string[]} */
  const faults = [];
  page?.on("pageerror", (/** @type {unknown} */ error) => faults.push(String(error)));
  await checks.run("the page loads the library as one file", async () => {
    await page.goto(url);
    await page.waitForFunction("document.getElementById('fit').onclick !== null");
    const loaded = "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).join()";
    same(await page.evaluate(loaded), "/dist/diffeo.min.js", "what was loaded");
  });
  await checks.run("a flow fitted and saved in the page is the file that Node makes, byte for byte", () =>
    fitsAsNode(page),
  );
  await checks.run("the page shows a picture of it", async () => {
    const [width, height, paths] = await page.evaluate(`(() => {
      const svg = document.querySelector("#picture svg");
      const { width, height } = svg.getBoundingClientRect();
      return [width, height, svg.querySelectorAll("*").length];
    })()`);
    if (!(width > 300 && height > 200 && paths > 100)) throw new Error(`${width} × ${height}, of ${paths} parts`);
  });
  await checks.run(
    "a model of the command gives a table the scores that it has in Node, to the bit, gzipped or not",
    () => scoresAsNode(page),
  );
  await checks.run("a file that is no model is refused in a sentence", async () => {
    await choose(
      page,
      "model",
      join(root, "examples/data/faithful.csv"),
      "document.getElementById('scores').textContent === ''",
    );
    const said = await summaryOf(page);
    if (!/^loadModel: .*safetensors/.test(said)) throw new Error(`it says ${said}`);
  });
  await checks.run("no error was left uncaught", () => same(faults.join("\n"), "", "errors"));
}

/** Fits in the page, and here with the same seed. @param {Page} page */
async function fitsAsNode(page) {
  await page.evaluate(`document.getElementById("steps").value = ${STEPS}`);
  await page.click("#fit");
  await page.waitForFunction("!document.getElementById('save').hidden", { timeout: 120_000 });
  const base64 = await page.evaluate(`(async () => {
    const bytes = new Uint8Array(await (await fetch(document.getElementById("save").href)).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  })()`);
  const said = await page.evaluate("document.getElementById('progress').value");

  const random = new Random(1);
  const data = twoMoons().sample(2000, random);
  const flow = realNVP({ dimensions: 2, layers: 6, hidden: [32], random });
  await fit(flow, data, { random, steps: STEPS, learningRate: 1e-2, schedule: "cosine" });
  same(base64, Buffer.from(saveFlow(flow, { seed: 1, columns: ["x", "y"] })).toString("base64"), "the file");

  const opened = loadFlow(new Uint8Array(Buffer.from(base64, "base64")));
  const mean = opened.score(twoMoons().sample(1000, random)).data.reduce((total, value) => total + value, 0) / 1000;
  same(said, `log p of 1000 fresh points: ${mean} nats on average`, "what the page says");
}

/** Has a table scored by the command and in the page. @param {Page} page */
async function scoresAsNode(page) {
  const [model, packed] = [join(folder, "faithful.safetensors"), join(folder, "faithful.csv.gz")];
  const table = join(root, "examples/data/faithful.csv");
  command("fit", table, "--steps", "20", "-o", model);
  const [header, ...lines] = command("score", model, table).trim().split("\n");
  const column = header.split(",").indexOf("logLikelihood");
  const expected = lines.map((line) => line.split(",")[column]);
  same(expected.length, 272, "rows");
  writeFileSync(packed, gzipSync(readFileSync(table)));
  await choose(page, "model", model, "true");
  for (const file of [packed, table]) {
    await page.evaluate("document.getElementById('scores').textContent = ''");
    await choose(page, "table", file, "document.getElementById('scores').textContent !== ''");
    same(await page.evaluate("document.getElementById('scores').textContent"), expected.join("\n"), file);
    same(await summaryOf(page), "272 rows (0 more with blanks left out), log p in nats:", "the summary");
  }
}

/** @param {string[]} args */
function command(...args) {
  const main = join(root, "dist/cli/main.js");
  return execFileSync(process.execPath, [main, ...args, "--quiet"], { encoding: "utf8", stdio: "pipe" });
}

/** Chooses a file, as a user does, and waits. @param {Page} page @param {string} id @param {string} file @param {string} condition */
async function choose(page, id, file, condition) {
  const input = await page.$(`#${id}`);
  await input.uploadFile(file);
  await page.waitForFunction(condition);
}

/** @param {Page} page @returns {Promise<string>} */
function summaryOf(page) {
  return page.evaluate("document.getElementById('summary').value");
}
