import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readTable, streamTable, type TableOptions } from "diffeo/io";
import { DiffeoError } from "diffeo/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timesOf } from "../../support/whole.ts";

const folder = new URL("cases/", import.meta.url);
const seeds = readdirSync(folder).map((file): Uint8Array => readFileSync(new URL(file, folder)));
/** Files that are tried, of all properties together. */
const files = timesOf(100_000);

const codes = ["CSV", "FORMAT", "DOMAIN", "LIMIT"];

/** Fails unless the bytes are a table, or are refused by a typed error with a message of one line. Returns the code, "" for a table. */
async function outcome(bytes: Uint8Array, options: TableOptions): Promise<string> {
  try {
    const table = await readTable(bytes, options);
    for (const name of table.names) expect(table.cells(name)).toHaveLength(table.rows);
    for (const { numbers, blanks, infinities, texts } of table.columnReports) {
      expect(numbers + blanks + infinities + texts).toBe(table.rows);
    }
    table.dropMissing(table.numericColumns).matrix(table.numericColumns);
    return "";
  } catch (error) {
    if (!(error instanceof DiffeoError)) throw error;
    expect(error.message).toMatch(/^readTable[^\n]*: [^\n]+; [^\n]+|^readTable[^\n]*, at byte \d+$/);
    expect(codes).toContain(error.code);
    return error.code;
  }
}

const options: fc.Arbitrary<TableOptions> = fc.record(
  {
    separator: fc.constantFrom(",", ";", "\t", "|", " ", "§"),
    header: fc.boolean(),
    skip: fc.integer({ min: 0, max: 3 }),
    comment: fc.constantFrom("#", "%"),
    blanks: fc.constantFrom([], ["", "NA"], ["-999"]),
  },
  { requiredKeys: [] },
);

/** What is done to a file: bytes replaced, cut out, doubled, or the end cut off. */
const change = fc.record({
  kind: fc.constantFrom("replace", "cut", "double", "truncate"),
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  size: fc.integer({ min: 1, max: 40 }),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from(',;\t| "\n\r#{}[]:.-0\0'))),
});

function changed(
  bytes: Uint8Array,
  { kind, place, size, byte }: typeof change extends fc.Arbitrary<infer C> ? C : never,
): Uint8Array {
  const at = Math.floor(place * bytes.length);
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, at + size), bytes.subarray(at + size)];
  if (kind === "truncate") return before;
  if (kind === "cut") return Buffer.concat([before, after]);
  if (kind === "double") return Buffer.concat([before, part, part, after]);
  return Buffer.concat([before, Buffer.from([byte]), bytes.subarray(at + 1)]);
}

// Without readers: a damaged file can keep apache-arrow 21.2.0 busy for ever, and end the process in hyparquet 1.33.0.
describe("a file that is damaged", () => {
  test("is a table or refused by a typed error, whatever the damage", async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        options,
        fc.boolean(),
        async (bytes, changes, settings, packed) => {
          const damaged = changes.reduce(changed, packed ? gzipSync(bytes) : bytes);
          const code = await outcome(damaged, settings);
          counts.set(code, (counts.get(code) ?? 0) + 1);
        },
      ),
      { numRuns: 0.5 * files },
    );
    for (const code of ["", "CSV", "FORMAT"]) expect(counts.get(code) ?? 0).toBeGreaterThan(files / 100);
  });

  test("is refused or read alike, whole and in pieces of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        change,
        fc.integer({ min: 1, max: 300 }),
        async (bytes, damage, size) => {
          const damaged = changed(bytes, damage);
          async function* crumbs(): AsyncGenerator<Uint8Array> {
            for (let at = 0; at < damaged.length; at += size) yield damaged.subarray(at, at + size);
          }
          const read = async (): Promise<void> => {
            const stream = await streamTable(crumbs());
            for await (const piece of stream.pieces) for (const name of piece.names) piece.cells(name);
          };
          const inPieces = await read().then(
            () => "",
            (error: DiffeoError) => error.code,
          );
          expect(inPieces).toBe(await outcome(damaged, {}));
        },
      ),
      { numRuns: 0.1 * files },
    );
  });
});

describe("random characters", () => {
  test.each([
    ["of tables", ',;\t| "\n\r#.-+0123456789eEaN_\uFEFFé'],
    ["of JSON", '{}[]:," \n0123456789-.eE\\untrueNaI'],
  ])("are a table or refused by a typed error: %s", async (_, letters) => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...letters), maxLength: 60 }),
        options,
        async (text, settings) => {
          await outcome(Buffer.from(letters.startsWith("{") ? `${"[{"[text.length % 2]}${text}` : text), settings);
        },
      ),
      { numRuns: 0.15 * files },
    );
  });

  test("behind the first bytes of every format are a table or refused", async () => {
    const magic = [
      "",
      "\x1f\x8b\x08\0",
      "PK\x03\x04",
      "PK\x05\x06",
      "PAR1",
      "ARROW1\0\0",
      "\xff\xff\xff\xff",
      "\x93NUMPY\x01\0",
      "\xff\xfe",
      "\xfe\xff",
      "\xef\xbb\xbf",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...magic),
        fc.uint8Array({ maxLength: 200 }),
        options,
        async (start, rest, settings) => {
          await outcome(Buffer.concat([Buffer.from(start, "latin1"), rest]), settings);
        },
      ),
      { numRuns: 0.1 * files },
    );
  });
});

describe("a large file of one kind of byte", () => {
  /** Megabytes: at quadratic time one of them is minutes. */
  const size = (timesOf(64) === 64 ? 64 : 2) << 20;

  test.each([
    ["separators", "", ","],
    ["separators in a row", "a,b\n1,2\n", ","],
    ["quotes", "a,b\n1,", '"'],
    ["quotes and tabs", "a\tb\n1\t2\n", '\t"x'],
    ["line breaks", "", "\n"],
    ["line breaks below a header", "a,b\n", "\r"],
    ["one line", "", "a"],
    ["digits", "a,b\n1,2\n3,", "1"],
    ["blanks", "a b\n1 ", " "],
    ["empty rows", "a,b\n1,2\n", ",\n"],
    ["comments", "# a\n", "#\n"],
    ["quoted line breaks", "a\n", '"\n"\n'],
    ["brackets", "", "["],
    ["keys", "", '{"a":'],
    ["numbers in JSON", "[", "1,"],
    ["a string in JSON", '["', "a"],
  ])("is read or refused in time: %s", async (_, head, unit) => {
    const start = performance.now();
    const bytes = Buffer.from(head + unit.repeat(Math.floor(size / unit.length)));
    try {
      for await (const piece of (await streamTable(bytes)).pieces)
        expect(piece.columnReports).toHaveLength(piece.names.length);
    } catch (error) {
      if (!(error instanceof DiffeoError)) throw error;
      expect(codes).toContain(error.code);
    }
    // linear work was at most 0.7 µs a byte, on two cores that others use; the margin is 10
    expect(performance.now() - start).toBeLessThan(1000 + (size / 1000) * 7);
  });
});
