// Tests the tests: applies one fault of scripts/mutants/list.mjs after the other to a copy of the project, and runs the
// tests that should notice. A fault that none of them notices has survived, and the exit code is 1.
//
//   npm run mutants              all of them; writes docs/mutants.md
//   npm run mutants -- qr exp    those whose name contains one of the words; writes nothing

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./list.mjs";

/** @typedef {import("./list.mjs").Mutant} Mutant */
/** @typedef {{ mutant: Mutant, killer: string | null }} Verdict */

const root = fileURLToPath(new URL("../../", import.meta.url));
const words = process.argv.slice(2);
const chosen = MUTANTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const copy = mkdtempSync(join(tmpdir(), "diffeo-mutants-"));
try {
  const tracked = execFileSync("git", ["ls-files", "src", "test", "*.json", "*.ts"], { cwd: root, encoding: "utf8" });
  for (const file of tracked.trim().split("\n")) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const mutant of chosen) checkPlace(mutant);
  checkUntouched();
  const verdicts = chosen.map(judge);
  const survivors = verdicts.filter(({ killer }) => killer === null);
  console.log(`${verdicts.length - survivors.length} of ${verdicts.length} mutants killed`);
  if (words.length === 0) writeFileSync(join(root, "docs", "mutants.md"), report(verdicts));
  if (survivors.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/**
 * A fault must have one place to be put, and tests: one that is not there fails without it, too.
 *
 * @param {Mutant} mutant
 */
function checkPlace({ name, file, find, tests }) {
  const places = readFileSync(join(copy, file), "utf8").split(find).length - 1;
  if (places !== 1) throw new Error(`mutants: ${name}: ${file} must hold this once, not ${places} times: ${find}`);
  const missing = tests.find((test) => !existsSync(join(copy, test)));
  if (missing !== undefined) throw new Error(`mutants: ${name}: there is no ${missing} among the tracked files`);
}

/** Without a fault all tests must pass: otherwise anything would count as killed. */
function checkUntouched() {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const failed = firstFailure(tests, 15);
  if (failed !== null) throw new Error(`mutants: the tests fail without any fault: ${failed}`);
}

/**
 * @param {Mutant} mutant
 * @returns {Verdict}
 */
function judge(mutant) {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, "utf8");
  writeFileSync(
    path,
    original.replace(mutant.find, () => mutant.replace),
  );
  const killer = firstFailure(mutant.tests);
  writeFileSync(path, original);
  console.log(`${killer === null ? "SURVIVED" : "killed  "}  ${mutant.name}${killer === null ? "" : `  ← ${killer}`}`);
  return { mutant, killer };
}

/**
 * The name of the first test that fails, or null if all pass.
 *
 * @param {readonly string[]} tests
 * @param {number} [minutes] how long they may take
 * @returns {string | null}
 */
function firstFailure(tests, minutes = 2) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", ...tests, "--bail", "1", "--reporter", "json", "--silent"];
  const { stdout, status, signal } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: "utf8",
    timeout: 60_000 * minutes,
  });
  if (signal !== null) return `the time limit of ${minutes} minutes: the fault never ends`;
  if (status === 0) return null;
  const start = stdout.indexOf('{"numTotalTestSuites"');
  if (start < 0) return "a file that cannot be loaded";
  /** @type {{ testResults: { name: string, message: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const { testResults } = JSON.parse(stdout.slice(start, stdout.lastIndexOf("}") + 1));
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find((result) => result.status === "failed");
    if (failed !== undefined) return `${name.slice(name.indexOf("/test/") + 1)}: ${failed.fullName.trim()}`;
  }
  return "a file that cannot be loaded";
}

/** @param {Verdict[]} verdicts */
function report(verdicts) {
  const killed = verdicts.filter(({ killer }) => killer !== null).length;
  const cell = (/** @type {string} */ text) => text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
  const rows = verdicts.map(
    ({ mutant, killer }) =>
      `| ${mutant.name} | \`${mutant.file.replace("src/", "")}\` | \`${cell(mutant.find)}\` | \`${cell(mutant.replace) || " "}\` | ${
        killer === null ? "**survived**" : cell(killer)
      } |`,
  );
  return `# The tests, tested

Each row is a fault that was put into the source on purpose, alone, and the first test that noticed it. Written by \`npm run mutants\` on
${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0].model}: ${killed} of ${verdicts.length} killed.

| fault | file in src | instead of | it says | killed by |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
