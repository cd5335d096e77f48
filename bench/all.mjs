// Asks all questions, each in a process of its own; writes results/DATE.json and RACES.md.
//
//   npm run build && node bench/all.mjs
//   node bench/all.mjs products steps      these again; the others stay as they are in the results of the day

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { circumstances } from "./support/question.mjs";
import { readme } from "./support/races.mjs";

const QUESTIONS = ["products", "solving", "functions", "overhead", "steps", "maf", "growth"];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const results = { command: "node bench/all.mjs", ...circumstances(), questions: [] };
const words = process.argv.slice(2);
const unknown = words.find((word) => !QUESTIONS.includes(word));
if (unknown !== undefined) throw new Error(`all: the questions are ${QUESTIONS.join(", ")}; got ${unknown}`);
const known =
  words.length === 0 ? [] : JSON.parse(readFileSync(here(`results/${results.date}.json`), "utf8")).questions;
const folder = mkdtempSync(join(tmpdir(), "diffeo-bench-"));
for (const name of QUESTIONS) {
  const command = `node bench/${name}.mjs`;
  const before = known.find((answer) => answer.command === command);
  if (before !== undefined && !words.includes(name)) {
    results.questions.push(before);
    continue;
  }
  const file = join(folder, `${name}.json`);
  const { status } = spawnSync(process.execPath, [here(`${name}.mjs`), "--json", file], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
  try {
    const { question, load, python, wrong, tables } = JSON.parse(readFileSync(file, "utf8"));
    results.questions.push({ question, command, load, wrong, python, tables });
  } catch {
    console.error(`${name} did not come to its end`);
    process.exitCode = 1;
  }
}
rmSync(folder, { recursive: true });

mkdirSync(here("results/"), { recursive: true });
writeFileSync(here(`results/${results.date}.json`), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(here("RACES.md"), readme(results));
