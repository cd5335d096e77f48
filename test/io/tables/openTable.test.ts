import { deflateRawSync, gzipSync } from "node:zlib";
import * as arrow from "apache-arrow";
import { FormatError, readTable, streamTable } from "diffeo/io";
import { DomainError } from "diffeo/tensor";
import * as hyparquet from "hyparquet";
import { describe, expect, test } from "vitest";
import { npy, zip } from "../../support/tables.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe("a file of another format", () => {
  test.each([
    ["a zstd file", "\x28\xb5\x2f\xfd....", "zstd -d"],
    ["a bzip2 file", "BZh91AY&SY", "bunzip2"],
    ["an xz file", "\xfd7zXZ\0....", "unxz"],
    ["an old Excel workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "export it as CSV"],
    ["an HDF5 file", "\x89HDF\r\n\x1a\n....", "read_hdf"],
    ["an SQLite database", "SQLite format 3\0", "sqlite3 -header -csv"],
    ["a MATLAB file", "MATLAB 5.0 MAT-file, Platform", "writematrix"],
    ["an R workspace", "RDX3\nX\n", "write.csv"],
    ["an R object", "X\n\0\0\0\x03\0\x04", "write.csv"],
    ["a Stata file", "<stata_dta><header>", "export delimited"],
    ["an SPSS file", "$FL2@(#) SPSS DATA FILE", "save it as CSV"],
    ["a SAS file", "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", "proc export"],
    ["a pickle", "\x80\x04\x95....", "read_pickle"],
    ["a Feather file of version 1", "FEA1....", "read_feather"],
    ["a PDF document", "%PDF-1.7", "save it as CSV"],
    ["a page in HTML", "\n<!DOCTYPE html><html>", "save the table as CSV"],
    ["a document in XML", '<?xml version="1.0"?>', "export the table as CSV"],
    ["an image", "\x89PNG\r\n\x1a\n", "numbers"],
    ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"],
    ["a tar archive", `${"\0".repeat(257)}ustar`, "tar -x"],
  ])("is refused by its name, with a remedy: %s", async (name, text, remedy) => {
    const error = await readTable(bytes(text)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toContain(`got ${name}`);
    expect((error as FormatError).message).toContain(remedy);
    const packed = await readTable(gzipSync(bytes(text))).catch((reason: unknown) => reason);
    expect((packed as FormatError).message).toBe((error as FormatError).message);
  });

  test("that is not known is refused at its first zero byte", async () => {
    await expect(readTable(bytes("abc\0def"))).rejects.toMatchObject({ code: "FORMAT", offset: 3 });
  });
});

describe("a packed file", () => {
  const csv = "x,y\n1,2\n3,4\n";

  test("is read through gzip, of all its members", async () => {
    const members = Buffer.concat([gzipSync(csv.slice(0, 5)), gzipSync(csv.slice(5))]);
    expect((await readTable(members)).matrix().toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test.each([
    ["is cut off", (packed: Buffer) => packed.subarray(0, -6)],
    [
      "has another checksum",
      (packed: Buffer) => Buffer.from(packed.map((byte, i) => (i === packed.length - 8 ? byte ^ 1 : byte))),
    ],
    [
      "has another byte within",
      (packed: Buffer) => Buffer.from(packed.map((byte, i) => (i === 12 ? byte ^ 255 : byte))),
    ],
  ])("is refused where it %s", async (_, damaged) => {
    await expect(readTable(damaged(gzipSync(csv.repeat(9))))).rejects.toMatchObject({ code: "FORMAT" });
  });

  test("within a packed file is followed, but not for ever", async () => {
    const nested = (depth: number): Uint8Array => (depth === 0 ? bytes(csv) : gzipSync(nested(depth - 1)));
    expect((await readTable(nested(4))).rows).toBe(2);
    await expect(readTable(nested(5))).rejects.toThrow("files may be packed 4 times within each other; got more");
  });

  test("in a zip archive is read where it is alone", async () => {
    const table = await readTable(zip({ "folder/": null, "folder/t.csv": bytes(csv) }));
    expect(table.names).toEqual(["x", "y"]);
    expect(table.notes).toEqual(["a file in a zip archive"]);
    const both = zip({ "a.csv": bytes(csv), "b.csv": bytes(csv) });
    await expect(readTable(both)).rejects.toThrow('must hold one table; got 2 files "a.csv", "b.csv"');
  });

  test.each([
    ["bytes that were changed", false, /"t\.csv" has another checksum/],
    ["a size that is too small", true, /"t\.csv" has more than 10 bytes/],
  ])("in a zip archive is refused for %s", async (_, small, message) => {
    const archive = zip({ "t.csv": bytes(csv) }, small ? deflateRawSync : undefined);
    const content = archive.indexOf("3".charCodeAt(0), 40);
    const sizeInDirectory = Buffer.from(archive).indexOf("PK\x01\x02") + 24;
    if (!small) archive[content] = "7".charCodeAt(0);
    else archive[sizeInDirectory] = 10;
    await expect(readTable(archive)).rejects.toMatchObject({ code: "FORMAT", message: expect.stringMatching(message) });
  });

  test.each([
    ["an Excel workbook", "xl/workbook.xml"],
    ["an OpenDocument spreadsheet", "content.xml"],
  ])("is refused as %s", async (kind, name) => {
    await expect(readTable(zip({ mimetype: bytes("x"), [name]: bytes("<a/>") }))).rejects.toThrow(
      `got ${kind}; export it as CSV`,
    );
  });
});

describe("arrays of NumPy", () => {
  test.each([
    ["<f8", [1.5, -2], 8, (view: DataView, at: number, x: number) => view.setFloat64(at, x, true)],
    [">f8", [1.5, -2], 8, (view: DataView, at: number, x: number) => view.setFloat64(at, x)],
    ["<f4", [1.5, -2], 4, (view: DataView, at: number, x: number) => view.setFloat32(at, x, true)],
    [">f4", [0.25, 3], 4, (view: DataView, at: number, x: number) => view.setFloat32(at, x)],
    ["|i1", [-7, 5], 1, (view: DataView, at: number, x: number) => view.setInt8(at, x)],
    ["<i2", [-700, 5], 2, (view: DataView, at: number, x: number) => view.setInt16(at, x, true)],
    [">i4", [-70_000, 5], 4, (view: DataView, at: number, x: number) => view.setInt32(at, x)],
    ["<i8", [-7, 5e15], 8, (view: DataView, at: number, x: number) => view.setBigInt64(at, BigInt(x), true)],
    ["|u1", [250, 5], 1, (view: DataView, at: number, x: number) => view.setUint8(at, x)],
    [">u2", [60_000, 5], 2, (view: DataView, at: number, x: number) => view.setUint16(at, x)],
    ["<u4", [4e9, 5], 4, (view: DataView, at: number, x: number) => view.setUint32(at, x, true)],
    [">u8", [9, 5e15], 8, (view: DataView, at: number, x: number) => view.setBigUint64(at, BigInt(x))],
    ["|b1", [1, 0], 1, (view: DataView, at: number, x: number) => view.setUint8(at, x)],
  ] as const)("may hold %s", async (type, values, size, write) => {
    const data = new Uint8Array(2 * size);
    for (const [i, value] of values.entries()) write(new DataView(data.buffer), i * size, value);
    const table = await readTable(npy(`'${type}'`, false, [2], data));
    expect(table.names).toEqual(["c1"]);
    expect(table.column("c1").toArray()).toEqual(values);
  });

  test("may hold half floats, tiny and infinite ones, too", async () => {
    const data = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x7e00).buffer);
    const table = await readTable(npy("'<f2'", false, [6], data));
    expect(table.columnReports[0]).toMatchObject({ numbers: 4, infinities: 1, blanks: 1 });
    expect(table.dropMissing().column("c1").toArray()).toEqual([1, -2, 2 ** -24, 65504]);
  });

  const six = new Uint8Array(Float64Array.of(1, 2, 3, 4, 5, 6).buffer);

  test("may be in the order of C or of Fortran", async () => {
    expect((await readTable(npy("'<f8'", false, [3, 2], six))).matrix().toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect((await readTable(npy("'<f8'", true, [3, 2], six))).matrix().toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  test("may have fields with names", async () => {
    const data = new Uint8Array(2 * 12);
    const view = new DataView(data.buffer);
    for (let i = 0; i < 2; i++) {
      view.setFloat64(12 * i, i + 0.5, true);
      view.setInt32(12 * i + 8, -i, false);
    }
    const table = await readTable(npy("[('mass', '<f8'), ('n', '>i4')]", false, [2], data));
    expect(table.names).toEqual(["mass", "n"]);
    expect(table.matrix().toArray()).toEqual([
      [0.5, 0],
      [1.5, -1],
    ]);
  });

  test.each([
    ["complex numbers", "'<c16'", [3]],
    ["Python objects", "'|O'", [6]],
    ["texts", "'<U2'", [6]],
    ["dates", "'<M8[ns]'", [6]],
    ["fields within fields", "[('a', [('b', '<f8')])]", [6]],
  ])("are refused where they hold %s", async (what, descr, shape) => {
    await expect(readTable(npy(descr, false, shape, six))).rejects.toThrow(what);
  });

  test.each([
    ["more numbers than there are", [4, 2], /it says \[4,2\] of 8 bytes each, 48 bytes are there/],
    ["fewer", [2, 2], /it says \[2,2\]/],
    ["so many that no memory would do", [999_999_999_999_999, 999_999_999_999_999], /it says/],
    ["three axes", [1, 2, 3], /a vector or a matrix/],
    ["no axis", [], /it says \[\]/],
  ])("are refused where their header says %s", async (_, shape, message) => {
    await expect(readTable(npy("'<f8'", false, shape, six))).rejects.toThrow(message);
  });

  test("in an archive are columns by their names", async () => {
    const column = (x: number): Uint8Array =>
      npy("'<f8'", false, [2], new Uint8Array(Float64Array.of(x, x + 1).buffer));
    const matrix = npy("'<f8'", false, [2, 3], six);
    const vectors = await readTable(zip({ "mass.npy": column(1), "t.npy": column(5) }, deflateRawSync));
    expect(vectors.names).toEqual(["mass", "t"]);
    expect(vectors.matrix().toArray()).toEqual([
      [1, 5],
      [2, 6],
    ]);
    expect((await readTable(zip({ "x.npy": matrix }))).names).toEqual(["c1", "c2", "c3"]);
    expect((await readTable(zip({ "x.npy": matrix, "y.npy": column(1) }))).names).toEqual(["x1", "x2", "x3", "y"]);
    const uneven = zip({ "x.npy": npy("'<f8'", false, [3, 2], six), "y.npy": column(1) });
    await expect(readTable(uneven)).rejects.toThrow('got "x" 3 × 2, "y" 2 × 1');
  });
});

describe("formats that are read by other packages", () => {
  test("need their reader", async () => {
    for (const magic of ["PAR1....", "ARROW1..", "\xff\xff\xff\xff...."]) {
      const error = await readTable(bytes(magic)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DomainError);
      expect((error as Error).message).toMatch(/needs the package \S+; got no reader; npm install/);
    }
  });

  test("are refused where the reader refuses them", async () => {
    const readers = { parquet: hyparquet, arrow };
    for (const text of ["PAR1....PAR1", "ARROW1..........", "\xff\xff\xff\xff\x08\0\0\0........"]) {
      await expect(readTable(bytes(text), { readers })).rejects.toMatchObject({ code: "FORMAT" });
    }
  });

  test("have missing values, dates, decimals and integers of any size", async () => {
    const table = arrow.tableFromArrays({
      x: Float64Array.of(1.5, Number.NaN),
      n: BigInt64Array.of(1n, 2n ** 60n),
      day: [new Date(0), new Date(86_400_000 * 365.5)],
      word: ["a", null],
    });
    const read = await readTable(arrow.tableToIPC(table, "file"), { readers: { arrow } });
    expect(read.names.map((name) => read.cells(name))).toEqual([
      ["1.5", "NaN"],
      ["1", "1152921504606846976"],
      ["1970-01-01", "1971-01-01T12:00:00"],
      ["a", ""],
    ]);
    expect(read.numericColumns).toEqual(["x", "n"]);
    expect(read.missing(["x"])).toEqual([2]);
    expect(read.missing(["word"])).toEqual([2]);
  });
});

describe("a source", () => {
  test("may be a string, bytes, a buffer, or a stream of the web", async () => {
    const text = "x,y\n1,2\n";
    const blob = new Blob([text]);
    for (const source of [
      text,
      bytes(text),
      bytes(text).buffer as ArrayBuffer,
      blob.stream() as unknown as AsyncIterable<Uint8Array>,
    ]) {
      expect((await readTable(source)).matrix().toArray()).toEqual([[1, 2]]);
    }
  });

  test("that fails rejects with its own error", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes("x,y\n1,2\n".repeat(100_000));
      throw new Error("the disk is gone");
    }
    await expect(readTable(failing())).rejects.toThrow("the disk is gone");
    async function* packed(): AsyncGenerator<Uint8Array> {
      yield gzipSync("x,y\n1,2\n".repeat(100_000)).subarray(0, 600);
      throw new Error("the disk is gone");
    }
    await expect(readTable(packed())).rejects.toThrow("the disk is gone");
  });

  test.each([
    ["all is read", "x,y\n1,2\n", async (source: AsyncIterable<Uint8Array>) => await readTable(source)],
    [
      "the head is refused",
      "1,2\n3,4\n",
      async (source: AsyncIterable<Uint8Array>) => await readTable(source).catch(() => {}),
    ],
    [
      "the loop is left",
      "x,y\n1,2\n",
      async (source: AsyncIterable<Uint8Array>) => {
        for await (const _piece of (await streamTable(source)).pieces) break;
      },
    ],
  ])("is closed when %s", async (_, text, read) => {
    for (const packed of [false, true]) {
      let open = true;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          const all = bytes(text + "3,4\n".repeat(600_000));
          yield packed ? gzipSync(all) : all;
          yield packed ? gzipSync("5,6\n") : bytes("5,6\n");
        } finally {
          open = false;
        }
      }
      await read(source());
      expect(open).toBe(false);
    }
  });

  test("tells how many bytes it has given", async () => {
    const seen: number[] = [];
    await readTable(bytes("x,y\n".concat("1,2\n".repeat(700_000))), { onProgress: (count) => seen.push(count) });
    expect(seen).toEqual([1 << 20, 2 << 20, 2_800_004]);
  });
});
