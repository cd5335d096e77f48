// The one entry to all that is measured:
//
//   npm run bench                       what can be asked
//   npm run bench -- costs              builds, measures, prints a table
//   npm run bench -- races              all races, or several names: each in a process of its own
//   npm run bench -- costs --quick      tiny sizes, nothing is written: does it run?
//
// Answers go to bench/results/<name>.json, and as tables into bench/README.md. Each file of questions/ and races/ is a module with
// `question`, one sentence; `measure(quick)`, plain JSON or a promise of it; and `table(answer)`, Markdown.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { aligned } from "./support/table.mjs";

const here = new URL("./", import.meta.url);
const namesIn = (folder) =>
  readdirSync(new URL(`${folder}/`, here)).flatMap((file) => (file.endsWith(".mjs") ? [file.slice(0, -4)] : []));

/** The names of all questions, by folder. */
export const QUESTIONS = { questions: namesIn("questions"), races: namesIn("races") };

const load = (name) =>
  import(new URL(`${QUESTIONS.races.includes(name) ? "races" : "questions"}/${name}.mjs`, here).href);

/** The answer with what one must know to judge it. */
export async function answer(name, quick) {
  const { question, measure } = await load(name);
  const start = performance.now();
  const head = {
    question,
    command: `npm run bench -- ${name}${quick ? " --quick" : ""}`,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${process.platform} ${process.arch}`,
    node: process.version,
    load: Number(loadavg()[0].toFixed(1)), // before it begins: what other programs do
  };
  const results = await measure(quick);
  return { ...head, seconds: Math.round((performance.now() - start) / 1000), ...results };
}

/** The text between two marks of bench/README.md: where, when and how, and the table. */
export async function section(name, report) {
  const { command, date, machine, node, load: atFirst, seconds } = report;
  const inAll = seconds === undefined ? "" : `, ${seconds} s in all`;
  const facts = `\`${command}\`, ${date}, ${machine}, Node ${node.slice(1)}, load at first ${atFirst}${inAll}.`;
  return `${facts}\n\n${(await load(name)).table(report)}`;
}

/** bench/README.md with the section of that question replaced. */
export function withSection(readme, name, text) {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [readme.indexOf(from), readme.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`bench/README.md: has no place for ${name}`);
  return `${readme.slice(0, start)}${from}\n\n${text}\n\n${readme.slice(end)}`;
}

/** JSON with every list of numbers, and every object without another in it, on one line. */
function inLines(report) {
  const joined = (text) => text.replace(/\s*\n\s*/g, " ");
  return JSON.stringify(report, null, 2)
    .replace(/\[[^[\]{}]*\]/g, joined)
    .replace(/\{[^{}]*\}/g, joined);
}

async function listAll() {
  console.log("npm run bench -- NAME … [--quick]");
  for (const [folder, names] of Object.entries(QUESTIONS)) {
    console.log(`\n${folder}${folder === "races" ? " (with the peers that `npm ci --prefix bench` installs)" : ""}`);
    for (const name of names) console.log(`  ${name.padEnd(14)}${(await load(name)).question}`);
  }
}

async function main(words) {
  const quick = words.includes("--quick");
  const names = words.filter((word) => word !== "--quick").flatMap((word) => QUESTIONS[word] ?? [word]);
  const unknown = names.find((name) => !Object.values(QUESTIONS).flat().includes(name));
  if (unknown !== undefined) console.error(`bench: no such question: ${unknown}\n`);
  if (names.length === 0 || unknown !== undefined) return (await listAll()) ?? Number(unknown !== undefined);
  if (names.length > 1) {
    const flags = quick ? ["--quick"] : [];
    const statusOf = (name) =>
      spawnSync(process.execPath, [...process.execArgv, process.argv[1], name, ...flags], { stdio: "inherit" }).status;
    return names.map(statusOf).some((status) => status !== 0) ? 1 : 0;
  }
  const [name] = names;
  const report = await answer(name, quick);
  const text = await section(name, report);
  console.log(`${report.question}\n\n${aligned(text)}\n`);
  for (const sentence of report.wrong ?? []) console.error(sentence);
  if (report.wrong?.length > 0) return 1;
  if (quick) return 0;
  writeFileSync(new URL(`results/${name}.json`, here), `${inLines(report)}\n`);
  const readme = new URL("README.md", here);
  writeFileSync(readme, withSection(readFileSync(readme, "utf8"), name, text));
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch(({ message, stack }) => {
    console.error(message.startsWith("bench: ") ? message : stack);
    return 1;
  });
}
