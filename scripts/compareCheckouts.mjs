// The frame of scripts/compare-steps.mjs and scripts/compare-scoring.mjs: the same is measured here and in another checkout of the project,
// both of them built, in turn, each time in a process of its own.

import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { basename, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Runs a script as it was called, `SCRIPT ../other-checkout [rounds]`: measures and reports what came of all rounds, or, in a process that was
 * started to measure, does that.
 *
 * @template Answer what is measured, as JSON has it
 * @param {string} url of the script
 * @param {number} rounds unless the command names another number
 * @param {(library: any) => Promise<Answer> | Answer} measure
 * @param {(ours: Answer[], theirs: Answer[]) => void} report
 */
export async function compareCheckouts(url, rounds, measure, report) {
  const script = fileURLToPath(url);
  const [first, second] = process.argv.slice(2);
  if (first === "--measure") {
    const library = await import(pathToFileURL(resolve(second, "dist/index.js")).href);
    console.log(JSON.stringify(await measure(library)));
  } else if (first === undefined) {
    console.error(`${basename(script, ".mjs")}: say where the other checkout is`);
    process.exitCode = 1;
  } else {
    const count = Number(second ?? rounds);
    /** @type {[Answer[], Answer[]]} */
    const [ours, theirs] = [[], []];
    const here = fileURLToPath(new URL("../", import.meta.url));
    /** @param {string} folder */
    const answerOf = (folder) =>
      JSON.parse(execFileSync(process.execPath, [script, "--measure", folder], { encoding: "utf8" }));
    for (let round = 0; round < count; round++) {
      theirs.push(answerOf(resolve(first)));
      ours.push(answerOf(here));
    }
    console.log(`${count} rounds, ${cpus().length} × ${cpus()[0].model}, Node ${process.version}`);
    report(ours, theirs);
  }
}

/** Minimum, median and maximum. @param {readonly number[]} values */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { minimum: sorted[0], median: sorted[sorted.length >> 1], maximum: sorted[sorted.length - 1] };
}
