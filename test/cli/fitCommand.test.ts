import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DensityModel, readCsv } from "diffeo";
import { describe, expect, it } from "vitest";
import { commandUnderTest, examples, lastLine } from "../support/command.ts";

// The way from a table to a picture, in short; all of it in test/slow/fitCommand.test.ts and modelCommands.test.ts.

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");

describe("from a table to a picture", () => {
  it("fit → score → sample → evaluate → plot → inspect, with the numbers of the library", () => {
    const fitted = command.run(["fit", faithful, "--model", "maf", "--steps", "20", "--quiet", "-o", "m.safetensors"]);
    expect([fitted.err, fitted.code]).toEqual(["", 0]);
    expect(fitted.out).toMatch(/eruptions, waiting; 272 rows \(train 191, validation 27, held out 54\)/);
    expect(lastLine(fitted.out)).toMatchObject({
      columns: ["eruptions", "waiting"],
      steps: 20,
      model: "m.safetensors",
    });
    const model = DensityModel.load(readFileSync(join(command.folder, "m.safetensors")));
    const scored = readCsv(command.run(["score", "m.safetensors", faithful]).out);
    const x = readCsv(readFileSync(faithful, "utf8")).matrix();
    expect([...scored.column("logLikelihood").data]).toEqual([...model.score(x).data]);
    expect(readCsv(command.run(["sample", "m.safetensors", "-n", "3"]).out).rows).toBe(3);
    expect(lastLine(command.run(["evaluate", "m.safetensors", faithful]).out)).toMatchObject({ rows: 272, wild: [] });
    expect(command.run(["plot", "m.safetensors", faithful, "-o", "m.svg"]).code).toBe(0);
    expect(command.run(["inspect", "m.safetensors"]).out).toMatch(/columns {5}eruptions, waiting/);
  });

  it("fit gives the same file with one thread and with two", () => {
    const files = [[], ["--threads", "1"], ["--threads", "2"]].map((threads, k) => {
      const call = ["fit", faithful, "--model", "maf", "--steps", "60", "--quiet", "-o", `${k}.safetensors`];
      const { err, code } = command.run([...call, ...threads]);
      expect([err, code]).toEqual(["", 0]);
      return readFileSync(join(command.folder, `${k}.safetensors`)).toString("base64");
    });
    expect(new Set(files).size).toBe(1);
    command.refuse(["fit", faithful, "--threads", "0"], 2, /--threads must be an integer ≥ 1; got "0"/);
  });

  it("refuses what cannot be fitted, with one line", () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40},${((i * 7) % 40) + ((i * 13) % 11)}`);
    const file = command.file("bad.csv", ["a,b", ...rows, "7,oops"].join("\n"));
    command.refuse(["fit", file], 1, /got "oops" on line 42 in column "b": mend it/);
    const sum = command.file(
      "sum.csv",
      ["a,b,c", ...rows.map((row) => `${row},${row.split(",").reduce((s, n) => s + Number(n), 0)}`)].join("\n"),
    );
    const { out } = command.run(["fit", sum, "--model", "maf", "--steps", "2"]);
    expect(out).toMatch(/set aside, .* \+ a constant in every row: [abc]\n/);
    command.refuse(["fit", "missing.csv"], 1, /cannot read missing\.csv: no such file or directory/);
  });
});
