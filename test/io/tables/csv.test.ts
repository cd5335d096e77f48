import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { CsvError, fromRows, readCsv, writeCsv } from "diffeo/io";
import { DomainError } from "diffeo/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** The CsvError that the function throws. */
function failure(f: () => unknown): CsvError {
  try {
    f();
  } catch (error) {
    if (error instanceof CsvError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("readCsv", () => {
  test("the first line names the columns, the others are rows", () => {
    const table = readCsv("a,b\n1,2\n3.5,-4e2\n");
    expect(table.names).toEqual(["a", "b"]);
    expect(table.rows).toBe(2);
    expect(table.matrix().toArray()).toEqual([
      [1, 2],
      [3.5, -400],
    ]);
  });

  test.each([
    ["LF", "a,b\n1,2\n"],
    ["CRLF", "a,b\r\n1,2\r\n"],
    ["CR", "a,b\r1,2\r"],
    ["nothing at the end", "a,b\n1,2"],
    ["empty lines at the end", "a,b\n1,2\n\n\r\n\n"],
    ["a byte order mark", "\uFEFFa,b\n1,2\n"],
    ["quotes everywhere", '"a","b"\n"1","2"\n'],
    ["a byte order mark before a quote", '\uFEFF"a",b\n1,2\n'],
  ])("lines may end in, or begin with: %s", (_, text) => {
    const table = readCsv(text);
    expect(table.names).toEqual(["a", "b"]);
    expect(table.matrix().toArray()).toEqual([[1, 2]]);
  });

  test("a quoted cell may hold separators, line breaks and doubled quotes", () => {
    const table = readCsv('name,note\n"Doe, Jane","said ""no""\r\nand left"\n"",""""\n');
    expect(table.cells("name")).toEqual(["Doe, Jane", ""]);
    expect(table.cells("note")).toEqual(['said "no"\r\nand left', '"']);
  });

  test("an empty cell at the end of a line is a cell", () => {
    expect(readCsv("a,b\n1,\n,").cells("b")).toEqual(["", ""]);
  });

  test("a header alone is a table without rows", () => {
    const table = readCsv("a,b,c");
    expect(table.rows).toBe(0);
    expect(table.matrix().shape).toEqual([0, 3]);
  });

  test("another separator may stand between the cells", () => {
    expect(readCsv("a;b\n1,5;2", { separator: ";" }).cells("a")).toEqual(["1,5"]);
    expect(readCsv("a\tb\n1\t2", { separator: "\t" }).matrix().toArray()).toEqual([[1, 2]]);
    for (const separator of ["", ", ", '"', "\n"]) {
      expect(() => readCsv("a", { separator })).toThrow(DomainError);
    }
  });

  test("the decimal sign may be a comma, and then a point is none", () => {
    const table = readCsv("a;b\n-1,5;2\n,25e1;3.5\n", { separator: ";", decimal: "," });
    expect(table.column("a").toArray()).toEqual([-1.5, 2.5]);
    expect(() => table.column("b")).toThrow('column "b"; read it with decimal: "." (--decimal ".")');
  });

  test("without a header the columns are c1, c2, …", () => {
    const table = readCsv("1,2\n3,4\n", { header: false });
    expect(table.names).toEqual(["c1", "c2"]);
    expect(table.matrix().toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(failure(() => readCsv("1,2\n3\n", { header: false })).line).toBe(2);
  });

  test("what counts as blank can be chosen, even a number", () => {
    const table = readCsv("a,b\n-999,1\n2, ? \n", { blanks: ["-999", "?"] });
    expect(table.missing(["a"])).toEqual([2]);
    expect(table.missing(["b"])).toEqual([3]);
    expect(() => table.column("a")).toThrow(CsvError);
  });

  test("names like those of object properties are ordinary names", () => {
    const table = readCsv("__proto__,constructor\n1,2\n");
    expect(table.column("__proto__").toArray()).toEqual([1]);
    expect(table.column("constructor").toArray()).toEqual([2]);
    expect(Object.hasOwn(Object.prototype, "1")).toBe(false);
  });

  test.each([
    ["an empty text", "", 1, null],
    ["a byte order mark alone", "\uFEFF", 1, null],
    ["empty lines alone", "\n\n", 1, null],
    ["a row with too few cells", "a,b\n1,2\n3\n", 3, null],
    ["a row with too many cells", "a,b\r\n1,2,3\r\n", 2, null],
    ["a short row after a cell of two lines", 'a,b\n"1\n",2\n3\n', 4, null],
    ["an empty line between rows", "a,b\n1,2\n\n3,4\n", 3, null],
    ["an empty line between rows of one cell", "a\n\n3\n", 2, null],
    ["an empty line before the header", "\na\n3\n", 1, null],
    ["a name used twice", "a,b,a\n", 1, "a"],
    ["an empty name", "a,\n1,2\n", 1, ""],
    ["a name of blanks", "a, \n1,2\n", 1, " "],
    ["a quote inside an unquoted cell", 'a,b\n1,2"\n', 2, "b"],
    ["blanks before a quote", 'a,b\n1, "2"\n', 2, "b"],
    ["text after a closing quote", 'a,b\n"1"2,3\n', 2, "a"],
    ["a quote that is never closed", 'a,b\n1,2\n3,"4\n5,6\n', 3, "b"],
    ["a quote that is never closed in the header", 'a,"b\n', 1, null],
  ])("%s is refused with its line", (_, text, line, column) => {
    const error = failure(() => readCsv(text));
    expect(error.code).toBe("CSV");
    expect(error.message).toMatch(/^readCsv: /);
    expect([error.line, error.column]).toEqual([line, column]);
  });

  test("anything but a string is refused", () => {
    expect(() => readCsv(new Uint8Array(3) as unknown as string)).toThrow(DomainError);
  });

  // At a million characters, quadratic time is hours.
  test.each([
    ["quotes", `a\n"${'"'.repeat(1_000_000)}`],
    ["separators", ",".repeat(1_000_000)],
    ["empty lines", `a${"\n".repeat(1_000_000)}b`],
    ["line breaks in a quoted cell", `a\n"${"\r\n".repeat(500_000)}`],
  ])("a million %s are read, or refused, at once", (_, text) => {
    try {
      readCsv(text);
    } catch (error) {
      expect(error).toBeInstanceOf(CsvError);
    }
  });

  test("any text gives a table or a CsvError", () => {
    const character = fc.constantFrom(...'ab1., "\r\n\uFEFF\t-e');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 40 }), (text) => {
        try {
          const table = readCsv(text);
          for (const name of table.names) if (table.cells(name).length !== table.rows) return false;
          return true;
        } catch (error) {
          return error instanceof CsvError;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("writeCsv", () => {
  test("quotes only the cells that need it", () => {
    const table = fromRows([{ "a,b": 'say "hi"', c: -0 }], ["a,b", "c"]);
    expect(writeCsv(table)).toBe('"a,b",c\n"say ""hi""",-0\n');
  });

  test("the missing value of a table with one column does not become an empty line", () => {
    expect(writeCsv(fromRows([{ a: 1 }, { a: null }], ["a"]))).toBe('a\n1\n""\n');
  });

  const name = fc.string({ unit: fc.constantFrom(...'ab ,"\r\n\uFEFF\té'), minLength: 1, maxLength: 6 });
  const names = fc.uniqueArray(
    name.filter((text) => /[^ \t]/.test(text)),
    { minLength: 1, maxLength: 4 },
  );

  test("readCsv gives back every finite number bit for bit, under any names", () => {
    const special = [0, -0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e21, 1e-7];
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(...special));
    const rows = names.chain((columns) =>
      fc.tuple(fc.constant(columns), fc.array(fc.tuple(...columns.map(() => number)), { maxLength: 5 })),
    );
    fc.assert(
      fc.property(rows, ([columns, values]) => {
        const objects = values.map((row) => Object.fromEntries(columns.map((column, j) => [column, row[j]])));
        const again = readCsv(writeCsv(fromRows(objects, columns)));
        expect(again.names).toEqual(columns);
        expect([...again.matrix().data].every((value, i) => Object.is(value, values.flat()[i]))).toBe(true);
        expect(again.matrix().shape).toEqual([values.length, columns.length]);
      }),
    );
  });

  test("readCsv gives back every text, blank cells included", () => {
    const cell = fc.string({ unit: fc.constantFrom(...'a1 ,"\r\n\uFEFF'), maxLength: 5 });
    const rows = names.chain((columns) =>
      fc.tuple(fc.constant(columns), fc.array(fc.tuple(...columns.map(() => cell)), { maxLength: 5 })),
    );
    fc.assert(
      fc.property(rows, ([columns, values]) => {
        const objects = values.map((row) => Object.fromEntries(columns.map((column, j) => [column, row[j]])));
        const again = readCsv(writeCsv(fromRows(objects, columns)));
        expect(columns.map((column) => again.cells(column))).toEqual(
          columns.map((_, j) => values.map((row) => row[j])),
        );
      }),
    );
  });
});

describe("the example tables", () => {
  const folder = new URL("../../../examples/data/", import.meta.url);
  const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");

  test.each(["faithful.csv", "penguins.csv", "magic10.csv.gz"])("%s has the checksum that the README gives", (file) => {
    const sha256 = createHash("sha256")
      .update(readFileSync(new URL(file, folder)))
      .digest("hex");
    expect(read("README.md")).toContain(`| \`${file}\` | \`${sha256}\` |`);
  });

  test("faithful is 272 pairs of numbers", () => {
    const table = readCsv(read("faithful.csv"));
    expect(table.matrix().shape).toEqual([272, 2]);
    expect(table.skipped).toEqual([]);
  });

  test("penguins has four columns of numbers, and two birds that nobody measured", () => {
    const table = readCsv(read("penguins.csv"));
    const measures = ["beak_length_mm", "beak_depth_mm", "flipper_mm", "mass_g"];
    expect(table.numericColumns).toEqual(measures);
    expect(table.skipped).toEqual(["species", "island", "sex"]);
    expect(table.missing(measures)).toEqual([5, 341]);
    const known = table.dropMissing(measures);
    expect(known.dropped).toBe(2);
    expect(known.matrix(measures).shape).toEqual([342, 4]);
    expect(readCsv(writeCsv(table)).cells("sex")).toEqual(table.cells("sex"));
  });
});

describe("reading and writing with the wrong words", () => {
  test("options that are not known are refused, and the nearest is named", () => {
    expect(() => readCsv("a\n1\n", { seperator: ";" } as never)).toThrow(
      'readCsv: unknown option "seperator"; did you mean "separator"?',
    );
    expect(() => readCsv("a\n1\n", { delimiter: ";" } as never)).toThrow('did you mean "separator"?');
    expect(() => readCsv("a\n1\n", ";" as never)).toThrow(
      "readCsv: options must be an object { separator, blanks, decimal, header }",
    );
  });

  test("so are separators and blanks that are none, and what is no text or no table", () => {
    for (const separator of [5, null, "", ";;", "\n"]) {
      expect(() => readCsv("a\n1\n", { separator } as never)).toThrow(/^readCsv: the separator must be one character/);
    }
    for (const blanks of ["NA", [null], 3]) {
      expect(() => readCsv("a\n1\n", { blanks } as never)).toThrow(/^readCsv: blanks must be a list of strings; got /);
    }
    expect(() => readCsv(new Uint8Array(2) as never)).toThrow("readCsv: the CSV must be a string; got Uint8Array");
    for (const table of [undefined, {}, "a,b"]) {
      expect(() => writeCsv(table as never)).toThrow(/^writeCsv: needs a Table, as readCsv and fromRows make it; got /);
    }
  });
});
