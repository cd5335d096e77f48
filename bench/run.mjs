// One entry to all questions that a benchmark answers here:
//
//   npm run bench                     what can be asked
//   npm run bench -- costs            builds, measures, prints a table
//   npm run bench -- costs --quick    tiny sizes, nothing is written: does it run?
//
// Answers go to bench/results/<question>.json, and as tables into bench/README.md. Each question is a module with `question`, one
// sentence; `measure(quick)`, plain JSON; and `table(answer)`, Markdown.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

/** Every question by its word. Modules are loaded when asked for. */
export const QUESTIONS = {
  costs: () => import("./costs.mjs"),
  sampling: () => import("./sampling.mjs"),
  reflections: () => import("./reflections.mjs"),
  "reverse-kl": () => import("./reverse-kl.mjs"),
};

const here = new URL("./", import.meta.url);

/** The answer with what one must know to judge it. */
export async function answer(word, quick) {
  const { question, measure } = await QUESTIONS[word]();
  const start = performance.now();
  const head = {
    question,
    command: `npm run bench -- ${word}${quick ? " --quick" : ""}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model}, ${process.platform} ${process.arch}`,
    node: process.version,
    load: Number(loadavg()[0].toFixed(1)), // before it begins: what other programs do
  };
  const results = await measure(quick);
  return { ...head, seconds: Math.round((performance.now() - start) / 1000), ...results };
}

/** The text between two marks of bench/README.md: where, when and how, and the table. */
export async function section(word, report) {
  const { table } = await QUESTIONS[word]();
  const { command, date, machine, node, load, seconds } = report;
  const facts = `\`${command}\`, ${date}, ${machine}, Node ${node.slice(1)}, load at first ${load}, ${seconds} s in all.`;
  return `${facts}\n\n${table(report)}`;
}

/** bench/README.md with the section of that question replaced. */
export function withSection(readme, word, text) {
  const [from, to] = [`<!-- ${word} -->`, `<!-- end of ${word} -->`];
  const [start, end] = [readme.indexOf(from), readme.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`bench/README.md: has no place for ${word}`);
  return `${readme.slice(0, start)}${from}\n\n${text}\n\n${readme.slice(end)}`;
}

/** JSON with every list of numbers, and every object without another in it, on one line. */
function inLines(report) {
  const joined = (text) => text.replace(/\s*\n\s*/g, " ");
  return JSON.stringify(report, null, 2)
    .replace(/\[[^[\]{}]*\]/g, joined)
    .replace(/\{[^{}]*\}/g, joined);
}

async function main([word, ...flags]) {
  if (word === undefined || !Object.hasOwn(QUESTIONS, word)) {
    if (word !== undefined) console.error(`bench: no such question: ${word}\n`);
    console.log("npm run bench -- <question>\n");
    for (const [name, load] of Object.entries(QUESTIONS)) {
      console.log(`  ${name.padEnd(14)}${(await load()).question}`);
    }
    return word === undefined ? 0 : 1;
  }
  const quick = flags.includes("--quick");
  const report = await answer(word, quick);
  const text = await section(word, report);
  console.log(`${report.question}\n\n${text}`);
  if (quick) return 0;
  mkdirSync(new URL("results/", here), { recursive: true });
  writeFileSync(new URL(`results/${word}.json`, here), `${inLines(report)}\n`);
  const readme = new URL("README.md", here);
  writeFileSync(readme, withSection(readFileSync(readme, "utf8"), word, text));
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
