// Builds the site into website/dist: the lecture, the documents, the API reference, the source, and a search through them. Its tools are installed into
// website/node_modules, where they are not there yet.
//
//   npm run site                    builds
//   npm run site -- --serve         builds, and serves it on this machine until it is stopped
//   npm run site -- --serve-only    serves what has been built

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./browsers.mjs";
import { SITE, siteFile } from "./siteFile.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const website = join(root, "website");
const require = createRequire(join(website, "package.json"));

const [option, ...more] = process.argv.slice(2);
if (more.length > 0 || ![undefined, "--serve", "--serve-only"].includes(option)) {
  stop(`the only options are --serve and --serve-only; got ${process.argv.slice(2).join(" ")}`);
}
if (option === "--serve-only" && !existsSync(SITE)) stop("there is no site yet: npm run site builds it");

if (option !== "--serve-only") build();
if (option === undefined) console.log("To look at it: npm run site -- --serve-only");
else console.log(`It is served at ${(await serve(siteFile)).url}/ until this is stopped (Ctrl C).`);

function build() {
  if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"]);
  run(process.execPath, [join(root, "scripts/build.mjs")]);
  rmSync(join(website, ".build-pages"), { recursive: true, force: true });
  tool("typedoc", "bin/typedoc", ["--logLevel", "Warn"]);
  run(process.execPath, ["compose.mjs"]);
  tool("vitepress", "bin/vitepress.js", ["build"]);
  const files = readdirSync(SITE, { recursive: true });
  console.log(`\nThe site is in ${SITE}: ${files.length} files for any server of files.`);
}

/** Ends with a sentence. @param {string} sentence @returns {never} */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Whether what is installed is what the lock file says. */
function isInstalled() {
  const installed = join(website, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const versions = (/** @type {string} */ file) =>
    Object.entries(JSON.parse(readFileSync(file, "utf8")).packages)
      .filter(([path, { optional }]) => path !== "" && !optional) // those of other machines
      .map(([path, { version }]) => `${path} ${version}`)
      .sort()
      .join();
  return versions(installed) === versions(join(website, "package-lock.json"));
}

/** Runs the program of a package of the website's. @param {string} name @param {string} program @param {string[]} args */
function tool(name, program, args) {
  const main = require.resolve(`${name}/package.json`);
  run(process.execPath, [join(dirname(main), program), ...args]);
}

/** Ends where the program fails: it has said why. @param {string} command @param {string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: website, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
