// Runs every program of docs/lecture.md: draws its pictures into docs/pictures, and writes what it prints where the page shows it.
//
//   npm run lecture                     all of them
//   npm run lecture -- two-x clock      some
//
// The same machine or another, pictures and outputs are the same, to the byte; but for times, which stay as they were if nothing else
// has changed.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = `${root}docs/lecture.md`;

/** A program that a page shows, and what it prints there. @typedef {{ name: string, printed: string }} Program */

const SHOWN = /`node examples\/lecture\/([\w-]+)\.js` prints\n\n```text\n([\s\S]*?)```\n/g;

/** @param {string} markdown @returns {Program[]} the programs of a page, in its order */
export function programsIn(markdown) {
  return Array.from(markdown.matchAll(SHOWN), ([, name, printed]) => ({ name, printed }));
}

/** A text without its times, which no two runs have in common. @param {string} text */
export function withoutTimes(text) {
  return text.replace(/ *\d+(?:\.\d+)? (?:µs|ms)\b/g, " (time)");
}

/**
 * Runs a program on the built library, and returns what it prints.
 *
 * @param {string} name
 * @param {string} folder into which it draws
 */
export function run(name, folder) {
  return execFileSync(process.execPath, [`${root}examples/lecture/${name}.js`, folder], { encoding: "utf8" });
}

function main() {
  const names = process.argv.slice(2).map((name) => name.replace(/\.js$/, ""));
  const markdown = readFileSync(page, "utf8");
  const programs = programsIn(markdown);
  const unknown = names.filter((name) => !programs.some((program) => program.name === name));
  if (unknown.length > 0) {
    console.error(
      `docs/lecture.md shows no ${unknown.join(", ")}; it shows ${programs.map(({ name }) => name).join(", ")}`,
    );
    process.exit(1);
  }
  const printed = new Map();
  for (const { name, printed: before } of programs.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const now = run(name, `${root}docs/pictures`);
    printed.set(name, withoutTimes(now) === withoutTimes(before) ? before : now);
    console.log(`== ${name}\n${now}`);
  }
  const filled = markdown.replace(SHOWN, (shown, name, before) =>
    printed.has(name) ? shown.replace(`\`\`\`text\n${before}`, () => `\`\`\`text\n${printed.get(name)}`) : shown,
  );
  if (filled !== markdown) writeFileSync(page, filled);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
