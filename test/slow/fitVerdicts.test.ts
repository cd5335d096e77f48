import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CellRows, commandUnderTest, csvOf, examples, lastLine, normalRows } from "../support/command.ts";

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");
const penguins = join(examples, "penguins.csv");

/** 40 rows of two correlated columns. */
const goodRows = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40},${((i * 7) % 40) + ((i * 13) % 11)}`);

const csv = (name: string, rows: CellRows): string => command.file(name, csvOf(rows));

describe("diffeo fit, of tables that are not as they should be", () => {
  it("leaves out columns that number the rows and constant ones, unless they are asked for, and says so", () => {
    const rows = normalRows(60, 2).map(([a, b], i) => [i + 1, a, b, 3.5, i % 3 === 0 ? 1 : 0]);
    const file = csv("numbered.csv", rows);
    const { out } = command.run(["fit", file, "--model", "maf", "--steps", "5"]);
    expect(out).toMatch(/left out, it numbers the rows: a \(--columns takes it\)/);
    expect(out).toMatch(/set aside, constant \(3\.5\), without a density: d/);
    expect(out).toMatch(/left out, it has two values only \(0 and 1\), and no density: e \(--condition "e" takes it\)/);
    expect(lastLine(out)).toMatchObject({ columns: ["b", "c"] });
    expect(
      lastLine(command.run(["fit", file, "--model", "maf", "--steps", "5", "--condition", "e"]).out),
    ).toMatchObject({
      conditions: ["e"],
    });
    const inCells = command.run(["fit", file, "--model", "maf", "--steps", "5", "--columns", "b,e"]);
    expect(inCells.out).toMatch(/types: e integers; others real\n/);
    expect(
      lastLine(command.run(["fit", file, "--model", "maf", "--steps", "5", "--columns", "a,b"]).out),
    ).toMatchObject({
      columns: ["a", "b"],
    });
    const asked = command.run(["fit", file, "--model", "maf", "--steps", "5", "--columns", "b,d"]);
    expect(asked.out).toMatch(/set aside, constant \(3\.5\), without a density: d\n/);
    expect(lastLine(asked.out)).toMatchObject({ columns: ["b"] });
    command.refuse(
      ["fit", file, "--columns", "d"],
      1,
      /needs a column that has a density; got none \(set aside, constant \(3\.5\)/,
    );
  });

  it("fits one column, columns given others, and columns left out", () => {
    const one = lastLine(command.run(["fit", faithful, "--columns", "waiting", "--model", "maf", "--steps", "20"]).out);
    expect(one).toMatchObject({ columns: ["waiting"] });
    const given = command.run([
      "fit",
      penguins,
      "--missing",
      "drop",
      "--exclude",
      "mass_g",
      "--condition",
      "flipper_mm",
      "--model",
      "maf",
      "--steps",
      "20",
    ]);
    expect(given.out).toMatch(/beak_length_mm, beak_depth_mm given flipper_mm; 342 rows/);
    expect(lastLine(given.out)).toMatchObject({
      columns: ["beak_length_mm", "beak_depth_mm"],
      conditions: ["flipper_mm"],
    });
  });

  it("sets aside columns that have no density beside the others, by name, whatever the seed", () => {
    const rows = normalRows(60, 2);
    const twice = csv(
      "twice.csv",
      rows.map(([a, b]) => [a, b, a]),
    );
    const sum = csv(
      "sum.csv",
      rows.map(([a, b]) => [a, b, 2 * a - b + 1]),
    );
    const shares = csv(
      "shares.csv",
      normalRows(60, 2)
        .map(([a, b]) => [(20 + 5 * a).toFixed(2), (30 + 5 * b).toFixed(2)])
        .map(([a, b]) => [a, b, (100 - Number(a) - Number(b)).toFixed(2)]),
    );
    const short = ["--model", "maf", "--steps", "3", "--seed"];
    for (const seed of ["1", "2", "3"]) {
      const told = (file: string): string => command.run(["fit", file, ...short, seed]).out;
      expect(told(twice)).toMatch(/set aside, equal to a in every row: c\n/);
      expect(told(sum)).toMatch(/set aside, .* \+ a constant in every row: [abc]\n/);
      expect(told(shares)).toMatch(/set aside, .* in every row: [abc]\n/);
      expect(lastLine(told(twice)).columns).toEqual(["a", "b"]);
    }
  });

  it("refuses a continuous density on an atom, whatever the seed, and names what can be done", () => {
    const rows = normalRows(400, 2).map(([a, b], i) => [i % 2 === 0 ? 0 : Math.exp(a), b]);
    const file = csv("zeros.csv", rows);
    for (const seed of ["1", "2"]) {
      command.refuse(
        ["fit", file, "--seed", seed],
        1,
        /column a: 200 rows \(50\.0 %\) are exactly 0, .*--exclude "a", state it with --condition "a"/,
      );
    }
  });

  it("names a wild row, and keeps it from deciding the figures", () => {
    const rows = normalRows(300, 2);
    const lines: number[] = [];
    for (let seed = 1; seed <= 30 && lines.length === 0; seed++) {
      // until it is held out
      const wild = rows.map((row, i) => (i === 17 ? [1e7, 3] : row));
      const { out } = command.run([
        "fit",
        csv("wild.csv", wild),
        "--model",
        "maf",
        "--steps",
        "50",
        "--seed",
        String(seed),
        "--quiet",
      ]);
      const result = lastLine(out) as { logLikelihood: number; wild: { line: number }[]; meanOfAll: number };
      expect(Math.abs(result.logLikelihood)).toBeLessThan(100);
      if (result.wild.length === 0) continue;
      expect(out).toMatch(/1 row \(1\.67 %\) is so unlikely that the mean would speak of nothing else, .*line 19 \(-/);
      expect(result.meanOfAll).toBeLessThan(-1000);
      lines.push(result.wild[0].line);
    }
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines)).toEqual(new Set([19]));
  });

  it("refuses blanks and bad cells by line and column, and says what to do", () => {
    command.refuse(["fit", penguins], 1, /2 rows have blanks \(line 5, 341\); leave them out with --missing drop/);
    const bad = csv("bad.csv", [...goodRows.map((row) => row.split(",")), ["7", "oops"], ["1", "2"]]);
    for (const args of [[], ["--columns", "a,b"]]) {
      command.refuse(
        ["fit", bad, ...args],
        1,
        /got "oops" on line 42 in column "b": mend it, call it blank with --blanks "oops", or leave the column out/,
      );
    }
    const infinite = csv("infinite.csv", [...goodRows.map((row) => row.split(",")), ["7", "inf"]]);
    command.refuse(["fit", infinite], 1, /got "inf" on line 42 in column "b"; leave them out with --missing drop/);
    expect(command.run(["fit", infinite, "--missing", "drop", "--model", "maf", "--steps", "5"]).out).toMatch(
      /dropped 1 row with blanks/,
    );
    for (const word of ["1e999", "0x10"]) {
      const other = csv("word.csv", [...goodRows.map((row) => row.split(",")), ["7", word]]);
      command.refuse(["fit", other, "--columns", "a,b"], 1, new RegExp(`"${word}" on line 42 in column "b"`));
    }
  });

  it("refuses tables from which nothing can be learned", () => {
    command.refuse(["fit", command.file("empty.csv", "")], 1, /empty/);
    command.refuse(["fit", command.file("header.csv", "a,b\n")], 1, /at least one numeric column; got none of a, b/);
    command.refuse(
      ["fit", command.file("one-row.csv", "a,b\n1,2\n")],
      1,
      /at least 20 different rows to learn from and to hold out; got 1/,
    );
    command.refuse(["fit", command.file("ragged.csv", "a,b\n1,2\n3\n")], 1, /line 3/);
    command.refuse(
      [
        "fit",
        csv(
          "names.csv",
          goodRows.map((_, i) => [`x${i}`, `y${i}`]),
        ),
      ],
      1,
      /got none of a, b/,
    );
  });

  it("refuses files, columns and outputs that are not there", () => {
    command.refuse(["fit", "missing.csv"], 1, /cannot read missing\.csv: no such file or directory/);
    command.refuse(["fit", "."], 1, /cannot read \.: it is a directory/);
    const file = csv(
      "good.csv",
      goodRows.map((row, i) => [...row.split(","), (i * i) % 17]),
    );
    command.refuse(["fit", file, "--columns", "a,z"], 1, /no column "z"; it has a, b, c/);
    command.refuse(["fit", file, "--columns", "a,a"], 2, /each column once; got a twice/);
    command.refuse(["fit", file, "--columns", "a,b", "--condition", "b"], 2, /given or modelled; got b as both/);
    command.refuse(["fit", file, "-o", "x.svg"], 2, /-o is the model's file/);
    command.refuse(
      ["fit", file, "-o", "nowhere/x.safetensors"],
      1,
      /cannot write nowhere\/x\.safetensors: no such file or directory/,
    );
    for (const kind of ["gaussian", "mixture", "linear"]) {
      command.refuse(["fit", file, "--model", kind, "--condition", "c"], 2, /cannot be conditioned on c; choose nice,/);
    }
    for (const kind of ["nice", "realnvp", "nsf-coupling"]) {
      command.refuse(["fit", file, "--model", kind, "--columns", "a"], 2, /needs at least 2 columns; got a/);
    }
    command.refuse(["fit", file, "--model", "nice", "--exclude", "b,c"], 1, /nice needs at least 2 columns; got a/);
    command.refuse(["fit", file, "--types", "z=integer"], 1, /--types: the table has no column "z"; it has a, b, c/);
    command.refuse(["fit", file, "--steps", "5", "--budget", "3"], 2, /--steps or --budget, not both/);
    command.refuse(["fit", file, "--resume"], 2, /--resume goes on from the file of -o/);
  });
});
