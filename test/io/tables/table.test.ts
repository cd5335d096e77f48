import { CsvError, fromRows, readCsv } from "diffeo/io";
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

describe("a number in a cell", () => {
  test.each([
    ["0", 0],
    ["-0", -0],
    ["+12", 12],
    ["007", 7],
    ["3.25", 3.25],
    [".5", 0.5],
    ["5.", 5],
    ["-1.5e-3", -0.0015],
    ["2E+3", 2000],
    [" \t42 \t", 42],
    ["1e-999", 0],
    ["1.7976931348623157e308", Number.MAX_VALUE],
  ])("%j is %d", (cell, value) => {
    expect(readCsv(`a\n${cell}\n`).column("a").at(0)).toBe(value);
  });

  test.each([
    "abc",
    "0x10",
    "0b1",
    "1_000",
    "1 000",
    "1.000,5",
    "1.2.3",
    "Infinity",
    "-Infinity",
    "NaN",
    "1e999",
    "-1e999",
    ".",
    "+",
    "e5",
    "1e",
    "1e1.5",
    "--1",
    "1-",
    "1n",
    "\u00a01",
    "1\u2003",
    "\u22121",
    "\u0661",
    "true",
    "1\n",
  ])("%j is none", (cell) => {
    const table = readCsv(`a,b\n1,2\n3,"${cell}"\n`);
    const error = failure(() => table.matrix());
    expect(error.code).toBe("CSV");
    expect([error.line, error.column]).toEqual([3, "b"]);
    const [rule, place] = error.message.split("; ");
    expect([rule, place]).toEqual([
      "matrix: cells must be finite numbers",
      `got ${JSON.stringify(cell)} on line 3 in column "b"`,
    ]);
    expect(table.numericColumns).toEqual(["a"]);
  });

  // At a million characters, quadratic time is hours.
  test.each([
    ["digits", `${"1".repeat(1_000_000)}x`],
    ["blanks", `1${" ".repeat(1_000_000)}x`],
    ["digits after the point", `1.${"1".repeat(1_000_000)}x`],
    ["digits in the exponent", `1e${"1".repeat(1_000_000)}x`],
  ])("a million %s and a letter are refused at once, and not repeated", (_, cell) => {
    const error = failure(() => readCsv(`a\n${cell}`).column("a"));
    expect(error.message.length).toBeLessThan(200);
  });

  test("every finite number is read as JavaScript reads it", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 21 }), (x, digits) => {
        const cell = x.toExponential(digits - 1);
        const rounded = Number(cell);
        if (!Number.isFinite(rounded)) return;
        expect(readCsv(`a\n${cell}`).column("a").at(0)).toBe(rounded);
      }),
    );
  });
});

describe("Table", () => {
  const table = readCsv(
    ["id,x,y,group,note", "1,0.5,,a,", '2,,NA,"b', 'b",', "3,1.5,-2, NA ,", "4,2.5,7,c,"].join("\n"),
  );

  test("columns and matrices have the order that was asked for", () => {
    expect(table.column("id").toArray()).toEqual([1, 2, 3, 4]);
    expect(readCsv("a,b\n1,2\n3,4").matrix(["b", "a", "b"]).toArray()).toEqual([
      [2, 1, 2],
      [4, 3, 4],
    ]);
    expect(table.matrix([]).shape).toEqual([4, 0]);
  });

  test("numericColumns are numbers or blank, with at least one number; skipped are the others", () => {
    expect(table.numericColumns).toEqual(["id", "x", "y"]);
    expect(table.skipped).toEqual(["group", "note"]);
    expect(readCsv("a\n").numericColumns).toEqual([]);
  });

  test("missing gives the lines of the rows with a blank", () => {
    expect(table.missing(["x"])).toEqual([3]);
    expect(table.missing(["x", "y"])).toEqual([2, 3]);
    expect(table.missing(["group"])).toEqual([5]);
    expect(table.missing()).toEqual([2, 3, 5, 6]);
  });

  test("dropMissing leaves the rows with a blank out, counts them, and keeps the line numbers", () => {
    const known = table.dropMissing(["x", "y"]);
    expect(known.matrix(["id", "x", "y"]).toArray()).toEqual([
      [3, 1.5, -2],
      [4, 2.5, 7],
    ]);
    expect(known.dropped).toBe(2);
    expect(known.missing(["group"])).toEqual([5]);
    expect(known.dropMissing(["group"]).dropped).toBe(3);
    expect([table.rows, table.dropped]).toEqual([4, 0]);
  });

  test("a blank cell in a matrix is refused with a remedy", () => {
    const error = failure(() => table.matrix(["id", "x"]));
    expect([error.line, error.column]).toEqual([3, "x"]);
    expect(error.message).toContain("dropMissing()");
    expect(failure(() => table.column("y")).line).toBe(2);
  });

  test("the line of a cell counts the line breaks in the cells before it", () => {
    const error = failure(() => readCsv('a,b,c\n"1\r\n\r\n","\n",x\n').column("c"));
    expect([error.line, error.column]).toEqual([5, "c"]);
  });

  test("an unknown column is refused with the names that exist", () => {
    for (const f of [
      () => table.column("X"),
      () => table.matrix(["id", "X"]),
      () => table.missing(["X"]),
      () => table.dropMissing(["X"]),
      () => table.cells("X"),
    ]) {
      expect(f).toThrow(DomainError);
      expect(f).toThrow(/got "X", it has "id", "x", "y", "group", "note"$/);
    }
  });
});

describe("a table asked with the wrong words", () => {
  const table = readCsv("a,b\n1,2\n");

  test.each(["matrix", "missing", "dropMissing"] as const)("%s takes a list of names", (method) => {
    expect(() => table[method]("a" as never)).toThrow(`${method}: names must be a list of strings; got "a"`);
    expect(() => table[method]([0] as never)).toThrow(`${method}: names must be a list of strings; got [0]`);
    expect(() => table[method](null as never)).toThrow(DomainError);
  });

  test.each(["cells", "column"] as const)("%s takes a name", (method) => {
    for (const name of [0, ["a"], Symbol("a"), undefined, null, {}]) {
      expect(() => table[method](name as never)).toThrow(/: the table must have the column; got .*, it has "a", "b"$/);
    }
  });

  test("fromRows takes objects and the names of columns", () => {
    for (const rows of [undefined, 3, [1], [null], {}, "ab"]) {
      expect(() => fromRows(rows as never, ["a"])).toThrow(/^fromRows: rows must be a list of objects; got /);
    }
    for (const columns of [undefined, "a", [1]]) {
      expect(() => fromRows([{ a: 1 }], columns as never)).toThrow(
        /^fromRows: columns must be a list of strings; got /,
      );
    }
    for (const value of [Symbol("a"), 3n, {}]) {
      expect(() => fromRows([{ a: value }], ["a"])).toThrow(/in row 0, column "a"$/);
    }
  });
});

describe("fromRows", () => {
  test("objects become rows, in the order of the columns", () => {
    const table = fromRows(
      [
        { x: 1, label: "p", unused: 0 },
        { label: "q", x: 0.1 },
      ],
      ["label", "x"],
    );
    expect(table.names).toEqual(["label", "x"]);
    expect(table.cells("label")).toEqual(["p", "q"]);
    expect(table.column("x").toArray()).toEqual([1, 0.1]);
  });

  test("null, undefined and an absent property are blank", () => {
    const table = fromRows([{ x: null, y: 1 }, { x: undefined, y: 2 }, { y: 3 }, { x: 4, y: 4 }], ["x", "y"]);
    expect(table.missing(["x"])).toEqual([2, 3, 4]);
  });

  test("the properties of every object are not columns", () => {
    expect(() => fromRows([{ x: 1 }], ["toString"])).toThrow(DomainError);
    const parsed = JSON.parse('[{ "__proto__": 5 }]') as object[];
    expect(fromRows(parsed, ["__proto__"]).column("__proto__").toArray()).toEqual([5]);
  });

  test("no objects make a table without rows", () => {
    expect(fromRows([], ["x"]).matrix().shape).toEqual([0, 1]);
  });

  test.each<[string, object[], string[], RegExp]>([
    ["a column that no object has", [{ x: 1 }], ["x", "z"], /none has "z"$/],
    ["no column", [{ x: 1 }], [], /got none$/],
    ["a column named twice", [{ x: 1 }], ["x", "x"], /got "x" twice$/],
    ["a column without a name", [{ "": 1 }], [""], /got "" for column 1$/],
    ["NaN", [{ x: 1 }, { x: Number.NaN }], ["x"], /got NaN in row 1, column "x"$/],
    ["an infinity", [{ x: Number.POSITIVE_INFINITY }], ["x"], /got Infinity in row 0, column "x"$/],
    ["true", [{ x: true }], ["x"], /got true in row 0, column "x"$/],
  ])("%s is refused", (_, objects, columns, message) => {
    expect(() => fromRows(objects, columns)).toThrow(DomainError);
    expect(() => fromRows(objects, columns)).toThrow(message);
  });
});
