import { streamTable } from "diffeo/io";
import { DomainError } from "diffeo/tensor";
import { describe, expect, test } from "vitest";
import { gatherColumns } from "../../../src/io/tables/gatherColumns.ts";

const csv = 'id,x,note,y\n1,0.5,a,NA\n2,inf,"b\nc",2\n3,1.5,,3\n';

describe("gatherColumns", () => {
  test("counts the cells of each column, and keeps its numbers", async () => {
    const { columns, rows, lineOf } = await gatherColumns(await streamTable(csv));
    expect(rows).toBe(3);
    expect(columns.map(({ values, labels, ...report }) => report)).toEqual([
      {
        name: "id",
        numbers: 3,
        blanks: 0,
        infinities: 0,
        texts: 0,
        firstText: null,
        firstInfinite: null,
        firstBlankLine: null,
      },
      {
        name: "x",
        numbers: 2,
        blanks: 0,
        infinities: 1,
        texts: 0,
        firstText: null,
        firstInfinite: { line: 3, cell: "inf" },
        firstBlankLine: null,
      },
      {
        name: "note",
        numbers: 0,
        blanks: 1,
        infinities: 0,
        texts: 2,
        firstText: { line: 2, cell: "a" },
        firstInfinite: null,
        firstBlankLine: 5,
      },
      {
        name: "y",
        numbers: 2,
        blanks: 1,
        infinities: 0,
        texts: 0,
        firstText: null,
        firstInfinite: null,
        firstBlankLine: 2,
      },
    ]);
    expect(columns.map(({ values }) => values && [...values])).toEqual([
      [1, 2, 3],
      [0.5, Number.NaN, 1.5],
      null,
      [Number.NaN, 2, 3],
    ]);
    expect([0, 1, 2].map(lineOf)).toEqual([2, 3, 5]);
    expect(() => lineOf(3)).toThrow(DomainError);
    expect(() => lineOf(-1)).toThrow(DomainError);
  });

  test("takes the columns that are asked for, in their order, or leaves some out", async () => {
    const chosen = await gatherColumns(await streamTable(csv), { columns: ["y", "id"] });
    expect(chosen.columns.map(({ name }) => name)).toEqual(["y", "id"]);
    const others = await gatherColumns(await streamTable(csv), { exclude: ["note", "x"] });
    expect(others.columns.map(({ name, values }) => [name, values && [...values]])).toEqual([
      ["id", [1, 2, 3]],
      ["y", [Number.NaN, 2, 3]],
    ]);
    await expect(gatherColumns(await streamTable(csv), { columns: ["z"] })).rejects.toThrow(/got "z", it has "id"/);
    await expect(gatherColumns(await streamTable(csv), { colums: [] } as never)).rejects.toThrow(
      'did you mean "columns"?',
    );
  });

  test("counts on in a column that turns out to be text, late in the file", async () => {
    const lines = Array.from({ length: 300_000 }, (_, i) => (i === 250_000 ? "?!,1" : `${i},${i}`));
    const seen: number[] = [];
    const stream = await streamTable(`a,b\n${lines.join("\n")}\n`);
    const { columns, rows, lineOf } = await gatherColumns(stream, { onPiece: (count) => seen.push(count) });
    expect(rows).toBe(300_000);
    expect(columns[0]).toMatchObject({
      numbers: 299_999,
      texts: 1,
      firstText: { line: 250_002, cell: "?!" },
      values: null,
    });
    expect(columns[1].values?.length).toBe(300_000);
    expect([0, 99_999, 250_000, 299_999].map((row) => columns[1].values?.[row])).toEqual([0, 99_999, 1, 299_999]);
    expect(lineOf(299_999)).toBe(300_001);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(300_000);
  });

  test("reads values and texts alike", async () => {
    const json = await gatherColumns(await streamTable('[{"x":1.5,"s":"a"},{"x":null,"s":2},{"x":1e999}]'));
    expect(json.columns[0]).toMatchObject({
      numbers: 1,
      blanks: 1,
      infinities: 1,
      firstInfinite: { line: 3, cell: "Infinity" },
    });
    expect(json.columns[1]).toMatchObject({ numbers: 1, blanks: 1, texts: 1 });
  });

  test("keeps the texts of columns that may hold labels, whatever they look like", async () => {
    const { pieces, names } = await streamTable(new TextEncoder().encode("sex,mass,site\nf,1,x\n,2,y\nm,3,z\n"));
    const { columns } = await gatherColumns({ names, pieces }, { labels: ["sex", "mass"] });
    expect(columns.map(({ labels }) => labels)).toEqual([["f", "", "m"], ["1", "2", "3"], null]);
  });
});
