import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadModel, Random, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { commandUnderTest, examples, lastLine } from "../support/command.ts";

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");
const penguins = join(examples, "penguins.csv");

/** 40 rows of two correlated columns. */
const goodRows = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40},${((i * 7) % 40) + ((i * 13) % 11)}`);

/** Rows of independent normal numbers. */
const normalRows = (N: number, D: number, seed = N): number[][] =>
  new Random(seed).normal([N, D]).toArray() as number[][];

/** A CSV with columns a, b, c … of those rows. */
const csv = (name: string, rows: readonly (readonly (number | string)[])[]): string =>
  command.file(
    name,
    [rows[0].map((_, j) => (j < 8 ? "abcdefgh"[j] : `v${j}`)), ...rows].map((row) => row.join(",")).join("\n"),
  );

describe("diffeo fit", () => {
  it("fits two columns, beside a Gaussian, and saves nothing that was not asked for", () => {
    const before = readdirSync(command.folder);
    const { code, out, err } = command.run(["fit", faithful, "--steps", "30"]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/eruptions, waiting; 272 rows \(train 191, validation 27, held out 54\)/);
    expect(out).toMatch(/step 30\/30 {2}NLL \d\.\d+ nats {2}\d+ steps\/s {2}ETA 0 s/);
    expect(out).not.toMatch(/\r/);
    expect(out).toMatch(
      /held-out log-likelihood {2}-\d\.\d{4} ± 0\.\d{4} nats per row, in the units of the file; median -/,
    );
    expect(out).toMatch(
      /full-covariance Gaussian -\d\.\d{4} ± 0\.\d{4} nats per row, fitted to the same training rows/,
    );
    expect(out).toMatch(
      /flow − Gaussian {10}-?\d\.\d{4} ± 0\.\d{4} nats per row, paired; ± is one standard error of 54 rows/,
    );
    expect(out).toMatch(/16 rows are copies of others: 256 are different, and copies stay on one side of the split/);
    expect(out).toMatch(/rounded to 0\.001: eruptions; to integers: waiting/);
    expect(lastLine(out)).toMatchObject({
      ...{ columns: ["eruptions", "waiting"], picture: null, model: null, kind: "maf", steps: 30, seed: 1 },
      rows: { train: 191, validation: 27, heldOut: 54, dropped: 0, duplicates: 16 },
    });
    expect(readdirSync(command.folder)).toEqual(before);
  });

  it("writes only the result with --json, no progress with --quiet, and the same numbers for the same seed", () => {
    const [json, again, other] = ["1", "1", "2"].map((seed) =>
      command.run(["fit", faithful, "--steps", "5", "--json", "--seed", seed]),
    );
    expect(json.out.trimEnd().split("\n")).toHaveLength(1);
    const numbers = ({ out }: { out: string }): unknown => ({ ...lastLine(out), seconds: null });
    expect(numbers(again)).toEqual(numbers(json));
    expect(numbers(other)).not.toEqual(numbers(json));
    const quiet = command.run(["fit", faithful, "--steps", "5", "--quiet"]);
    expect(quiet.out).toMatch(/held-out log-likelihood/);
    expect(quiet.out).not.toMatch(/steps\/s/);
  });

  it("beats the full-covariance Gaussian on held-out rows of both example tables", () => {
    for (const args of [[faithful], [penguins, "--missing", "drop"]]) {
      const result = lastLine(command.run(["fit", ...args, "--steps", "400", "--json"]).out);
      expect(Number(result.logLikelihood) - Number(result.gaussian), args[0]).toBeGreaterThan(0);
    }
  });

  it.each(["gaussian", "linear", "nice", "realnvp", "maf", "nsf"])("fits and saves a model of kind %s", (kind) => {
    const { code, out } = command.run([
      "fit",
      faithful,
      "--model",
      kind,
      "--steps",
      "20",
      "--quiet",
      "-o",
      `${kind}.safetensors`,
    ]);
    expect(code).toBe(0);
    expect(lastLine(out)).toMatchObject({ kind, model: `${kind}.safetensors`, steps: kind === "gaussian" ? 0 : 20 });
    const { flow, extra } = loadModel(readFileSync(join(command.folder, `${kind}.safetensors`)));
    expect(extra).toMatchObject({ model: kind, columns: ["eruptions", "waiting"], conditions: [], seed: 1 });
    expect(flow.bijection.dataShape).toEqual([2]);
    if (kind === "gaussian") expect(lastLine(out).difference).toBe(0);
  });

  it("saves the same file, byte for byte, for the same steps and seed; a budget is steps, too", () => {
    const fitted = (...args: string[]): Buffer => {
      expect(command.run(["fit", faithful, ...args, "--quiet", "-o", "m.safetensors"]).code).toBe(0);
      return readFileSync(join(command.folder, "m.safetensors"));
    };
    const budget = fitted("--budget", "0.3", "--model", "realnvp");
    const { steps } = loadModel(budget).extra;
    expect(steps).toBeGreaterThan(0);
    expect(fitted("--steps", String(steps), "--model", "realnvp")).toEqual(budget);
    expect(fitted("--steps", String(steps), "--model", "realnvp", "--seed", "2")).not.toEqual(budget);
  });

  it("saves models of many columns that open again", () => {
    const file = csv("wide.csv", normalRows(120, 40));
    for (const kind of ["gaussian", "realnvp"]) {
      const fitted = command.run(["fit", file, "--model", kind, "--steps", "2", "--json", "-o", "wide.safetensors"]);
      expect(fitted).toMatchObject({ code: 0, err: "" });
      expect(command.run(["score", "wide.safetensors", file]).out.trimEnd().split("\n")).toHaveLength(121);
    }
    command.refuse(["fit", file, "--test", "0.6"], 1, /36 rows are left to learn from, too few for 40 columns/);
  });

  it("goes on to its file when nobody reads the report", () => {
    const main = join(command.folder, ".command", "main.mjs");
    const shell = `"${process.execPath}" "${main}" fit "${faithful}" --steps 300 -o piped.safetensors | head -1`;
    spawnSync("sh", ["-c", shell], { cwd: command.folder });
    expect(loadModel(readFileSync(join(command.folder, "piped.safetensors"))).extra.steps).toBe(300);
  });

  it("finds out before training that the report cannot be written", () => {
    command.refuse(
      ["fit", faithful, "--report", command.file("taken", "")],
      1,
      /cannot make the folder taken: a file of that name is there/,
    );
    command.refuse(["fit", faithful, "--header", "--no-header"], 2, /--header or --no-header, not both/);
  });

  it("writes a report with a picture", () => {
    const { out } = command.run(["fit", penguins, "--missing", "drop", "--steps", "5", "--report", "report"]);
    expect(readdirSync(join(command.folder, "report")).sort()).toEqual(["picture.svg", "report.json", "report.txt"]);
    expect(lastLine(out).picture).toBe(join("report", "picture.svg"));
    expect(readFileSync(join(command.folder, "report/report.txt"), "utf8")).toContain("held-out log-likelihood");
    expect(JSON.parse(readFileSync(join(command.folder, "report/report.json"), "utf8"))).toEqual(lastLine(out));
  });

  it.each([
    [20, 4],
    [40, 8],
    [100, 20],
  ])(
    "says of a Gaussian table of %i rows that it is small, and that the flow is no better than a Gaussian",
    (N, heldOut) => {
      const { code, out } = command.run(["fit", csv("gaussian.csv", normalRows(N, 2)), "--steps", "200"]);
      expect(code).toBe(0);
      expect(out).toContain(
        `remark: a small table: ${N} different rows, of which the ${heldOut} held out can tell little\n`,
      );
      expect(out).toMatch(
        /remark: the flow is not better than the Gaussian by more than twice its standard error: -?\d+\.\d{4} ± /,
      );
      const { logLikelihood, gaussian, difference, standardErrors, remarks } = lastLine(out);
      expect(Math.abs(Number(logLikelihood) - Number(gaussian) - Number(difference))).toBeLessThan(1e-9);
      expect(Object.values(standardErrors as object).every((error) => error > 0)).toBe(true);
      expect(remarks).toHaveLength(2);
    },
  );

  it("makes no remark on a large table that a flow describes better", () => {
    const moons = twoMoons().sample(1000, new Random(1)).toArray() as number[][];
    const { out } = command.run(["fit", csv("moons.csv", moons), "--steps", "300"]);
    expect(out).not.toMatch(/remark:|copies|rounded/);
    expect(lastLine(out)).toMatchObject({ remarks: [], rows: { duplicates: 0 } });
  });

  it("keeps the copies of a row on one side of the split, and counts them", () => {
    const rows = Array.from({ length: 400 }, (_, i) => [i % 80, ((i % 80) * 37) % 80]);
    const { out } = command.run(["fit", csv("copies.csv", rows), "--steps", "5"]);
    expect(out).toContain("400 rows (train 280, validation 40, held out 80)\n");
    expect(out).toContain(
      "320 rows are copies of others: 80 are different, and copies stay on one side of the split\n",
    );
    expect(out).toContain("remark: a small table: 80 different rows");
    const few = csv(
      "few.csv",
      rows.map((_, i) => [i % 7, (i % 7) ** 2]),
    );
    command.refuse(["fit", few], 1, /at least 20 different rows .*; got 7 \(400 rows, copies of one another\)/);
  });

  it("takes the numeric columns, says which it skips and why, and how many rows it drops", () => {
    const { code, out } = command.run(["fit", penguins, "--missing", "drop", "--steps", "5"]);
    expect(code).toBe(0);
    expect(out).toMatch(/beak_length_mm, beak_depth_mm, flipper_mm, mass_g; 342 rows/);
    expect(out).toMatch(/skipped, not numeric: species, island, sex/);
    expect(out).toMatch(/island: text, "Torgersen" on line 2/);
    expect(out).toMatch(/dropped 2 rows with blanks/);
    expect(lastLine(out)).toMatchObject({ rows: { dropped: 2 } });
  });

  it("leaves out columns that number the rows and constant ones, unless they are asked for, and says so", () => {
    const rows = normalRows(60, 2).map(([a, b], i) => [i + 1, a, b, 3.5, i % 3 === 0 ? 1 : 0]);
    const file = csv("numbered.csv", rows);
    const { out } = command.run(["fit", file, "--steps", "5"]);
    expect(out).toMatch(/left out, it numbers the rows: a \(--columns takes it\)/);
    expect(out).toMatch(/left out, it is constant \(3\.5\) and has no density: d/);
    expect(out).toMatch(/left out, it has two values only \(0 and 1\), and no density: e \(--condition takes it\)/);
    expect(lastLine(out)).toMatchObject({ columns: ["b", "c"] });
    expect(lastLine(command.run(["fit", file, "--steps", "5", "--condition", "e"]).out)).toMatchObject({
      conditions: ["e"],
    });
    command.refuse(["fit", file, "--columns", "b,e"], 1, /column e: 40 rows \(66\.7 %\) are exactly 0/);
    expect(lastLine(command.run(["fit", file, "--steps", "5", "--columns", "a,b"]).out)).toMatchObject({
      columns: ["a", "b"],
    });
    command.refuse(
      ["fit", file, "--columns", "b,d"],
      1,
      /column d is constant \(3\.5\): it has no density; leave it out with --exclude "d"/,
    );
  });

  it("fits one column, columns given others, and columns left out", () => {
    const one = lastLine(command.run(["fit", faithful, "--columns", "waiting", "--steps", "20"]).out);
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
      "--steps",
      "20",
    ]);
    expect(given.out).toMatch(/beak_length_mm, beak_depth_mm given flipper_mm; 342 rows/);
    expect(lastLine(given.out)).toMatchObject({
      columns: ["beak_length_mm", "beak_depth_mm"],
      conditions: ["flipper_mm"],
    });
  });

  it("refuses columns that together have no density, with names and remedy, whatever the seed", () => {
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
    for (const seed of ["1", "2", "3"]) {
      command.refuse(
        ["fit", twice, "--seed", seed],
        1,
        /column c equals a in every row: together they have no density; leave it out with --exclude "c"/,
      );
      command.refuse(
        ["fit", sum, "--seed", seed],
        1,
        /column [abc] is .* \+ a constant, in every row: .*--exclude "[abc]"/,
      );
      command.refuse(["fit", shares, "--seed", seed], 1, /column [abc] is .*, in every row: .*--exclude/);
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
      const { out } = command.run(["fit", csv("wild.csv", wild), "--steps", "50", "--seed", String(seed), "--quiet"]);
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
    expect(command.run(["fit", infinite, "--missing", "drop", "--steps", "5"]).out).toMatch(/dropped 1 rows/);
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
    command.refuse(["fit", file, "--model", "gaussian", "--condition", "c"], 2, /cannot be conditioned on c; choose/);
    command.refuse(["fit", file, "--model", "nice", "--columns", "a"], 2, /needs at least 2 columns; got a/);
    command.refuse(["fit", file, "--steps", "5", "--budget", "3"], 2, /--steps or --budget, not both/);
    command.refuse(["fit", file, "--resume"], 2, /--resume goes on from the file of -o/);
  });

  it("reads standard input, and a column whose name has a comma", () => {
    const text = ['"a,b",y', ...goodRows].join("\n");
    const { out, code } = command.run(["fit", "-", "--steps", "5", "--columns", "a,b"], text);
    expect(code).toBe(0);
    expect(lastLine(out)).toMatchObject({ columns: ["a,b"] });
    expect(lastLine(command.run(["fit", "-", "--steps", "5", "--columns", '"a,b",y'], text).out)).toMatchObject({
      columns: ["a,b", "y"],
    });
  });
});

describe("an interrupted fit", () => {
  it("keeps the best weights and the training, and goes on to the very file that it would have made", async () => {
    const args = ["fit", faithful, "--model", "realnvp", "--steps", "600", "--seed", "3", "-o"];
    expect(command.run([...args, "whole.safetensors"]).code).toBe(0);
    const child = command.start([...args, "cut.safetensors"]);
    let out = "";
    const code = await new Promise((resolve) => {
      child.stdout?.on("data", (chunk) => {
        if (/step 120/.test(String(chunk))) child.kill("SIGINT");
        out += chunk;
      });
      child.on("close", resolve);
    });
    expect(code).toBe(130);
    expect(out).toMatch(/Interrupted: keeping the best weights so far, those of step \d+\n/);
    expect(lastLine(out).steps).toBeLessThan(600);
    expect(command.run(["inspect", "cut.safetensors"]).out).toMatch(/a checkpoint: training can go on from it/);
    command.refuse(
      ["fit", faithful, "-o", "cut.safetensors", "--resume", "--steps", "700"],
      2,
      /goes on as it began, with --steps 600; got 700/,
    );
    command.refuse(
      ["fit", penguins, "--missing", "drop", "-o", "cut.safetensors", "--resume"],
      1,
      /--resume goes on with the table and the options that cut\.safetensors was made with; the architecture/,
    );
    const resumed = command.run(["fit", faithful, "-o", "cut.safetensors", "--resume"]);
    expect(resumed.err).toBe("");
    expect(lastLine(resumed.out)).toMatchObject({ steps: 600, seed: 3, kind: "realnvp" });
    const [cut, whole] = ["cut", "whole"].map((name) => readFileSync(join(command.folder, `${name}.safetensors`)));
    expect(cut.equals(whole)).toBe(true);
    command.refuse(["fit", faithful, "-o", "cut.safetensors", "--resume"], 1, /training of cut\.safetensors is done/);
    rmSync(join(command.folder, "cut.safetensors"));
    expect(existsSync(join(command.folder, "cut.safetensors"))).toBe(false);
  });
});
