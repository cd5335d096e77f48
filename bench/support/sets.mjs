// The tables of bench/data, and how they are split.

import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { readTable, Tensor } from "../../dist/index.js";

const data = new URL("../data/", import.meta.url);
const examples = new URL("../../examples/data/", import.meta.url);

/** Scores of others on the same tables: see bench/data/README.md. */
export const REFERENCES = JSON.parse(readFileSync(new URL("references.json", data), "utf8"));

/** Where a table is: some are among the examples. */
function fileOf(name) {
  const found = [data, examples].flatMap((folder) =>
    readdirSync(folder).flatMap((file) => (/^[^.]+\.csv(\.gz)?$/.test(file) ? [{ folder, file }] : [])),
  );
  const { folder, file } = found.find(({ file }) => file.split(".")[0] === name);
  return new URL(file, folder);
}

/**
 * A table: x [N, D], of the last column apart its `labels` where it is a class, and one mark for each row: T, V or E, or the number of a fold.
 *
 * @param {string} name
 * @param {boolean} [labelled] whether the last column is a class
 */
export async function readSet(name, labelled = false) {
  const table = await readTable(createReadStream(fileOf(name)));
  const names = labelled ? table.names.slice(0, -1) : table.names;
  const marksFile = readdirSync(data).find((file) => file.startsWith(`${name}.`) && file.endsWith(".txt"));
  const marks = readFileSync(new URL(marksFile, data), "utf8").trim();
  if (marks.length !== table.rows) throw new Error(`${name}: ${table.rows} rows, but ${marks.length} marks`);
  const labels = labelled ? table.column(table.names.at(-1)).data : null;
  return { name, x: table.matrix(names), labels, marks, inFolds: marksFile.endsWith(".folds.txt") };
}

/** The numbers of the rows whose mark is as wanted, `most` of them at most. */
export function rowsOf({ marks }, wanted, most = Number.POSITIVE_INFINITY) {
  return [...marks].flatMap((mark, row) => (wanted(mark) ? [row] : [])).slice(0, most);
}

/** Some rows of x [N, D]. */
export function select({ data: values, shape: [, D] }, rows) {
  const chosen = new Float64Array(rows.length * D);
  rows.forEach((row, i) => {
    chosen.set(values.subarray(row * D, (row + 1) * D), i * D);
  });
  return new Tensor(chosen, [rows.length, D]);
}
