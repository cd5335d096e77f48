// What every question does with its contestants: compares their numbers, lets them race, prints, and writes.

import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { CLOCK, largestDifference, race, timeOf } from "./measure.mjs";
import { packageVersions } from "./peers.mjs";
import { terminalTable } from "./table.mjs";

/** What the numbers depend on besides the code. */
export function circumstances() {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${process.platform} ${process.arch}`,
    node: process.version,
    load: loadavg()[0],
    clock: CLOCK,
    packages: packageVersions(),
  };
}

/**
 * One who takes part, if it is here: `make()` gives { values, run } or { values, time }, or a promise of them. `values()` are the
 * numbers by which it is compared with the first contestant; they are asked for once, before anything is timed.
 */
export function contestant(name, here, make, precision = 64) {
  return { name, here: Boolean(here), make, precision };
}

const short = (value) => Number(value.toPrecision(4));

/**
 * A question, its tables, and its end.
 *
 * `table(title, unit, value)` gives a function that races the contestants of one column; `value` turns milliseconds into the unit.
 */
export function question(title) {
  const start = circumstances();
  const tables = [];
  let wrong = 0;
  const complain = (sentence) => {
    wrong++;
    console.error(sentence);
  };

  function table(tableTitle, unit, value = (milliseconds) => milliseconds) {
    const columns = [];
    tables.push({ title: tableTitle, unit, columns });
    async function column(name, contestants, { work = 1, seconds, tolerances }) {
      const entries = await prepare(contestants, tolerances);
      const times = await race(
        entries.filter(({ time }) => time !== undefined),
        seconds,
      );
      const own = times[0].median;
      for (const { median, lower, upper, rounds, name: who } of times) {
        const entry = entries.find((each) => each.name === who);
        delete entry.time;
        const inUnit = (milliseconds) => short(value(milliseconds, work));
        Object.assign(entry, { median: inUnit(median), lower: inUnit(lower), upper: inUnit(upper), rounds });
        entry.ratio = short(median / own);
      }
      columns.push({ name, entries });
    }
    /** The last column over the one before it. */
    column.quotient = (name) => {
      const [under, over] = columns.slice(-2);
      const entries = over.entries.map(({ name: who, median }, k) => ({
        name: who,
        quotient: short(median / under.entries[k].median),
      }));
      columns.push({ name, entries });
    };
    return column;
  }

  async function prepare(contestants, tolerances) {
    const entries = [];
    let expected;
    for (const { name, here, make, precision } of contestants) {
      const entry = { name, precision };
      entries.push(entry);
      if (!here) {
        entry.missing = "not here";
        continue;
      }
      try {
        const made = await make();
        const values = await made.values();
        expected ??= values;
        entry.difference = largestDifference(values, expected);
        entry.time = made.time ?? timeOf(made.run);
      } catch (error) {
        if (expected === undefined) throw error; // without the first one there is no race
        entry.missing = "failed";
        complain(`${name} failed: ${error.message}`);
        continue;
      }
      if (!(entry.difference <= tolerances[precision])) {
        complain(`${name} computes other numbers: ${entry.difference} apart, more than ${tolerances[precision]}`);
      }
    }
    return entries;
  }

  /** Prints the tables, and writes them where `--json FILE` says. */
  function end(more = {}) {
    const result = { question: title, ...start, ...more, wrong, tables };
    console.log(`\n${title}\n${start.date}, ${start.machine}, Node ${start.node}, load ${start.load.toFixed(1)}\n`);
    for (const each of tables) console.log(`${terminalTable(each)}\n`);
    const at = process.argv.indexOf("--json");
    if (at > 0) writeFileSync(process.argv[at + 1], JSON.stringify(result));
    if (wrong > 0) process.exitCode = 1;
  }
  return { table, end };
}
