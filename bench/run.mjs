// The one entry to all that is measured:
//
//   npm run bench                                            what can be asked
//   npm run bench -- costs                                   builds, measures, prints a table
//   npm run bench -- races                                   all races, or several names: each in a process of its own
//   npm run bench -- density --only magic10,redwine          some parts of a question that has parts, each in a process of its own
//   npm run bench -- toys --seeds 1                          with fewer seeds than usual
//   npm run bench -- costs --quick                           tiny sizes, nothing is written: does it run?
//
// Answers go to bench/results/<name>.json, and as tables into bench/README.md. Each file of questions/ and races/ is a module with
// `question`, one sentence; `measure(quick)`, plain JSON or a promise of it; and `table(answer)`, Markdown. An answer `{ leftOut }` says why there
// is none, and is not kept.
//
// A question whose answer takes long may have `parts`, a list of names: then it is `measure(quick, { part, seeds })`, `seeds` being what
// was asked for or undefined; answers go to bench/results/<name>/<part>.json; and `table(answers)` gets those that there are, by part. `document` says
// where the table belongs, if not into bench/README.md, and `pictures(answers)` gives pictures, from path to text, or a promise of them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { aligned, markdown } from "./support/table.mjs";

const here = new URL("./", import.meta.url);
const root = new URL("../", here);
const namesIn = (folder) =>
  readdirSync(new URL(`${folder}/`, here)).flatMap((file) => (file.endsWith(".mjs") ? [file.slice(0, -4)] : []));

/** The names of all questions, by folder. */
export const QUESTIONS = { questions: namesIn("questions"), races: namesIn("races") };

const load = (name) =>
  import(new URL(`${QUESTIONS.races.includes(name) ? "races" : "questions"}/${name}.mjs`, here).href);

/** What is measured at one go, as bench/results has it: `costs`; of a question in parts `density/magic10` and the others, or `only` some. */
export async function tasksOf(name, only) {
  const { parts } = await load(name);
  if (parts === undefined && only !== undefined) throw new Error(`bench: ${name} has no parts to choose from`);
  const unknown = only?.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`bench: ${name} has no part ${unknown}, but ${parts.join(", ")}`);
  return parts?.filter((part) => only?.includes(part) ?? true).map((part) => `${name}/${part}`) ?? [name];
}

/** The answer with what one must know to judge it. */
export async function answer(task, quick, seeds) {
  const [name, part] = task.split("/");
  const { question, measure } = await load(name);
  const start = performance.now();
  const words = [
    ...(part === undefined ? [] : ["--only", part]),
    ...(seeds === undefined ? [] : ["--seeds", seeds]),
    ...(quick ? ["--quick"] : []),
  ];
  const head = {
    question,
    command: ["npm run bench --", name, ...words].join(" "),
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${process.platform} ${process.arch}`,
    node: process.version,
    load: Number(loadavg()[0].toFixed(1)), // before it begins: what other programs do
  };
  const results = await measure(quick, { part, seeds });
  return { ...head, seconds: Math.round((performance.now() - start) / 1000), ...results };
}

/** What bench/results has of a question: the answer; of a question in parts the answers that there are, by part. */
export async function answersTo(name) {
  const { parts } = await load(name);
  const read = (task) => JSON.parse(readFileSync(resultOf(task), "utf8"));
  if (parts === undefined) return read(name);
  return Object.fromEntries(
    parts.flatMap((part) => (existsSync(resultOf(`${name}/${part}`)) ? [[part, read(`${name}/${part}`)]] : [])),
  );
}

const resultOf = (task) => new URL(`results/${task}.json`, here);

/** The text between two marks of its document: where, when and how, and the table. Takes what {@link answersTo} gives. */
export async function section(name, report) {
  const { parts, table } = await load(name);
  if (parts !== undefined) return sectionOfParts(name, report, table);
  const { command, date, machine, node, load: atFirst, seconds } = report;
  const inAll = seconds === undefined ? "" : `, ${seconds} s in all`;
  const facts = `\`${command}\`, ${date}, ${machine}, Node ${node.slice(1)}, load at first ${atFirst}${inAll}.`;
  return `${facts}\n\n${table(report)}`;
}

function sectionOfParts(name, reports, table) {
  const all = Object.values(reports);
  if (all.length === 0) return `Not measured yet: \`npm run bench -- ${name}\`.`;
  const rows = all.map(({ command, date, machine, node, load: atFirst, seconds }) => [
    ...[`\`${command}\``, date, machine, node.slice(1), atFirst, seconds],
  ]);
  const how = markdown(["measured by", "on", "machine", "Node", "load at first", "seconds in all"], rows);
  return `${table(reports)}\n\n${how}`;
}

/** The document that shows a question, from the root. */
export async function documentOf(name) {
  return (await load(name)).document ?? "bench/README.md";
}

/** The pictures that a question draws of its answers, from path to text; none of no answers. */
export async function picturesOf(name, reports) {
  const { pictures } = await load(name);
  return pictures === undefined || Object.keys(reports).length === 0 ? {} : pictures(reports);
}

/** A document with the section of that question replaced. */
export function withSection(text, name, replacement, document = "bench/README.md") {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${document}: has no place for ${name}`);
  return `${text.slice(0, start)}${from}\n\n${replacement}\n\n${text.slice(end)}`;
}

/** JSON with every list of numbers, and every object without another in it, on one line. */
function inLines(report) {
  const joined = (text) => text.replace(/\s*\n\s*/g, " ");
  return JSON.stringify(report, null, 2)
    .replace(/\[[^[\]{}]*\]/g, joined)
    .replace(/\{[^{}]*\}/g, joined);
}

async function listAll() {
  console.log("npm run bench -- NAME … [--only PART,…] [--seeds N] [--quick]");
  for (const [folder, names] of Object.entries(QUESTIONS)) {
    console.log(`\n${folder}${folder === "races" ? " (with the peers that `npm ci --prefix bench` installs)" : ""}`);
    for (const name of names) {
      const { question, parts } = await load(name);
      console.log(`  ${name.padEnd(14)}${question}`);
      if (parts !== undefined) console.log(`${" ".repeat(16)}parts: ${parts.join(", ")}`);
    }
  }
}

/** The words of the command line; throws for those that it does not know. */
function wordsOf(args) {
  const text = { type: "string" };
  const options = { quick: { type: "boolean", default: false }, only: text, seeds: text };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const { quick, only, seeds } = values;
  if (seeds !== undefined && !/^[1-9]\d*$/.test(seeds)) throw new Error(`bench: --seeds is how many; got ${seeds}`);
  return { quick, only: only?.split(","), seeds: seeds && Number(seeds), asked: positionals };
}

/** Writes the answer down, and puts all that is known of its question into its document. */
async function keep(task, report) {
  const file = resultOf(task);
  mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
  writeFileSync(file, `${inLines(report)}\n`);
  const [name] = task.split("/");
  const reports = await answersTo(name);
  const path = await documentOf(name);
  const document = new URL(path, root);
  writeFileSync(document, withSection(readFileSync(document, "utf8"), name, await section(name, reports), path));
  for (const [picture, text] of Object.entries(await picturesOf(name, reports))) {
    writeFileSync(new URL(picture, root), text);
  }
}

async function main(args) {
  const { quick, only, seeds, asked } = wordsOf(args);
  const names = asked.flatMap((word) => QUESTIONS[word] ?? [word]);
  const unknown = names.find((name) => !Object.values(QUESTIONS).flat().includes(name));
  if (unknown !== undefined) console.error(`bench: no such question: ${unknown}\n`);
  if (names.length === 0 || unknown !== undefined) return (await listAll()) ?? Number(unknown !== undefined);
  const tasks = (await Promise.all(names.map((name) => tasksOf(name, only)))).flat();
  const inParts = tasks.every((task) => task.includes("/"));
  if (seeds !== undefined && !inParts) throw new Error("bench: --seeds is for questions in parts");
  if (tasks.length > 1) {
    const flags = [...(quick ? ["--quick"] : []), ...(seeds === undefined ? [] : ["--seeds", seeds])];
    const statusOf = (task) => {
      const [name, part] = task.split("/");
      const words = [name, ...(part === undefined ? [] : ["--only", part]), ...flags];
      return spawnSync(process.execPath, [...process.execArgv, process.argv[1], ...words], { stdio: "inherit" }).status;
    };
    return tasks.map(statusOf).some((status) => status !== 0) ? 1 : 0;
  }
  const [task] = tasks;
  const [name, part] = task.split("/");
  const report = await answer(task, quick, seeds);
  if (report.leftOut !== undefined) {
    console.log(`${report.question}\n\nLeft out: ${report.leftOut}.\n`);
    return 0;
  }
  const text = await section(name, part === undefined ? report : { [part]: report });
  console.log(`${report.question}\n\n${aligned(text)}\n`);
  for (const sentence of report.wrong ?? []) console.error(sentence);
  if (report.wrong?.length > 0) return 1;
  if (!quick) await keep(task, report);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2)).catch(({ code, message, stack }) => {
    console.error(message.startsWith("bench: ") || code?.startsWith("ERR_PARSE_ARGS") ? message : stack);
    return 1;
  });
}
