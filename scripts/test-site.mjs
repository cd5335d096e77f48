// Builds the site, and checks what came of it: links and anchors, a page for each public name, formulas, the search, no request to another host,
// and that no page is wider than a phone.
//
//   npm run test:site
//
// One line per check. Without a Chromium (scripts/browsers.mjs) or its driver the checks that need one are skipped, aloud; the exit code is 1 when
// any of them fails.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { searchOptions } from "../website/search.mjs";
import { serve, startBrowser } from "./browsers.mjs";
import { Checks, same } from "./checks.mjs";
import { SITE, siteFile } from "./siteFile.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const PHONE = 390; // pixels

if (spawnSync(process.execPath, [join(root, "scripts/site.mjs")], { stdio: "inherit" }).status !== 0) process.exit(1);

/** Every page, by its path from the root of the site. @type {Map<string, string>} */
const pages = new Map(filesOf(".html").map((path) => [path, read(path)]));

const checks = new Checks("site");
await checks.run("the programs of the website have the types that they say", () => {
  execFileSync(process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    "--noEmit",
    "-p",
    join(root, "website"),
  ]);
});
await checks.run("every link within the site leads to a page or file, and every anchor to a place on it", linksResolve);
await checks.run("every public name has a page", namesHavePages);
await checks.run("every formula is typeset", formulasAreTypeset);
await checks.run("the search finds names and words", searchFinds);
await checks.run("no page, style or script asks another host", noOtherHost);
await inBrowser();
checks.end();

/** @param {string} extension */
function filesOf(extension) {
  const all = readdirSync(SITE, { recursive: true, encoding: "utf8" });
  return all.map((path) => path.replaceAll("\\", "/")).filter((path) => path.endsWith(extension));
}

/** @param {string} path */
function read(path) {
  return readFileSync(join(SITE, path), "utf8");
}

/** Throws a sentence with the first of the faults. @param {string} what @param {readonly string[]} faults */
function none(what, faults) {
  if (faults.length > 0) throw new Error(`${faults.length} ${what}:\n${faults.slice(0, 20).join("\n")}`);
}

function linksResolve() {
  const anchors = new Map([...pages].map(([path, html]) => [path, new Set(matches(html, /\s(?:id|name)="([^"]+)"/g))]));
  const faults = [];
  let count = 0;
  for (const [path, html] of pages) {
    for (const link of matches(html, /\s(?:href|src)="([^"]*)"/g)) {
      if (/^(?:[a-z]+:|\/\/)/i.test(link)) continue; // noOtherHost looks at those
      count++;
      const [target, anchor] = link.replaceAll("&amp;", "&").split("#");
      const found = target === "" ? path : pageAt(posix.join("/", posix.dirname(path), target), target);
      const place = anchor === undefined || anchor === "" ? null : decodeURIComponent(anchor);
      if (found === null) faults.push(`${path}: ${link}`);
      else if (place !== null && !anchors.get(found)?.has(place))
        faults.push(`${path}: ${link}, of which there is no ${place}`);
    }
  }
  console.log(`      ${count} links on ${pages.size} pages`);
  if (count < 5000) throw new Error("those are too few");
  none("dead links", faults);
}

/** The file that a link leads to, or null. @param {string} resolved @param {string} target */
function pageAt(resolved, target) {
  const path = decodeURIComponent(target.startsWith("/") ? target : resolved).replace(/^\//, "");
  const file = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  return existsSync(join(SITE, file)) ? file : null;
}

function namesHavePages() {
  const entry = join(root, "src/index.ts");
  const { options } = ts.parseJsonConfigFileContent({ extends: "./tsconfig.json" }, ts.sys, root);
  const program = ts.createProgram([entry], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const index = /** @type {ts.Symbol} */ (
    checker.getSymbolAtLocation(/** @type {ts.SourceFile} */ (program.getSourceFile(entry)))
  );
  const names = checker.getExportsOfModule(index).map(({ name }) => name);
  const shown = new Set(
    [...pages.keys()].filter((path) => path.startsWith("api/")).map((path) => posix.basename(path, ".html")),
  );
  console.log(`      ${names.length} names`);
  if (names.length < 300) throw new Error("those are too few");
  none(
    "names without a page",
    names.filter((name) => !shown.has(name)),
  );
}

function formulasAreTypeset() {
  const faults = [];
  let count = 0;
  for (const [path, html] of pages) {
    if (html.includes("katex-error")) faults.push(`${path}: an error of KaTeX`);
    const shown = html.replace(/<annotation.*?<\/annotation>/gs, "").replace(/<(pre|code)\b.*?<\/\1>/gs, "");
    const raw = /\$?\\(?:log|frac|sum|det|left|mathrm|cdot)\b.{0,40}/.exec(shown)?.[0];
    if (raw !== undefined) faults.push(`${path}: ${raw}`);
    count += matches(html, /(class="katex")/g).length;
  }
  console.log(`      ${count} formulas`);
  if (count < 1000) throw new Error("those are too few");
  none("formulas left as they were", faults);
}

async function searchFinds() {
  const MiniSearch = createRequire(join(root, "website/package.json"))("minisearch");
  const [file] = filesOf(".js").filter((path) => path.includes("localSearchIndex"));
  const { default: json } = await import(pathToFileURL(join(SITE, file)).href);
  const index = MiniSearch.loadJSON(json, { fields: ["title", "titles", "text"], storeFields: ["title", "titles"] });
  for (const [words, page] of [
    ["coupling", "/api/flows/functions/coupling.html"],
    ["bitsPerDim", "/api/data/functions/bitsPerDim.html"],
    ["a bin of a rational-quadratic spline", "/derivations/spline.html"],
    ["Only for continuous variables", "/lecture/1-densities-and-how-to-learn-one.html"],
    ["dequantize", "/api/data/functions/dequantize.html"],
  ]) {
    const found = index.search(words, searchOptions).map((/** @type {any} */ { id }) => id.replace(/#.*/, ""));
    if (!found.slice(0, 12).includes(page)) throw new Error(`${words}: found ${found.slice(0, 12).join(", ")}`);
  }
}

function noOtherHost() {
  const faults = [...pages].flatMap(([path, html]) =>
    matches(
      html,
      /(<(?:script|link|img|iframe|source|object)\b[^>]*\s(?:src|href|data|srcset)="(?:https?:)?\/\/[^>]*>)/g,
    ).map((tag) => `${path}: ${tag}`),
  );
  for (const path of filesOf(".css")) {
    faults.push(
      ...matches(read(path), /(url\(["']?(?:https?:)?\/\/[^)]*\)|@import[^;]*;)/g).map((rule) => `${path}: ${rule}`),
    );
  }
  for (const path of filesOf(".js")) {
    faults.push(
      ...matches(
        read(path),
        /((?:\bfetch|\bimport|Worker|EventSource|WebSocket|sendBeacon)\(\s*["'`](?:https?:)?\/\/.{0,60})/g,
      ).map((call) => `${path}: ${call}`),
    );
  }
  none("requests to other hosts", faults);
}

async function inBrowser() {
  const folder = mkdtempSync(join(tmpdir(), "diffeo-site-"));
  const server = await serve(siteFile);
  const browser = await checks.need("Chromium with a driver", () => startBrowser("chrome", folder));
  try {
    await drive((await browser?.newPage()) ?? null, server.url);
  } finally {
    await browser?.close();
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @param {any} page of puppeteer, or null @param {string} url */
async function drive(page, url) {
  /** @type {string[]} */
  const faults = [];
  page?.on("pageerror", (/** @type {unknown} */ error) => faults.push(String(error)));
  await page?.setViewport({ width: PHONE, height: 844 });
  const chosen = [
    ...[...pages.keys()].filter((path) => path.startsWith("lecture/")),
    ...[
      "index",
      "exercises",
      "walk",
      "contract",
      "results",
      "README",
      "derivations/spline",
      "api/index",
      "api/flows/index",
    ].map((path) => `${path}.html`),
    ...[
      "flows/functions/coupling",
      "tensor/classes/Tensor",
      "flows/interfaces/Bijection",
      "data/functions/energyU1",
    ].map((path) => `api/${path}.html`),
    "source/src/flows/layers/coupling.ts.html",
  ].filter((path) => pages.has(path));
  await checks.run(`${chosen.length} pages are no wider than a phone`, async () => {
    for (const path of chosen) {
      await page.goto(`${url}/${path}`);
      const width = await page.evaluate("document.scrollingElement.scrollWidth");
      if (!(width <= PHONE)) faults.push(`${path} is ${width} pixels wide`);
      const hosts = "performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin)";
      for (const host of await page.evaluate(hosts)) if (host !== url) faults.push(`${path} asks ${host}`);
    }
    none("faults", faults);
  });
  await checks.run("pictures are readable on a phone, and scroll in their own box", async () => {
    await page.goto(`${url}/lecture/3-structure-and-linear-flows.html`);
    const boxes = await page.evaluate(
      "[...document.querySelectorAll('.picture')].map((box) => [box.clientWidth, box.scrollWidth])",
    );
    if (boxes.length === 0) throw new Error("there are no pictures");
    for (const [shown, whole] of boxes)
      if (!(shown < PHONE && whole >= 640)) faults.push(`${whole} pixels of a picture in a box of ${shown}`);
    none("faults", faults);
  });
  await checks.run("the table of all claims is whole on a desktop", async () => {
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(`${url}/lecture/every-claim.html`);
    const [shown, whole] = await page.evaluate(
      "((table) => [table.clientWidth, table.scrollWidth])(document.querySelector('.vp-doc table'))",
    );
    if (!(whole <= shown)) throw new Error(`it is ${whole} pixels wide, of which ${shown} are shown`);
  });
  await checks.run("the search answers in the page", async () => {
    await page.goto(`${url}/`);
    await page.waitForSelector(".VPNavBarSearch button");
    await page.click(".VPNavBarSearch button");
    await page.waitForSelector("#localsearch-input");
    await page.type("#localsearch-input", "affineCoupling");
    await page.waitForSelector(".VPLocalSearchBox .result");
    const first = await page.evaluate("document.querySelector('.VPLocalSearchBox .result').getAttribute('href')");
    same(first.replace(/#.*/, ""), "/api/flows/functions/affineCoupling.html", "the first result");
    none("faults", faults);
  });
}

/** The first group of each match. @param {string} text @param {RegExp} pattern */
function matches(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => match[1]);
}
