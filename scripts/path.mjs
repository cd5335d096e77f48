// What one step of training runs: the files of src, and in each the functions with the number of their calls.
//
//   npm run path
//
// The flow and the settings are those of examples/two-moons.js. V8 counts the calls itself (precise coverage), in the built library,
// whose files are those of src one for one. A first step, which sets up what is set up once, is not counted. What runs inside
// WebAssembly is not seen; the functions that call it are. A generator that is resumed counts as one call.
//
// Then come the files and names that the first numbered list of docs/walk.md tells the reader to open. It is an error if a step
// does not run such a file, or if a name is no function, class or type of the file that stands before it. test/docs.test.ts asks the
// second question of all of README.md, docs/lecture.md and docs/walk.md, by the functions that are exported here.

import { existsSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { Random, realNVP, train, twoMoons } from "../dist/index.js";

const root = new URL("../", import.meta.url);
const dist = new URL("dist/", root).href;

/** @typedef {{ name: string, calls: number }} Called */

/** @returns {Promise<Map<string, Called[]>>} by file of src, what a second step runs */
async function calledInAStep() {
  const random = new Random(1);
  const x = twoMoons().sample(5000, random);
  const flow = realNVP({ dimensions: 2, layers: 12, hidden: [32], random });
  const steps = train(flow, x, { random, steps: 1000, learningRate: 1e-2, schedule: "cosine" });
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  steps.next();
  await session.post("Profiler.takePreciseCoverage"); // sets all counts to 0
  steps.next();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();

  const files = new Map();
  for (const { url, functions } of result) {
    if (!url.startsWith(dist)) continue;
    const called = functions.flatMap(({ functionName, ranges }) => {
      const [{ startOffset, endOffset, count }, ...blocks] = ranges;
      const calls = count || Number(blocks.some((block) => block.count > 0)); // of a generator: resumed, not called
      if (calls === 0) return [];
      const around = functions.filter(
        (one) =>
          one.functionName !== "" && one.ranges[0].startOffset < startOffset && one.ranges[0].endOffset >= endOffset,
      );
      return [{ name: functionName || `(in ${around.at(-1)?.functionName ?? "the module"})`, calls }];
    });
    if (called.length > 0) files.set(url.slice(dist.length).replace(/\.js$/, ".ts"), called);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A file of code that a document names.
 *
 * @typedef {object} NamedFile
 * @property {string} file relative to the root; as it is written if there is no such file
 * @property {boolean} exists
 * @property {string | null} shown the path that the text of the link shows
 * @property {string[]} names the identifiers in code style that follow it
 */

/**
 * The files of code that a document names, as links or in code style. The names that belong to a file follow it in code style, in the
 * same paragraph, item or row, before anything else is linked.
 *
 * @param {string} document its path, to which links are relative; in code style paths may also begin at src, or beside the file before
 * @param {string} markdown
 * @returns {NamedFile[]}
 */
export function filesNamed(document, markdown) {
  /** @type {NamedFile[]} */
  const found = [];
  const blocks = markdown.replace(/^```[\s\S]*?^```$/gm, "").split(/\n(?=\s*(?:\d+\.|[-*]) |\s*\n|\||#)/);
  for (const block of blocks) {
    /** @type {NamedFile | null} */
    let current = null;
    for (const [, shown, link, code] of block.matchAll(/\[([^\]]*)\]\(([^)#\s]+)[^)]*\)|`([^`]+)`/g)) {
      const path = link ?? code;
      if (/^[\w./-]+\.(?:ts|js|mjs)$/.test(path)) {
        /** @type {string[]} */
        const beside = current === null ? [] : [posix.join(posix.dirname(current.file), path)];
        const places = [posix.join(posix.dirname(document), path), path, posix.join("src", path), ...beside];
        const file = (link === undefined ? places : places.slice(0, 1)).find((place) =>
          existsSync(new URL(place, root)),
        );
        const text = shown?.replaceAll("`", "") ?? "";
        const isPath = /^[\w.-]+(?:\/|\.\w+$)/.test(text);
        current = { file: file ?? path, exists: file !== undefined, shown: isPath ? text : null, names: [] };
        found.push(current);
      } else if (link !== undefined) current = null;
      else if (/^[A-Za-z_]\w*(?:\(\))?$/.test(code)) current?.names.push(code.replace("()", ""));
    }
  }
  return found;
}

/**
 * What is wrong about the files that a document names, one line each.
 *
 * @param {readonly NamedFile[]} files
 */
export function faultsOf(files) {
  return files.flatMap(({ file, exists, shown, names }) => {
    if (!exists) return [`there is no ${file}`];
    const declared = declaredIn(file);
    return [
      ...(shown === null || file.includes(shown) ? [] : [`${shown} leads to ${file}`]),
      ...names.filter((name) => !declared.has(name)).map((name) => `${file} has no ${name}`),
    ];
  });
}

/** The first numbered list of a document: that of docs/walk.md names what to open. @param {string} markdown */
export function firstList(markdown) {
  const [list] = markdown.match(/^1\. .*\n(?:(?:\d+\. | +\S).*\n|\n(?=\d+\. | +\S))*/m) ?? [""];
  return list;
}

/** The functions, classes and types of a file, by name. @param {string} file relative to the root */
function declaredIn(file) {
  const names = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    const { name, initializer = node } = /** @type {{ name?: ts.Node, initializer?: ts.Node }} */ (node);
    const isType = ts.isClassLike(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (name !== undefined && (isType || ts.isFunctionLike(initializer))) names.add(name.getText());
    ts.forEachChild(node, visit);
  };
  const text = readFileSync(new URL(file, root), "utf8");
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return names;
}

async function main() {
  const files = await calledInAStep();
  const functions = [...files.values()].flat();
  for (const [file, called] of files) {
    console.log(`${file}\n    ${called.map(({ name, calls }) => `${name} ${calls}`).join(", ")}`);
  }
  const named = functions.filter(({ name }) => !name.startsWith("(")).length;
  console.log(`\n${files.size} files, ${named} functions with a name and ${functions.length - named} without`);
  console.log("\nTo be opened, says docs/walk.md:");

  const walk = "docs/walk.md";
  const toOpen = filesNamed(walk, firstList(readFileSync(new URL(walk, root), "utf8")));
  if (toOpen.length === 0) throw new Error(`path: ${walk} must have a numbered list of files; found none`);
  for (const named of toOpen) {
    const faults = faultsOf([named]);
    const ran = files.has(named.file.replace(/^src\//, ""));
    console.log(`  ${ran ? "runs   " : "NOT RUN"}  ${[named.file, ...named.names].join(" ")}`);
    for (const fault of faults) console.log(`           ${fault}`);
    if (!ran || faults.length > 0) process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
