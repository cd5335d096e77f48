// What every race does with its contestants: compares their numbers, takes their times, and writes them into tables.

import { useKernels } from "../../dist/index.js";
import { largestDifference, short, timesOf } from "./measure.mjs";
import { gatherPeers } from "./peers.mjs";
import { markdown, number } from "./table.mjs";

/**
 * One who takes part, if that peer is here: `make(peer)` gives { values, run } or { values, time }, or a promise of them; or { missing }, why it
 * cannot. `values()` are the numbers by which it is compared with the first contestant; they are asked for once, before anything is timed.
 * `end()`, if there is one, is called when all has been timed.
 */
export function contestant(name, peer, make, precision = 64) {
  return { name, peer, make, precision };
}

/** What takes part if its calls give arrays; … */
export const arraysOf = (run) => ({ values: () => run().data, run });
/** … if they stay in a memory of numpy-ts: left to be collected, they fill it. */
export const freed = (run) => ({ values: () => run().data, run: () => run().dispose() });
/** An array as one of numpy-ts, and of deepbox. */
export const numpyTsArray = (np, { data, shape }) => np.array(data).reshape([...shape]);
export const deepboxArray = ({ ndarray: { Tensor } }, { data, shape }) =>
  Tensor.fromTypedArray({ data, shape: [...shape], dtype: "float64", device: "cpu" });

/** diffeo, and diffeo on its plain loops. */
export function ours(make, name = "diffeo") {
  const onPlainLoops = (run) => {
    useKernels("plain");
    try {
      return run();
    } finally {
      useKernels("simd");
    }
  };
  const plain = () => {
    const { values, run } = make();
    return { values: () => onPlainLoops(values), run: () => onPlainLoops(run) };
  };
  return [contestant(name, null, make), contestant(`${name}, plain loops`, null, plain)];
}

/**
 * The `measure` of a race. `ask(table, quick, part)` fills its tables: `table(title, unit, value)` gives a function that races the contestants
 * of one column, and gives that column; `value(milliseconds, work)` is in that unit. `gather(quick)`, an option, gives other peers than usual.
 */
export const race = (ask) => async (quick, options) => {
  const { part, gather = gatherPeers } = options ?? {};
  const company = await gather(quick);
  const tables = [];
  const wrong = [];

  function table(title, unit, value = (milliseconds) => milliseconds) {
    const columns = [];
    tables.push({ title, unit, columns });
    async function column(name, contestants, { work = 1, seconds, tolerances, pace }) {
      const prepared = [];
      for (const one of contestants) prepared.push(await prepare(one, prepared[0]?.expected, tolerances));
      const racing = prepared.filter(({ clock }) => clock !== undefined && prepared[0].clock !== undefined);
      const times = await timesOf(
        racing.map(({ clock }) => clock),
        quick ? 0 : seconds,
        pace,
      );
      for (const { end } of prepared) end?.();
      const inUnit = (milliseconds) => short(value(milliseconds, work));
      racing.forEach(({ entry }, k) => {
        const { minimum, median, quartiles, samples } = times[k];
        const ratios = { ratio: short(median / times[0].median), ratioOfMinima: short(minimum / times[0].minimum) };
        const all = { minimum: inUnit(minimum), median: inUnit(median), quartiles: quartiles.map(inUnit), samples };
        Object.assign(entry, all, ratios);
      });
      const result = { name, entries: prepared.map(({ entry }) => entry) };
      columns.push(result);
      return result;
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

  async function prepare({ name, peer, make, precision }, expected, tolerances) {
    const entry = { name, precision };
    const ready = peer === null ? null : await company.peer(peer);
    if (peer !== null && ready === null) return { entry: { ...entry, missing: company.missing ?? "not here" } };
    try {
      const made = await make(ready);
      if (made.missing !== undefined) return { entry: { ...entry, missing: made.missing } };
      const values = await made.values();
      entry.difference = largestDifference(values, expected ?? values);
      if (!(entry.difference <= tolerances[precision])) {
        wrong.push(`${name} computes other numbers: ${entry.difference} apart, more than ${tolerances[precision]}`);
        return { entry: { ...entry, missing: "other numbers" } }; // how long that takes says nothing
      }
      return { entry, expected: values, clock: made.run ?? made, end: made.end };
    } catch (error) {
      if (expected === undefined) throw error; // without the first one there is no race
      wrong.push(`${name} failed: ${error.message}`);
      return { entry: { ...entry, missing: "failed" } };
    }
  }

  try {
    await ask(table, quick, part);
  } finally {
    company.end();
  }
  const { versions, blas, facts } = company;
  return { versions, ...(blas === undefined ? {} : { blas }), ...facts, wrong, tables };
};

const NATIVE = /^(NumPy|SciPy|PyTorch)/;
/** Closer than this nobody is faster. */
const ALIKE = 0.95;

/** The median ± half the distance of the quartiles, and in brackets its time in units of the first contestant's. */
function cellText({ missing, quotient, median, quartiles: [lower, upper] = [], samples, ratio }, isFirst) {
  if (missing !== undefined) return missing;
  if (median === undefined) return Number.isFinite(quotient) ? number(quotient) : "";
  const spread = samples === 1 ? "once" : `±${Math.abs(Math.round((50 * (upper - lower)) / median))}%`;
  return `${number(median)} ${spread}${isFirst ? "" : ` (${number(ratio)}×)`}`;
}

export const differenceText = (difference) => (difference === 0 ? "0" : difference.toExponential(0).replace("e+0", ""));

/** Everyone but diffeo who takes less time, and where. */
function whoIsFaster(columns) {
  const names = columns[0].entries.map(({ name }) => name).filter((name) => !name.startsWith("diffeo"));
  const ahead = names.flatMap((name) => {
    const places = columns.flatMap((column) => {
      const { ratio } = column.entries.find((entry) => entry.name === name);
      return ratio < ALIKE ? [`${number(1 / ratio)}× at ${column.name}`] : [];
    });
    return places.length === 0 ? [] : [`**${name}** ${places.join(", ")}`];
  });
  return ahead.length === 0 ? "" : `\n\nFaster than diffeo: ${ahead.join("; ")}.`;
}

/** The tables of a race in Markdown, each with the BLAS of those in it who have one, and with those who are faster. */
export function raceTables({ tables, versions, blas = "not recorded" }) {
  const texts = tables.map(({ title, unit, columns }) => {
    const names = columns[0].entries.map(({ name }) => name);
    const rows = names.map((name, k) => {
      const entries = columns.map((column) => column.entries[k]);
      const differences = entries.flatMap(({ difference }) => (difference === undefined ? [] : [difference]));
      const largest = k === 0 || differences.length === 0 ? "" : differenceText(Math.max(...differences));
      return [name, ...entries.map((entry) => cellText(entry, k === 0)), largest];
    });
    const native = columns[0].entries.some(({ name, missing }) => NATIVE.test(name) && missing === undefined);
    const head = ["", ...columns.map(({ name }) => name), "largest difference"];
    return `**${title}**; ${unit}${native ? `; BLAS of Python: ${blas}` : ""}\n\n${markdown(head, rows)}${whoIsFaster(columns)}`;
  });
  const list = Object.entries(versions).map((nameAndVersion) => nameAndVersion.join(" "));
  return [...texts, `Peers: ${list.join(", ")}.`].join("\n\n");
}
