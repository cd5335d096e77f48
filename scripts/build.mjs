// src to dist, file for file; and all of it but the command in one file, dist/diffeo.min.js, for pages without a bundler. Built aside, then
// moved file by file: dist is whole all the time, for whoever runs on it meanwhile and for another build.
//
//   npm run build

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");
const aside = mkdtempSync(join(root, ".build-")); // beside dist, so that the ways in source maps are the same
try {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", aside, "--noEmitOnError"];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status === 0) {
    bundle();
    replace();
  } else process.exitCode = 1;
} finally {
  rmSync(aside, { recursive: true });
}

/** The library in one file. It is a module, and those are always read as UTF-8. */
function bundle() {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  buildSync({
    entryPoints: [join(root, "src/index.ts")],
    outfile: join(aside, "diffeo.min.js"),
    banner: { js: `/*! diffeo ${version}, ${license} */` },
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "warning",
  });
}

function replace() {
  const built = filesIn(aside);
  for (const file of built) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(aside, file), join(dist, file));
  }
  for (const file of filesIn(dist)) if (!built.includes(file)) rmSync(join(dist, file), { force: true });
}

/** @param {string} folder */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length));
}
