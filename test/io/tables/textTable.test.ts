import { CsvError, readTable, type TableOptions } from "diffeo/io";
import { describe, expect, test } from "vitest";

const numbered = "there is no header: columns are called c1, c2, …";
const rowNames = "the first column has no name: row names, set aside";
const blanks = "cells are separated by blanks";
const bars = 'cells are separated by "|"';
const ruled = "a ruled line below the header";

/** A text, and what its columns are called and hold. */
interface Row {
  readonly writer: string;
  readonly text: string;
  readonly options?: TableOptions;
  readonly columns: Readonly<Record<string, readonly (number | string)[]>>;
  readonly notes?: readonly string[];
}

/** The cells of a text column, the numbers of others: what is missing is NaN. */
async function columnsOf(text: string, options?: TableOptions): Promise<{ columns: object; notes: readonly string[] }> {
  const table = await readTable(text, options);
  const entries = table.names.map((name): [string, (number | string)[]] => {
    if (!table.numericColumns.includes(name)) return [name, table.cells(name)];
    const lines = table.missing([name]);
    const known = [...table.dropMissing([name]).column(name).data];
    return [
      name,
      Array.from({ length: table.rows }, (_, i) =>
        lines.includes(table.lineOf(i)) ? Number.NaN : (known.shift() ?? "lost"),
      ),
    ];
  });
  return { columns: Object.fromEntries(entries), notes: table.notes };
}

const rows: readonly Row[] = [
  {
    writer: "R's write.table",
    text: '"temp" "city" "mass"\n"1" 21.5 "Aix, FR" NA\n"2" 22.5 "Köln" 70.25\n"3" 20.5 "a b" 71\n',
    columns: { temp: [21.5, 22.5, 20.5], city: ["Aix, FR", "Köln", "a b"], mass: [Number.NaN, 70.25, 71] },
    notes: [rowNames, blanks],
  },
  {
    writer: "R's write.table of one column",
    text: '"x"\n"1" 0.5\n"2" 6\n',
    columns: { x: [0.5, 6] },
    notes: [rowNames, blanks],
  },
  {
    writer: "R's write.table without row names",
    text: '"x" "y"\n1 NA\n2 3\n',
    columns: { x: [1, 2], y: [Number.NaN, 3] },
    notes: [blanks],
  },
  {
    writer: "R's write.table with tabs",
    text: "x\ty\na\t1.5\t2\nb\tNA\t-3\n",
    columns: { x: [1.5, Number.NaN], y: [2, -3] },
    notes: [rowNames, "cells are separated by tabs"],
  },
  {
    writer: "R's write.csv2 with row names",
    text: '"";"x";"n"\n"a";NA;2\n"b";1,5;3\n',
    columns: { x: [Number.NaN, 1.5], n: [2, 3] },
    notes: [rowNames, 'cells are separated by ";"', "decimal commas"],
  },
  {
    writer: "R's write.csv2 of integers",
    text: '"a";"b"\n1;20\n3;40\n',
    columns: { a: [1, 3], b: [20, 40] },
    notes: ['cells are separated by ";"'],
  },
  {
    writer: "pandas with a named index",
    text: "city,x\nAix,1\nKöln,\n",
    columns: { city: ["Aix", "Köln"], x: [1, Number.NaN] },
  },
  {
    writer: "pandas with its own names",
    text: ",0,1\n0,0.5,7\n1,1.5,8\n",
    columns: { 0: [0.5, 1.5], 1: [7, 8] },
    notes: [rowNames],
  },
  {
    writer: "pandas with its own names and no index",
    text: "0,1\n0.5,7\n1.5,8\n",
    columns: { 0: [0.5, 1.5], 1: [7, 8] },
  },
  {
    writer: "pandas of integers with its own names",
    text: "0,1,2\n45,31,99\n12,88,73\n",
    columns: { 0: [45, 12], 1: [31, 88], 2: [99, 73] },
  },
  {
    writer: "pandas with everything in quotes",
    text: '"x","1990"\n"1","2.5"\n"","3.5"\n',
    options: { header: true },
    columns: { x: [1, Number.NaN], 1990: [2.5, 3.5] },
  },
  {
    writer: "pandas with spaces (to_string)",
    text: "    temp  mass\n0  21.50  37\n1    NaN  39\n",
    columns: { temp: [21.5, Number.NaN], mass: [37, 39] },
    notes: [rowNames, blanks],
  },
  {
    writer: "pandas in markdown",
    text: "|    |   t |   m |\n|---:|----:|----:|\n|  0 | 1.5 | nan |\n|  1 | 2.5 | 3   |\n",
    columns: { t: [1.5, 2.5], m: [Number.NaN, 3] },
    notes: [rowNames, bars, ruled],
  },
  {
    writer: "quoted names over numbers without quotes",
    text: '"1990","2000"\n5.5,6\n7,8\n',
    columns: { 1990: [5.5, 7], 2000: [6, 8] },
  },
  {
    writer: "NumPy's savetxt",
    text: "1.5e+00 2e+00\n3.5e+00 4e+00\n",
    options: { header: false },
    columns: { c1: [1.5, 3.5], c2: [2, 4] },
    notes: [numbered, blanks],
  },
  {
    writer: "NumPy's savetxt with a header",
    text: "# temp mass\n1.5 2\n3.5 nan\n",
    columns: { temp: [1.5, 3.5], mass: [2, Number.NaN] },
    notes: ["1 comment line above the table", blanks],
  },
  {
    writer: "NumPy's savetxt of integers",
    text: "# a, b\n1,2\n3,4\n",
    columns: { a: [1, 3], b: [2, 4] },
    notes: ["1 comment line above the table"],
  },
  { writer: "NumPy's savetxt without #", text: "a,b\n1,2\n3,4\n", columns: { a: [1, 3], b: [2, 4] } },
  {
    writer: "Octave's save -text",
    text: "# Created by Octave 7.3.0\n# name: x\n# type: matrix\n# rows: 2\n# columns: 2\n 0.5 1\n 1.5 2\n\n\n",
    options: { header: false },
    columns: { c1: [0.5, 1.5], c2: [1, 2] },
    notes: ["5 comment lines above the table", numbered, blanks],
  },
  {
    writer: "Octave's dlmwrite with blanks",
    text: " 5.0e-01 1\n 2.5e-01 2\n",
    options: { header: false },
    columns: { c1: [0.5, 0.25], c2: [1, 2] },
    notes: [numbered, blanks],
  },
  {
    writer: "gnuplot with two curves",
    text: '\n# Curve 0 of 2, 2 points\n# Curve title: "f"\n# x y type\n-10  0.5  i\n-9.7 2  o\n\n\n# Curve 1 of 2, 1 points\n# Curve title: "g"\n# x y type\n-8 3  i\n\n',
    columns: { x: [-10, -9.7, -8], y: [0.5, 2, 3], type: ["i", "o", "i"] },
    notes: [
      "3 comment lines above the table",
      blanks,
      "3 comment lines between the rows skipped",
      "2 empty lines skipped",
    ],
  },
  {
    writer: "psql",
    text: " id |  x   | name  \n----+------+-------\n  1 |      | a b\n  2 | 1.50 | Li, J\n(2 rows)\n\n",
    columns: { id: [1, 2], x: [Number.NaN, 1.5], name: ["a b", "Li, J"] },
    notes: [bars, ruled],
  },
  {
    writer: "psql of one column",
    text: "  x   \n------\n 0.50\n 1.50\n(2 rows)\n\n",
    columns: { x: [0.5, 1.5] },
    notes: [ruled],
  },
  {
    writer: "psql unaligned",
    text: "id|x\n1|\n2|0.5\n(2 rows)\n",
    columns: { id: [1, 2], x: [Number.NaN, 0.5] },
    notes: [bars],
  },
  {
    writer: "PostgreSQL's COPY",
    text: '1\t\\N\ta\\\\b\n2\t0.5\t"q" r\n',
    options: { header: false },
    columns: { c1: [1, 2], c2: [Number.NaN, 0.5], c3: ["a\\\\b", '"q" r'] },
    notes: [numbered, "cells are separated by tabs"],
  },
  {
    writer: "SQLite in columns",
    text: "id  x  \n--  ---\n1   0.5\n2   1.5\n",
    columns: { id: [1, 2], x: [0.5, 1.5] },
    notes: [blanks, ruled],
  },
  {
    writer: "MySQL",
    text: "id\tx\n1\tNULL\n2\t0.5\n",
    columns: { id: [1, 2], x: [Number.NaN, 0.5] },
    notes: ["cells are separated by tabs"],
  },
  {
    writer: "Excel in German",
    text: "Zeit;Kraft (N)\r\n0,5;1234,5\r\n1,5;\r\n;\r\n;\r\n",
    columns: { Zeit: [0.5, 1.5], "Kraft (N)": [1234.5, Number.NaN] },
    notes: ['cells are separated by ";"', "decimal commas", "2 empty rows at the end left out"],
  },
  {
    writer: "Excel with sep=",
    text: "sep=;\r\nx;y\r\n1,5;2\r\n2,5;3\r\n",
    columns: { x: [1.5, 2.5], y: [2, 3] },
    notes: ['cells are separated by ";"', "decimal commas"],
  },
  {
    writer: "Excel with empty columns",
    text: "x,y,,\r\n1,2,,\r\n3,4,,\r\n",
    columns: { x: [1, 3], y: [2, 4] },
    notes: ["2 empty columns at the end left out"],
  },
  {
    writer: "a program that ends lines with separators",
    text: "x;y;\n1;2;\n3;4;\n",
    columns: { x: [1, 3], y: [2, 4] },
    notes: ["1 empty column at the end left out", 'cells are separated by ";"'],
  },
  {
    writer: "a program that ends rows with separators, but not the header",
    text: "x,y\n1,2,\n3,4,\n",
    columns: { x: [1, 3], y: [2, 4] },
    notes: ["1 empty column at the end left out"],
  },
  { writer: "a browser, with a byte order mark", text: "\uFEFFx,y\n1,2\n3,4\n", columns: { x: [1, 3], y: [2, 4] } },
  { writer: "an old Macintosh", text: "x,y\r1,2\r3,4\r", columns: { x: [1, 3], y: [2, 4] } },
  {
    writer: "someone who puts blanks behind commas",
    text: 'x, y, name\n1, 2, "a, b"\n3, 4, "c"\n',
    columns: { x: [1, 3], y: [2, 4], name: ["a, b", "c"] },
  },
  {
    writer: "a program that writes C's infinities and NaN",
    text: "x,y\n1,-1.#IND\n2,5\n",
    columns: { x: [1, 2], y: [Number.NaN, 5] },
  },
  { writer: "one column with a gap", text: "x\n1\n\n3\n\n", columns: { x: [1, Number.NaN, 3] } },
  {
    writer: "empty lines between rows",
    text: "x,y\n\n1,2\n\n3,4\n",
    columns: { x: [1, 3], y: [2, 4] },
    notes: ["2 empty lines skipped"],
  },
  {
    writer: "a header behind #",
    text: "#id\tx\n1\t2\n3\t4\n",
    columns: { id: [1, 3], x: [2, 4] },
    notes: ["1 comment line above the table", "cells are separated by tabs"],
  },
  { writer: "a name that is #", text: "#,x\n1,2\n2,4\n", columns: { "#": [1, 2], x: [2, 4] } },
  {
    writer: "a title above",
    text: "Report\nx,y\n1,2\n3,4\n",
    options: { skip: 1 },
    columns: { x: [1, 3], y: [2, 4] },
    notes: ["1 line above the table skipped"],
  },
  {
    writer: "a row of units",
    text: "t;T\ns;K\n1,5;2\n2,5;3\n",
    options: { skip: 1 },
    columns: { t: [1.5, 2.5], T: [2, 3] },
    notes: ["the names are on line 1; 1 line below skipped", 'cells are separated by ";"', "decimal commas"],
  },
  {
    writer: "groups of digits in a file of tabs",
    text: "a\tb\n1,234\t0.5\n2,345\t1.5\n",
    columns: { a: ["1,234", "2,345"], b: [0.5, 1.5] },
    notes: ["cells are separated by tabs"],
  },
  {
    writer: "words",
    text: "city\nNew York\nParis\nSan Francisco\n",
    columns: { city: ["New York", "Paris", "San Francisco"] },
  },
  {
    writer: "a separator of one's own",
    text: "a~b\n1~2\n",
    options: { separator: "~" },
    columns: { a: [1], b: [2] },
    notes: ['cells are separated by "~"'],
  },
  {
    writer: "a separator of two bytes",
    text: "a§b\n1§2\n§4\n",
    options: { separator: "§" },
    columns: { a: [1, Number.NaN], b: [2, 4] },
    notes: ['cells are separated by "§"'],
  },
  {
    writer: "comments of one's own",
    text: "a,b\n1,2\n%3,4\n5,6\n",
    options: { comment: "%" },
    columns: { a: [1, 5], b: [2, 6] },
    notes: ["1 comment line between the rows skipped"],
  },
  {
    writer: "missing values of one's own",
    text: "a,b\n-999,2\n3,-999.0\n",
    options: { blanks: ["-999"] },
    columns: { a: [Number.NaN, 3], b: [2, Number.NaN] },
  },
  {
    writer: "decimal commas in a single column",
    text: "x\n70,10\n71,20\n",
    options: { decimal: "," },
    columns: { x: [70.1, 71.2] },
    notes: ['cells are separated by ";"', "decimal commas"],
  },
  {
    writer: "columns that are chosen, in their order",
    text: "a,b,c\n1,2,x\n3,4,y\n",
    options: { columns: ["c", "a"] },
    columns: { c: ["x", "y"], a: [1, 3] },
  },
];

describe("a text is read as it was written by", () => {
  test.each(rows)("$writer", async ({ text, options, columns, notes = [] }) => {
    expect(await columnsOf(text, options)).toEqual({ columns, notes });
  });
});

describe("a text is refused", () => {
  test.each<[what: string, text: string, options: TableOptions, line: number, message: RegExp]>([
    [
      "numbers above numbers",
      "0.5,1\n0.7,2\n",
      {},
      1,
      /"0\.5", "1"; header: false \(--no-header\).*header: true \(--header\)/,
    ],
    ["a single row of numbers", "1,2\n", {}, 1, /--no-header/],
    ["counted integers that go on", "1,2\n3,4\n", {}, 1, /--no-header/],
    ["counted integers among their like", "0,1\n1,0\n1,1\n", {}, 1, /--no-header/],
    ["years above numbers", "country,1990,2000\nA,1,2\n", {}, 1, /"1990", "2000"; header: false .*header: true/],
    ["a quoted row of numbers over its like", '"1","2.5"\n"3","4"\n', {}, 1, /--no-header/],
    ["a skipped line that was data", "a,b\n1,2\n3,4\n", { skip: 1 }, 2, /--no-header/],
    ["a title", "Report of 2024\n\nx,y\n1,2\n3,4\n", {}, 3, /is it a title\? skip: 2 \(--skip 2\)/],
    [
      "decimal commas in a single column",
      "x\n70,10\n71,20\n",
      {},
      2,
      /separator: ";", decimal: "," \(--separator ";" --decimal ","\)/,
    ],
    [
      "a row of units",
      "t,T,k\ns,K,-\n1,2,3\n4,5,6\n",
      {},
      2,
      /line 2 has "s", "K"; a row of units\? skip: 1 \(--skip 1\)/,
    ],
    ["a row with too few cells", "a,b\n1,2\n3\n", {}, 3, /line 3 has 1, the header 2; cells are separated by commas/],
    ["a row with too many cells", "a;b\n1;2\n3;4;5\n", {}, 3, /line 3 has 3, the header 2/],
    ["a comment that was not expected", "a,b\n1,2\n# end\n", {}, 3, /comment: "#" \(--comment "#"\)/],
    [
      "names that are repeated",
      "a,b,a\n1,2,3\n",
      {},
      1,
      /got "a" twice on line 1; .*skip: 1, header: false \(--skip 1 --no-header\)/,
    ],
    ["a column without a name", "a,,b\n1,2,3\n", {}, 1, /got "" for column 2/],
    ["a bare quote in a file of commas", 'a,b\n1,5" pipe\n', {}, 2, /found a quote on line 2, in cell 2/],
    ["a quote that is never closed", 'a,b\n1,2\n3,"4\n', {}, 3, /the text ended first on line 3/],
    ["nothing", "", {}, 1, /the text is empty/],
    ["nothing but line ends", "\n\r\n\n", {}, 1, /the text is empty/],
  ])("with the line and a remedy: %s", async (_, text, options, line, message) => {
    const error = await readTable(text, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CsvError);
    expect((error as CsvError).message).toMatch(/^readTable: [^\n]+$/);
    expect((error as CsvError).message).toMatch(message);
    expect((error as CsvError).line).toBe(line);
  });

  test("unless `header` says that numbers are names", async () => {
    const table = await readTable("1990,2000\n1,2\n3,4\n", { header: true });
    expect(table.names).toEqual(["1990", "2000"]);
  });
});

describe("the encoding of a text", () => {
  const text = "größe,x\nMüller,1\n東,2\n";

  test.each([
    ["UTF-16, little end first", (code: number) => [code & 255, code >> 8], [0xff, 0xfe], "a text in UTF-16"],
    ["UTF-16, big end first", (code: number) => [code >> 8, code & 255], [0xfe, 0xff], "a text in UTF-16"],
  ])("is recognised: %s", async (_, bytesOf, mark, note) => {
    const bytes = Uint8Array.from([...mark, ...[...text].flatMap((character) => bytesOf(character.charCodeAt(0)))]);
    const table = await readTable(bytes);
    expect(table.names).toEqual(["größe", "x"]);
    expect(table.cells("größe")).toEqual(["Müller", "東"]);
    expect(table.notes).toEqual([note]);
  });

  test("that is not UTF-8 is taken for windows-1252, and said so", async () => {
    const table = await readTable(
      Uint8Array.from("gr\xf6\xdfe;x\nM\xfcller;1,5\n\x80;2,5\n", (letter) => letter.charCodeAt(0)),
    );
    expect(table.names).toEqual(["größe", "x"]);
    expect(table.cells("größe")).toEqual(["Müller", "€"]);
    expect(table.notes).toContain("not UTF-8: read as windows-1252");
  });

  test("of a string that is cut between its pieces keeps characters whole", async () => {
    const long = `name,x\n${"😀".repeat(600_000)},1\n`; // the cut at 2²⁰ falls into a pair
    const table = await readTable(long);
    expect(table.cells("name")[0]).toBe("😀".repeat(600_000));
  });
});

describe("the decimal sign", () => {
  const read = (text: string, options = {}) => readTable(text, options);

  test("is the comma where points stand between groups of three digits only, and the point the other way round", async () => {
    const german = await read("umsatz;menge\n9.671;3,19\n8.123;4,20\n7.555;1,11\n");
    expect(german.numericColumns).toEqual(["menge"]);
    expect(german.setAside[0]).toMatchObject({ name: "umsatz", reason: "thousands separators", line: 2 });
    const american = await read("sales\tcost\n1,773\t1.5\n2,774\t2.25\n");
    expect(american.numericColumns).toEqual(["cost"]);
  });

  test("is asked for where nothing tells: 1,234 may be either", async () => {
    for (const text of ["sales\tcost\n1,773\t1,173\n2,774\t1,273\n", "a;b\n1,234;5\n2,345;6\n"]) {
      await expect(read(text)).rejects.toThrow(/may have a decimal comma or a thousands separator; .*--decimal/);
      expect((await read(text, { decimal: "," })).numericColumns).toHaveLength(2);
    }
    expect((await read("a;b\n0,234;5\n2,345;6\n")).column("a").data[0]).toBe(0.234);
  });

  test("leaves a blank that is a number blank however it is spelled", async () => {
    const table = await read("a,b\n1,2\n-999.0,3\n-9.99e2,4\n", { blanks: ["-999"] });
    expect(table.missing()).toEqual([3, 4]);
  });
});

test("a header is not taken from a comment where the first row has the names", async () => {
  const table = await readTable("# weight, height of birds\nx,y\n1.2,3.4\n1.3,3.5\n");
  expect(table.names).toEqual(["x", "y"]);
  expect(table.matrix().toArray()).toEqual([
    [1.2, 3.4],
    [1.3, 3.5],
  ]);
  expect((await readTable("# x,y\n1.2,3.4\n1.3,3.5\n")).names).toEqual(["x", "y"]);
});
