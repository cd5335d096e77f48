// The tables of races against one library of Python: a row for each contestant, with its time in units of diffeo's.

import { differenceText } from "./race.mjs";
import { markdown, number } from "./table.mjs";

/** What these races call some contestants. */
export const TWO_THREADS = "diffeo, two threads";
export const OWN_THREADS = "its own threads";

/** All parts that have been measured, in Markdown. */
export function versusTables(library, answers) {
  return Object.values(answers)
    .map((answer) => [...answer.tables.map((each) => tableText(library, each)), factsOf(answer)].join("\n\n"))
    .join("\n\n");
}

function tableText(library, { title, unit, columns }) {
  const head = ["", "", "minimum", "median", "÷ diffeo, minima", "÷ diffeo, medians", "apart"];
  const rows = columns.flatMap(({ name, entries }) =>
    entries.map((entry, k) => [k === 0 ? name : "", entry.name, ...cells(entry, k === 0)]),
  );
  const notes = [threadsNote(columns), sizesNote(columns)].filter((note) => note !== "");
  return [`**${title}**; ${unit}; ${library} ÷ diffeo above 1: diffeo is faster`, markdown(head, rows), ...notes].join(
    "\n\n",
  );
}

function cells({ missing, minimum, median, ratioOfMinima, ratio, difference }, isFirst) {
  const apart = isFirst || difference === undefined ? "" : differenceText(difference);
  if (missing !== undefined || median === undefined) return [missing ?? "", "", "", "", apart];
  const ratios = isFirst ? ["", ""] : [ratioOfMinima, ratio].map(number);
  return [number(minimum), number(median), ...ratios, apart];
}

/** Threads against threads. */
function threadsNote(columns) {
  const places = columns.flatMap(({ name, entries }) => {
    const ours = entries.find((entry) => entry.name === TWO_THREADS && entry.median !== undefined);
    if (ours === undefined) return [];
    const theirs = entries.filter((entry) => entry.name.endsWith(OWN_THREADS) && entry.median !== undefined);
    return theirs.map((entry) => {
      const [minima, medians] = ["minimum", "median"].map((what) => number(entry[what] / ours[what]));
      return `${name}: ${entry.name} ${minima} by minima, ${medians} by medians`;
    });
  });
  return places.length === 0 ? "" : `In units of diffeo with two threads: ${places.join("; ")}.`;
}

/** For each width of nets, and each way of using the library, from how many rows on it is faster than diffeo. */
function sizesNote(columns) {
  if (columns.some(({ width }) => width === undefined)) return "";
  const widths = [...new Set(columns.map(({ width }) => width))];
  const ways = [...new Set(columns.flatMap(({ entries }) => entries.slice(1).map(({ name }) => name)))];
  const sentences = ways.flatMap((way) => {
    const places = widths.flatMap((width) => {
      const some = columns.filter((column) => column.width === width);
      const ratios = some.map(({ rows, entries }) => ({
        rows,
        ratio: entries.find(({ name }) => name === way)?.ratio,
      }));
      return ratios.some(({ ratio }) => ratio === undefined) ? [] : [`hidden ${width}×${width} ${fromWhere(ratios)}`];
    });
    return places.length === 0 ? [] : [`${way} is faster than diffeo, by medians, with ${places.join(", ")}.`];
  });
  return sentences.join(" ");
}

/** At how many rows the ratio is below 1. */
function fromWhere(ratios) {
  const faster = ratios.filter(({ ratio }) => ratio < 1).map(({ rows }) => rows.toLocaleString("en"));
  const last = ratios.findLastIndex(({ ratio }) => !(ratio < 1)); // after it they all are
  if (faster.length === 0) return "never";
  if (last < 0) return "always";
  if (ratios.length - 1 - last === faster.length) return `from ${faster[0]} rows on`;
  return `at ${faster.join(" and ")} rows`;
}

function factsOf({ versions, blas, products, vectors, cores }) {
  const list = Object.entries(versions).map((nameAndVersion) => nameAndVersion.join(" "));
  const sentences = [
    `Peers: ${list.join(", ") || "not here"}.`,
    ...(blas === undefined ? [] : [`BLAS that Python has loaded: ${blas}.`, ...(products === "" ? [] : [products])]),
    `Vectors of native code: ${vectors}; of WebAssembly: two float64.`,
    `${cores[0].toUpperCase()}${cores.slice(1)}.`,
  ];
  return sentences.join(" ");
}
