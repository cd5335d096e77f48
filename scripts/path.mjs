// What one step of training runs: the files of src, and in each the functions with the number of their calls.
//
//   npm run path
//
// The flow and the settings are those of examples/two-moons.js. V8 counts the calls itself (precise coverage), in the built library,
// whose files are those of src one for one. A first step, which sets up what is set up once, is not counted. What runs inside
// WebAssembly is not seen; the functions that call it are. A generator that is resumed counts as one call.
//
// Then come the files and names that the first numbered list of docs/walk.md tells the reader to open. It is an error if a step
// does not run such a file, or if a name is no function and no type of the file that is linked before it.

import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
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
 * The files linked in the first numbered list, and after each link the names in code style.
 *
 * @param {string} markdown
 */
function filesToOpen(markdown) {
  const [list] = markdown.match(/^1\. .*\n(?:(?:\d+\. | +\S).*\n|\n(?=\d+\. | +\S))*/m) ?? [""];
  /** @type {{ file: string, names: string[] }[]} */
  const files = [];
  for (const [, file, name] of list.matchAll(/\]\(\.\.\/src\/([^)]+)\)|(?<!\[)`([A-Za-z_]\w*)(?:\(\))?`/g)) {
    if (file !== undefined) files.push({ file, names: [] });
    else files.at(-1)?.names.push(name);
  }
  return files;
}

/** The functions, classes and types of a file of src, by name. @param {string} file */
function declaredIn(file) {
  const names = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    const { name, initializer = node } = /** @type {{ name?: ts.Node, initializer?: ts.Node }} */ (node);
    const isType = ts.isClassLike(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (name !== undefined && (isType || ts.isFunctionLike(initializer))) names.add(name.getText());
    ts.forEachChild(node, visit);
  };
  const text = readFileSync(new URL(`src/${file}`, root), "utf8");
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return names;
}

const files = await calledInAStep();
const functions = [...files.values()].flat();
for (const [file, called] of files) {
  console.log(`${file}\n    ${called.map(({ name, calls }) => `${name} ${calls}`).join(", ")}`);
}
const named = functions.filter(({ name }) => !name.startsWith("(")).length;
console.log(`\n${files.size} files, ${named} functions with a name and ${functions.length - named} without`);
console.log("\nTo be opened, says docs/walk.md:");

const toOpen = filesToOpen(readFileSync(new URL("docs/walk.md", root), "utf8"));
if (toOpen.length === 0) throw new Error("path: docs/walk.md must have a numbered list of files; found none");
for (const { file, names } of toOpen) {
  const declared = declaredIn(file);
  const unknown = names.filter((name) => !declared.has(name));
  const ran = files.has(file);
  console.log(`  ${ran ? "runs   " : "NOT RUN"}  ${[file, ...names].join(" ")}`);
  if (unknown.length > 0) console.log(`           it has no ${unknown.join(", ")}`);
  if (!ran || unknown.length > 0) process.exitCode = 1;
}
