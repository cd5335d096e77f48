// Packs the library as npm would publish it, installs the tarball into an empty project, and uses it there.
// One line per check; the exit code is 1 when any of them fails.
//
//   node scripts/check-package.mjs

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
const names = subpaths.map((subpath) => manifest.name + subpath.slice(1));

/** What a newcomer would write first, as TypeScript; the JavaScript consumers run the same lines. */
const firstFlow = `
const flow = realNVP({ dimensions: 2, random: new Random(1) });
const logProb = flow.logProb(tensor([[0, 1], [2, 3]]));
`;

/** The names of the checks that failed. @type {string[]} */
const failures = [];
const workspace = realpathSync(mkdtempSync(join(tmpdir(), "diffeo-package-")));
const consumer = join(workspace, "consumer");
let tarball = "";
try {
  await checkAll();
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
if (failures.length > 0) {
  console.error(`package: ${failures.length} of the checks failed: ${failures.join(", ")}`);
  process.exitCode = 1;
}

async function checkAll() {
  // Without a tarball that installs, the later checks would only repeat the first failure.
  const installed =
    (await check("builds", () => npm(["run", "build", "--silent"], root))) &&
    (await check("packs", pack)) &&
    (await check("installs into an empty project, offline", install));
  if (!installed) return;
  await check("publint finds nothing to say", lint);
  await check("contains no test, no bench and no dependency", contents);
  await check(`import of ${names.length} entry points`, importAll);
  await check(`require of ${names.length} entry points`, requireAll);
  await check("type-checks with moduleResolution bundler", () => typeCheck("esnext", "bundler"));
  await check("type-checks with moduleResolution nodenext", () => typeCheck("nodenext", "nodenext"));
  await check("diffeo --version", version);
  await check('import { tanh } from "diffeo" is under 15.5 kB, minified', () =>
    atMost(15_500, bundle('export { tanh } from "diffeo"').length),
  );
  await check("a program that trains a flow is under 45 kB, minified and gzipped", () =>
    atMost(45_000, gzipSync(bundle('export { fit, Random, realNVP, twoMoons } from "diffeo"')).length),
  );
  await check('import { realNVP } from "diffeo" leaves the registry of all layers out', () => {
    for (const [name, has] of /** @type {const} */ ([
      ["realNVP", false],
      ["bijectionFrom", true],
    ])) {
      const text = new TextDecoder().decode(bundle(`export { ${name} } from "diffeo"`));
      if (text.includes("triangularLinear: the weight must be") !== has)
        throw new Error(`${name}: ${has ? "the mark is gone" : "it is there"}`);
    }
  });
  await check("a program that trains a flow leaves checkBijection out", () => {
    const text = new TextDecoder().decode(bundle('export { fit, Random, realNVP, twoMoons } from "diffeo"'));
    if (text.includes("checkBijection")) throw new Error("it is there");
  });
  // docs/decisions/0006: 40 kB was the aim, 45 with WebAssembly
  await check("the whole library is under 112 kB, minified and gzipped", () =>
    atMost(112_000, gzipSync(bundle('export * from "diffeo"')).length),
  );
}

/**
 * Runs one check and prints its line.
 *
 * @param {string} name
 * @param {() => unknown} run
 * @returns {Promise<boolean>} whether it passed
 */
async function check(name, run) {
  try {
    await run();
    console.log(`ok    ${name}`);
    return true;
  } catch (error) {
    failures.push(name);
    console.log(`FAIL  ${name}\n${indent(explain(error))}`);
    return false;
  }
}

function pack() {
  // The build was the check before, so `prepare` need not repeat it.
  const out = npm(["pack", "--ignore-scripts", "--json", "--pack-destination", workspace], root);
  const [{ filename }] = JSON.parse(out);
  tarball = join(workspace, filename);
}

function install() {
  mkdirSync(consumer);
  write("package.json", JSON.stringify({ name: "consumer", private: true, version: "1.0.0" }));
  npm(["install", "--no-save", "--offline", "--no-audit", "--no-fund", "--silent", tarball], consumer);
}

async function lint() {
  const { messages } = await publint({
    pkgDir: join(consumer, "node_modules", manifest.name),
    pack: false,
    strict: true,
  });
  if (messages.length > 0) throw new Error(messages.map((m) => `${m.type}: ${formatMessage(m, manifest)}`).join("\n"));
}

function contents() {
  const listing = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  const allowed = /^package\/(dist\/|src\/|package\.json$|README\.md$|LICENSE$)/;
  const strays = listing.filter((file) => !allowed.test(file));
  if (strays.length > 0) throw new Error(`unexpected files: ${strays.join(", ")}`);
  const installedManifest = JSON.parse(
    readFileSync(join(consumer, "node_modules", manifest.name, "package.json"), "utf8"),
  );
  for (const key of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    if (key in installedManifest) throw new Error(`package.json has ${key}`);
  }
}

function importAll() {
  write(
    "use.mjs",
    `import { tensor, Random, realNVP } from "diffeo";
     ${firstFlow}
     if (String(logProb.shape) !== "2") throw new Error("the shape of logProb is " + logProb.shape);
     for (const name of ${JSON.stringify(names)}) {
       const module = await import(name);
       if (Object.keys(module).length === 0) throw new Error(name + " exports nothing");
     }`,
  );
  node("use.mjs");
}

function requireAll() {
  write(
    "use.cjs",
    `const { tensor, Random, realNVP } = require("diffeo");
     ${firstFlow}
     if (String(logProb.shape) !== "2") throw new Error("the shape of logProb is " + logProb.shape);
     for (const name of ${JSON.stringify(names)}) {
       if (Object.keys(require(name)).length === 0) throw new Error(name + " exports nothing");
     }`,
  );
  node("use.cjs");
}

/**
 * A strict consumer, which reads our declarations instead of skipping them. It has the types of a browser, not those of
 * Node: AbortSignal is the one name we need from either.
 *
 * @param {string} module
 * @param {string} moduleResolution
 */
function typeCheck(module, moduleResolution) {
  const imports = names.map((name, i) => `import * as module${i} from "${name}";`).join("\n");
  const uses = names.map((_, i) => `module${i}`).join(", ");
  write(
    "use.mts",
    `import { matmul, tensor, Random, realNVP, type Variable } from "diffeo";
     ${imports}
     ${firstFlow}
     export const result: Variable = logProb;
     export const shape: readonly number[] = logProb.shape;
     export const modules: object[] = [${uses}];
     // @ts-expect-error operands are tensors and numbers
     matmul(tensor([[1]]), "x");
     // @ts-expect-error dimensions must be a number: were the types missing, this line would be accepted.
     realNVP({ dimensions: "two", random: new Random(1) });`,
  );
  const options = {
    module,
    moduleResolution,
    target: "es2022",
    lib: ["ES2022", "DOM"],
    types: [],
    strict: true,
    noEmit: true,
  };
  write("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["use.mts"] }));
  node(join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json");
}

/**
 * What a browser would load for such a program, minified.
 *
 * @param {string} program
 */
function bundle(program) {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: consumer },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  return outputFiles[0].contents;
}

/** @param {number} limit @param {number} bytes */
function atMost(limit, bytes) {
  console.log(`      ${bytes.toLocaleString("en")} bytes`);
  if (bytes >= limit) throw new Error(`${bytes} bytes; the limit is ${limit}`);
}

function version() {
  const said = execFileSync(join(consumer, "node_modules", ".bin", "diffeo"), ["--version"], {
    encoding: "utf8",
  }).trim();
  if (!said.includes(manifest.version))
    throw new Error(`package.json says ${manifest.version}; the command says ${said}`);
}

/** @param {string} file @param {string} text */
function write(file, text) {
  writeFileSync(join(consumer, file), `${text}\n`);
}

/** @param {string[]} args */
function node(...args) {
  return execFileSync(process.execPath, args, { cwd: consumer, encoding: "utf8", stdio: "pipe" });
}

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: "pipe" });
}

/** What a failed process wrote, or the message of any other error. @param {any} error */
function explain(error) {
  return [error.stdout, error.stderr].filter(Boolean).join("\n").trim() || String(error?.message ?? error);
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, "      ");
}
