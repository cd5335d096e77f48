import { createReadStream, readFileSync } from "node:fs";
import * as arrow from "apache-arrow";
import { readTable, streamTable, type Table, type TableOptions } from "diffeo/io";
import { DiffeoError } from "diffeo/tensor";
import * as hyparquet from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { describe, expect, test } from "vitest";

const folder = new URL("cases/", import.meta.url);
const readers = { parquet: { ...hyparquet, compressors }, arrow };

/** The error with which reading the source is refused. */
async function refusal(...args: Parameters<typeof readTable>): Promise<DiffeoError & { line?: number }> {
  try {
    await readTable(...args);
  } catch (error) {
    if (error instanceof DiffeoError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const names = ["id", "x", "y", "income", "name", "ok", "day"];
const numbers = ["id", "x", "y", "income"];
const rowNames = "the first column has no name: row names, set aside";
const semicolons = 'cells are separated by ";"';
const tabs = "cells are separated by tabs";

/** What a file must be read as. */
interface Case {
  readonly file: string;
  readonly options?: TableOptions;
  readonly rows?: number;
  readonly names?: readonly string[];
  readonly numeric?: readonly string[];
  readonly notes: readonly string[];
  /** The first numbers of the columns that are chosen, x and y if absent. */
  readonly columns?: readonly string[];
  readonly first: readonly number[];
}

const cases: readonly Case[] = [
  { file: "r-m-write.csv", notes: [rowNames], first: [0.656206522442496, 1.08737423197399] },
  {
    file: "r-xy-rownames.csv",
    names: ["x", "y"],
    numeric: ["x", "y"],
    notes: [rowNames],
    first: [0.656206522442496, 1.08737423197399],
  },
  { file: "pd-na-default.csv", notes: [rowNames], columns: ["x"], first: [0.6562065224424964, -0.859210376096522] },
  {
    file: "r-na-write2.csv",
    notes: [semicolons, "decimal commas"],
    columns: ["x"],
    first: [0.656206522442496, -0.859210376096522],
  },
  {
    file: "pd-na-de.csv",
    notes: [semicolons, "decimal commas"],
    columns: ["x"],
    first: [0.6562065224424964, -0.859210376096522],
  },
  {
    file: "wine-like.csv",
    rows: 30,
    names: ["fixed acidity", "volatile acidity", "quality"],
    numeric: ["fixed acidity", "volatile acidity", "quality"],
    notes: [semicolons],
    columns: ["fixed acidity", "quality"],
    first: [7.1, 5, 7.11, 5],
  },
  { file: "excel-unicode.txt", notes: ["a text in UTF-16", tabs], first: [0.6562065224424964, 1.087374231973992] },
  { file: "duck-na.tsv", notes: [tabs], columns: ["x"], first: [0.6562065224424964] },
  {
    file: "pg-na-text.txt",
    options: { header: false },
    names: ["c1", "c2", "c3", "c4", "c5", "c6", "c7"],
    numeric: ["c1", "c2", "c3", "c4"],
    notes: ["there is no header: columns are called c1, c2, …", tabs],
    columns: ["c1", "c2"],
    first: [1, 0.6562065224424964, 2, -0.859210376096522],
  },
  {
    file: "de-header-comma.csv",
    rows: 30,
    names: ["Gewicht, kg", "Laenge, m"],
    numeric: ["Gewicht, kg", "Laenge, m"],
    notes: [semicolons, "decimal commas"],
    columns: ["Gewicht, kg", "Laenge, m"],
    first: [70.1, 1.5, 71.11, 1.51],
  },
  {
    file: "comma-name.csv",
    rows: 30,
    names: ["a,b", "y"],
    numeric: ["a,b", "y"],
    notes: [],
    columns: ["y", "a,b"],
    first: [1.3, 0.1],
  },
  {
    file: "np-nohead.csv",
    options: { header: false },
    names: ["c1", "c2"],
    numeric: ["c1", "c2"],
    notes: ["there is no header: columns are called c1, c2, …"],
    columns: ["c1", "c2"],
    first: [0.6562065224424964, 1.0873742319739921],
  },
  {
    file: "oct-csvwrite.csv",
    options: { header: false },
    names: ["c1", "c2", "c3"],
    numeric: ["c1", "c2", "c3"],
    notes: ["there is no header: columns are called c1, c2, …"],
    columns: ["c3"],
    first: [6221.28, 2535.09],
  },
  {
    file: "np-header.csv",
    names: ["x", "y"],
    numeric: ["x", "y"],
    notes: ["1 comment line above the table"],
    first: [0.6562065224424964, 1.0873742319739921],
  },
  {
    file: "gnuplot-table.txt",
    names: ["x", "y", "type"],
    numeric: ["x", "y"],
    notes: ["3 comment lines above the table", "cells are separated by blanks"],
    first: [0.656207, 1.08737, -0.85921, -1.99376],
  },
  {
    file: "units.csv",
    options: { skip: 1 },
    rows: 30,
    names: ["x", "y"],
    numeric: ["x", "y"],
    notes: ["the names are on line 1; 1 line below skipped"],
    first: [0.1, 1.3, 0.11, 1.37],
  },
  { file: "pd-inf-noindex.csv", numeric: ["id", "income"], notes: [], columns: ["income"], first: [6221.28, 2535.09] },
  { file: "pd-thousands.csv", numeric: ["id", "x", "y"], notes: [], first: [0.6562065224424964, 1.087374231973992] },
  { file: "exceljs-na.csv", notes: [], columns: ["x"], first: [0.6562065224424964] },
  { file: "pg-na.csv", notes: [], columns: ["x"], first: [0.6562065224424964] },
  { file: "sqlite-na.csv", notes: [], columns: ["x"], first: [0.656206522442496] },
  { file: "duck-m.csv.gz", notes: ["packed with gzip"], first: [0.6562065224424964, 1.0873742319739919] },
  { file: "duck-m.json", notes: ["JSON: an object per line"], first: [0.6562065224424964, 1.0873742319739919] },
  {
    file: "pd-m-lines.ndjson",
    numeric: [...numbers, "day"], // pandas writes days as milliseconds
    notes: ["JSON: an object per line"],
    first: [0.6562065224, 1.087374232],
  },
  {
    file: "np.npy",
    names: ["c1", "c2"],
    numeric: ["c1", "c2"],
    notes: ["an array of NumPy"],
    columns: ["c1", "c2"],
    first: [0.6562065224424964, 1.087374231973992],
  },
  {
    file: "np.npz",
    names: ["c1", "c2"],
    numeric: ["c1", "c2"],
    notes: ["arrays of NumPy"],
    columns: ["c1", "c2"],
    first: [0.6562065224424964, 1.087374231973992],
  },
  {
    file: "duck-m.parquet",
    options: { readers },
    notes: ["a Parquet file"],
    first: [0.6562065224424964, 1.0873742319739919],
  },
  {
    file: "polars-m.arrow",
    options: { readers },
    notes: ["an Arrow file"],
    first: [0.6562065224424964, 1.0873742319739919],
  },
];

describe("a table that a program has written", () => {
  test.each(cases)("is read: $file", async (row) => {
    const table = await readTable(createReadStream(new URL(row.file, folder)), row.options);
    expect(table.rows).toBe(row.rows ?? 40);
    expect(table.names).toEqual(row.names ?? names);
    expect(table.numericColumns).toEqual(row.numeric ?? numbers);
    expect(table.notes).toEqual(row.notes);
    const data = table.matrix(row.columns ?? ["x", "y"]).data;
    expect([...data.subarray(0, row.first.length)]).toEqual(row.first);
  });

  test.each(cases)("is the same in pieces, from bytes that come three at a time: $file", async (row) => {
    const bytes = readFileSync(new URL(row.file, folder));
    async function* crumbs(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3);
    }
    const whole = await readTable(bytes, row.options);
    const stream = await streamTable(crumbs(), row.options);
    const pieces: Table[] = [];
    for await (const piece of stream.pieces) pieces.push(piece);
    expect(stream.names).toEqual(whole.names);
    expect(stream.notes).toEqual(whole.notes);
    expect(stream.rowNames).toBe(whole.rowNames);
    for (const name of whole.names) expect(pieces.flatMap((piece) => piece.cells(name))).toEqual(whole.cells(name));
  });

  test.each([
    ["np-nohead.csv", {}, 1, /line 1 has numbers like the rows below: "6\.56.*header: false \(--no-header\)/],
    ["oct-csvwrite.csv", {}, 1, /header: false \(--no-header\)/],
    ["pg-na-text.txt", {}, 1, /header: false \(--no-header\)/],
    ["units.csv", {}, 2, /line 2 has "m", "s"; a row of units\? skip: 1 \(--skip 1\)/],
    ["exceljs-m.xlsx", {}, undefined, /got an Excel workbook; export it as CSV/],
    ["duck-m.parquet", {}, undefined, /npm install hyparquet hyparquet-compressors/],
    ["polars-m.arrow", {}, undefined, /npm install apache-arrow/],
    [
      "pd-na-de.csv",
      { separator: "," },
      2,
      /every row must have as many cells as the header; line 2 has 5, the header 1; are commas decimal\?/,
    ],
  ] as const)("is refused with a remedy: %s %o", async (file, options, line, message) => {
    const error = await refusal(createReadStream(new URL(file, folder)), options);
    expect(error.message).toMatch(message);
    expect(error.line).toBe(line);
  });

  test("has infinities that are refused by line, and that dropMissing leaves out", async () => {
    const table = await readTable(createReadStream(new URL("pd-inf-noindex.csv", folder)));
    expect(() => table.matrix(["x", "y"])).toThrow(
      'matrix: cells must be finite numbers; got "inf" on line 6 in column "x"; dropMissing() leaves such rows out',
    );
    const finite = table.dropMissing(["x", "y"]);
    expect([finite.rows, finite.dropped]).toEqual([37, 3]); // and one blank
    expect(finite.matrix(["x", "y"]).shape).toEqual([37, 2]);
    expect(table.columnReports[1]).toMatchObject({
      numbers: 38,
      blanks: 1,
      infinities: 1,
      texts: 0,
      firstInfinite: { line: 6, cell: "inf" },
    });
  });

  test("has columns that are set aside with the reason and the first such cell", async () => {
    const table = await readTable(createReadStream(new URL("pd-thousands.csv", folder)));
    expect(table.setAside).toEqual([
      { name: "income", reason: "thousands separators", line: 2, cell: "6,221.28" },
      { name: "name", reason: "text", line: 2, cell: "Smith, John" },
      { name: "ok", reason: "true/false", line: 2, cell: "True" },
      { name: "day", reason: "dates", line: 2, cell: "2024-01-02" },
    ]);
    expect(() => table.column("income")).toThrow(
      /"6,221\.28" on line 2 in column "income"; write plain numbers, without thousands/,
    );
  });

  test("has missing cells, which are dropped and counted", async () => {
    for (const file of [
      "r-na-write2.csv",
      "pd-na-de.csv",
      "duck-na.tsv",
      "pg-na.csv",
      "sqlite-na.csv",
      "exceljs-na.csv",
    ]) {
      const table = await readTable(createReadStream(new URL(file, folder)));
      expect([file, table.missing(["y"])]).toEqual([file, [4]]);
      expect(table.dropMissing(["y"]).matrix(["x", "y"]).shape).toEqual([39, 2]);
    }
  });

  test("keeps its row names, which are no column but have cells", async () => {
    const table = await readTable(createReadStream(new URL("pd-na-default.csv", folder)));
    expect(table.rowNames).toBe("row name");
    expect(table.names).not.toContain("row name");
    expect(table.cells("row name").slice(0, 3)).toEqual(["0", "1", "2"]);
  });

  test("keeps quotes that a tab-separated file has inside a text", async () => {
    const pg = await readTable(createReadStream(new URL("pg-na-text.txt", folder)), { header: false });
    const duck = await readTable(createReadStream(new URL("duck-na.tsv", folder)));
    expect([pg.cells("c5")[2], duck.cells("name")[2]]).toEqual(['the "big" one', 'the "big" one']);
  });
});
