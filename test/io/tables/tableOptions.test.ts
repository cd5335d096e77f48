import { readTable, streamTable } from "diffeo/io";
import { DiffeoError } from "diffeo/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe.each([
  ["readTable", readTable],
  ["streamTable", streamTable],
] as const)("%s", (operation, read) => {
  test.each<[options: unknown, message: string]>([
    [{ seperator: ";" }, 'unknown option "seperator"; did you mean "separator"?'],
    [
      ";",
      "options must be an object { separator, decimal, header, skip, blanks, columns, comment, readers, onProgress }",
    ],
    [{ separator: ";;" }, 'the separator must be one character, no quote; got ";;"'],
    [{ separator: '"' }, "the separator must be one character"],
    [{ decimal: ";" }, 'decimal must be "." or ","; got ";"'],
    [{ decimal: ",", separator: "," }, 'separator and decimal must differ; got "," for both'],
    [{ header: "no" }, 'header must be true or false; got "no"'],
    [{ skip: -1 }, "skip must be a number of lines; got -1"],
    [{ skip: 1.5 }, "skip must be a number of lines; got 1.5"],
    [{ blanks: "NA" }, 'blanks must be a list of strings; got "NA"'],
    [{ columns: ["x", "x"] }, 'columns must be names, each once, and at least one; got ["x","x"]'],
    [{ columns: [] }, "columns must be names, each once, and at least one; got []"],
    [{ columns: ["z"] }, 'the table must have the columns; got "z", it has "x", "y"'],
    [{ comment: "//" }, 'comment must be one character of ASCII, no blank and no quote; got "//"'],
    [{ readers: { parkett: 1 } }, 'unknown option "parkett"'],
    [{ onProgress: 1 }, "onProgress must be a function; got 1"],
  ])("refuses %o", async (options, message) => {
    const error = await read("x,y\n1,2\n", options as never).catch((reason: unknown) => reason);
    expect((error as DiffeoError).code).toBe("DOMAIN");
    expect((error as DiffeoError).message).toContain(`${operation}: `.slice(0, -2));
    expect((error as DiffeoError).message).toContain(message);
  });

  test("rejects with typed errors only, whatever it is given", async () => {
    const garbage = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        0,
        3n,
        true,
        {},
        [],
        new Date(0),
        () => 1,
        Symbol("a"),
        new Uint8Array(3),
        [new Uint8Array(3)],
      ),
      fc.constantFrom<unknown>(
        { readers: 1 },
        { readers: { parquet: 1 } },
        { blanks: [1] },
        { columns: null },
        new ReadableStream(),
      ),
      fc.string({ maxLength: 5 }),
    );
    const value = garbage.filter((given) => !(given instanceof ReadableStream)); // one that never ends waits
    await fc.assert(
      fc.asyncProperty(value, garbage, async (source, options) => {
        try {
          await read(source as never, options as never);
        } catch (error) {
          if (!(error instanceof DiffeoError)) throw error;
        }
      }),
    );
  });

  test("refuses a stream of anything but bytes", async () => {
    async function* words(): AsyncGenerator<string> {
      yield "x,y\n";
    }
    await expect(read(words() as never)).rejects.toThrow('a stream must give Uint8Arrays; got "x,y\\n"');
  });
});
