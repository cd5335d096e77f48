import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { commandUnderTest, lastLine } from "../support/command.ts";
import { root } from "../support/sources.ts";

// What readTable makes of the tables of other programs is tested in test/io/tables; here, what a user of the command is told.

const command = commandUnderTest();
const cases = join(root, "test/io/tables/cases");
const fit = (file: string, ...args: string[]): string[] => [
  "fit",
  join(cases, file),
  "--model",
  "maf",
  "--steps",
  "2",
  "--quiet",
  ...args,
];

describe("tables as other programs write them", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["r-m-write.csv", ["--columns", "x,y"], /the first column has no name: row names, set aside/],
    ["r-m-write.csv", [], /name: text, "Smith, John" on line 2[\s\S]*left out, it numbers the rows: id/],
    ["excel-unicode.txt", ["--columns", "x,y"], /UTF-16/],
    ["de-header-comma.csv", ["--columns", '"Gewicht, kg","Laenge, m"'], /Gewicht, kg, Laenge, m; 30 rows/],
    ["pd-thousands.csv", [], /income: thousands separators, "6,221\.28" on line 2/],
    ["pd-inf-noindex.csv", ["--columns", "x,y", "--missing", "drop"], /dropped \d rows?/],
    ["np-nohead.csv", ["--no-header"], /c1, c2; 40 rows/],
    ["np.npy", [], /c1, c2; 40 rows/],
    ["duck-m.csv.gz", ["--columns", "x,y"], /packed with gzip/],
    ["pg-na-text.txt", ["--no-header", "--columns", "c2,c3", "--missing", "drop"], /c2, c3; 39 rows/],
  ])("%s %j", (file, args, said) => {
    const { out, err, code } = command.run(fit(file, ...args));
    expect([err, code]).toEqual(["", 0]);
    expect(out).toMatch(said);
    expect(lastLine(out).steps).toBe(2);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["np-nohead.csv", [], /line 1 has numbers like the rows below.*\(--no-header\)/],
    ["units.csv", [], /line 2 has "m", "s"; a row of units\? .*\(--skip 1\)/],
    ["exceljs-m.xlsx", [], /an Excel workbook; export it as CSV/],
    ["pd-thousands.csv", ["--columns", "x,income"], /got "6,221\.28" on line 2 in column "income"/],
    ["pd-inf-noindex.csv", ["--columns", "x,y"], /got "inf" on line 6 in column "x"; .*--missing drop/],
    ["duck-na.tsv", ["--columns", "x,y"], /1 row has a blank \(line 4\); .*--missing drop/],
    ["duck-m.parquet", [], /needs the package hyparquet; install it here: npm install hyparquet hyparquet-compressors/],
    ["polars-m.arrow", [], /needs the package apache-arrow; install it here: npm install apache-arrow/],
    ["wine-like.csv", ["--columns", "x"], /no column "x"; it has fixed acidity, volatile acidity, quality/],
  ])("%s %j is refused", (file, args, message) => {
    command.refuse(fit(file, ...args), 1, message);
  });

  it("reads --skip 1 past a row of units, and cells that --blanks calls blank", () => {
    expect(lastLine(command.run(fit("units.csv", "--skip", "1")).out)).toMatchObject({
      columns: ["x", "y"],
      rows: { train: 21 },
    });
    const table = readFileSync(join(cases, "comma-name.csv"), "utf8").replace("0.11,1.37", "-999,1.37");
    const { out } = command.run(
      ["fit", "-", "--model", "maf", "--steps", "2", "--quiet", "--blanks", "-999", "--missing", "drop"],
      table,
    );
    expect(lastLine(out)).toMatchObject({ columns: ["a,b", "y"], rows: { dropped: 1 } });
  });

  it("reads Parquet and Arrow where the packages are, packed with gzip, too", () => {
    const packed = command.file("packed.parquet.gz", gzipSync(readFileSync(join(cases, "duck-m.parquet"))));
    const path = join(command.folder, packed);
    const read = command.run(["fit", path, "--model", "maf", "--steps", "2", "--quiet", "--columns", "x,y"], "", root);
    expect(lastLine(read.out)).toMatchObject({ columns: ["x", "y"] });
    for (const file of ["duck-m.parquet", "polars-m.arrow"]) {
      const { out, err } = command.run(fit(file, "--columns", "x,y"), "", root); // where the packages are installed
      expect(err).toBe("");
      expect(lastLine(out)).toMatchObject({ columns: ["x", "y"] });
    }
  });
});
