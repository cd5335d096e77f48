import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadModel, Random, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { type CellRows, commandUnderTest, csvOf, examples, lastLine, normalRows } from "../support/command.ts";

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");
const penguins = join(examples, "penguins.csv");

/** 40 rows of two correlated columns. */
const goodRows = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40},${((i * 7) % 40) + ((i * 13) % 11)}`);

const csv = (name: string, rows: CellRows): string => command.file(name, csvOf(rows));

describe("diffeo fit", () => {
  it("fits two columns, beside a Gaussian, and saves nothing that was not asked for", () => {
    const before = readdirSync(command.folder);
    const { code, out, err } = command.run(["fit", faithful, "--model", "maf", "--steps", "30"]);
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
      /model − Gaussian {9}-?\d\.\d{4} ± 0\.\d{4} nats per row, paired; ± is one standard error of 54 rows/,
    );
    expect(out).toMatch(/16 rows are copies of others: 256 are different\n/);
    expect(out).toMatch(/rounded to 0\.001: eruptions; to integers: waiting/);
    expect(lastLine(out)).toMatchObject({
      ...{ columns: ["eruptions", "waiting"], picture: null, model: null, kind: "maf", steps: 30, seed: 1 },
      rows: { train: 191, validation: 27, heldOut: 54, dropped: 0, duplicates: 16 },
    });
    expect(readdirSync(command.folder)).toEqual(before);
  });

  it("writes only the result with --json, no progress with --quiet, and the same numbers for the same seed", () => {
    const [json, again, other] = ["1", "1", "2"].map((seed) =>
      command.run(["fit", faithful, "--model", "maf", "--steps", "5", "--json", "--seed", seed]),
    );
    expect(json.out.trimEnd().split("\n")).toHaveLength(1);
    const numbers = ({ out }: { out: string }): unknown => ({ ...lastLine(out), seconds: null });
    expect(numbers(again)).toEqual(numbers(json));
    expect(numbers(other)).not.toEqual(numbers(json));
    const quiet = command.run(["fit", faithful, "--model", "maf", "--steps", "5", "--quiet"]);
    expect(quiet.out).toMatch(/held-out log-likelihood/);
    expect(quiet.out).not.toMatch(/steps\/s/);
  });

  it("beats the full-covariance Gaussian on held-out rows of both example tables", () => {
    for (const args of [[faithful], [penguins, "--missing", "drop"]]) {
      const result = lastLine(command.run(["fit", ...args, "--model", "maf", "--steps", "400", "--json"]).out);
      expect(Number(result.logLikelihood) - Number(result.gaussian), args[0]).toBeGreaterThan(0);
    }
  });

  it.each(["gaussian", "mixture", "linear", "nice", "realnvp", "maf", "nsf", "nsf-coupling"])(
    "fits and saves a model of kind %s",
    (kind) => {
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
      expect(lastLine(out)).toMatchObject({
        kind,
        model: `${kind}.safetensors`,
        steps: ["gaussian", "mixture"].includes(kind) ? 0 : 20,
      });
      expect(out).toContain(
        `  taken: ${kind}${["gaussian", "mixture"].includes(kind) ? "" : ", 20 steps"}: it was asked for\n`,
      );
      const { flow, extra } = loadModel(readFileSync(join(command.folder, `${kind}.safetensors`)));
      expect(extra).toMatchObject({ model: kind, columns: ["eruptions", "waiting"], conditions: [], seed: 1 });
      expect(flow.bijection.dataShape).toEqual([2]);
      if (kind === "gaussian") expect(Math.abs(Number(lastLine(out).difference))).toBeLessThan(1e-12);
    },
  );

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
    const shell = `"${process.execPath}" "${main}" fit "${faithful}" --model maf --steps 300 -o piped.safetensors | head -1`;
    const { stderr } = spawnSync("sh", ["-c", shell], { cwd: command.folder, encoding: "utf8" });
    expect(stderr).toBe("");
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
    const { out } = command.run([
      "fit",
      penguins,
      "--missing",
      "drop",
      "--model",
      "maf",
      "--steps",
      "5",
      "--report",
      "report",
    ]);
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
    "says of a Gaussian table of %i rows that it is small, and that the model is no better than a Gaussian",
    (N, heldOut) => {
      const { code, out } = command.run([
        "fit",
        csv("gaussian.csv", normalRows(N, 2)),
        "--model",
        "maf",
        "--steps",
        "200",
      ]);
      expect(code).toBe(0);
      expect(out).toContain(
        `remark: a small table: ${N} different rows, of which the ${heldOut} held out can tell little\n`,
      );
      expect(out).toMatch(
        /remark: the model is not better than the Gaussian by more than twice its standard error: -?\d+\.\d{4} ± /,
      );
      const { logLikelihood, gaussian, difference, standardErrors, remarks } = lastLine(out);
      expect(Math.abs(Number(logLikelihood) - Number(gaussian) - Number(difference))).toBeLessThan(1e-9);
      expect(Object.values(standardErrors as object).every((error) => error > 0)).toBe(true);
      expect(remarks).toHaveLength(2);
    },
  );

  it("makes no remark on a large table that a flow describes better", () => {
    const moons = twoMoons().sample(1000, new Random(1)).toArray() as number[][];
    const { out } = command.run(["fit", csv("moons.csv", moons), "--model", "maf", "--steps", "300"]);
    expect(out).not.toMatch(/remark:|copies|rounded/);
    expect(lastLine(out)).toMatchObject({ remarks: [], rows: { duplicates: 0 } });
  });

  it("keeps the copies of a row on one side of the split, and counts them", () => {
    const rows = Array.from({ length: 400 }, (_, i) => [i % 80, ((i % 80) * 37) % 80]);
    const { out } = command.run(["fit", csv("copies.csv", rows), "--model", "maf", "--steps", "5"]);
    expect(out).toContain("400 rows (train 280, validation 40, held out 80)\n");
    expect(out).toContain("320 rows are copies of others: 80 are different\n");
    expect(out).toContain("remark: a small table: 80 different rows");
    const few = csv(
      "few.csv",
      rows.map((_, i) => [i % 7, (i % 7) ** 2]),
    );
    command.refuse(["fit", few], 1, /at least 20 different rows .*; got 7 \(400 rows, copies of one another\)/);
  });

  it("takes the numeric columns, says which it skips and why, and how many rows it drops", () => {
    const { code, out } = command.run(["fit", penguins, "--missing", "drop", "--model", "maf", "--steps", "5"]);
    expect(code).toBe(0);
    expect(out).toMatch(/beak_length_mm, beak_depth_mm, flipper_mm, mass_g; 342 rows/);
    expect(out).toMatch(/skipped, not numeric: species, island, sex/);
    expect(out).toMatch(/island: text, "Torgersen" on line 2/);
    expect(out).toMatch(/dropped 2 rows with blanks/);
    expect(lastLine(out)).toMatchObject({ rows: { dropped: 2 } });
  });

  it("reads standard input, and a column whose name has a comma", () => {
    const text = ['"a,b",y', ...goodRows].join("\n");
    const { out, code } = command.run(["fit", "-", "--model", "maf", "--steps", "5", "--columns", "a,b"], text);
    expect(code).toBe(0);
    expect(lastLine(out)).toMatchObject({ columns: ["a,b"] });
    expect(
      lastLine(command.run(["fit", "-", "--model", "maf", "--steps", "5", "--columns", '"a,b",y'], text).out),
    ).toMatchObject({
      columns: ["a,b", "y"],
    });
  });
});

describe("an interrupted fit", () => {
  it("keeps the best weights and the training, and goes on to the very file that it would have made", async () => {
    const file = csv("moons.csv", twoMoons().sample(3000, new Random(1)).toArray() as number[][]);
    const args = ["fit", file, "--model", "realnvp", "--steps", "300", "--seed", "3", "-o"];
    expect(command.run([...args, "whole.safetensors"]).code).toBe(0);
    const child = command.start([...args, "cut.safetensors"]);
    let out = "";
    const code = await new Promise((resolve) => {
      child.stdout?.on("data", (chunk) => {
        if (/step {2}60/.test(String(chunk))) child.kill("SIGINT");
        out += chunk;
      });
      child.on("close", resolve);
    });
    expect(code).toBe(130);
    expect(out).toMatch(/Interrupted: keeping the best so far\n[\s\S]*cut\.safetensors \(go on with --resume\)\n/);
    expect(lastLine(out).steps).toBeGreaterThanOrEqual(60);
    expect(lastLine(out).steps).toBeLessThan(300);
    expect(command.run(["inspect", "cut.safetensors"]).out).toMatch(/a checkpoint: training can go on from it/);
    command.refuse(
      ["fit", file, "-o", "cut.safetensors", "--resume", "--steps", "700"],
      2,
      /goes on as it began, with --steps 300; got 700/,
    );
    command.refuse(
      ["fit", penguins, "--missing", "drop", "-o", "cut.safetensors", "--resume"],
      1,
      /--resume goes on with the table and the options that cut\.safetensors was made with; the architecture/,
    );
    const resumed = command.run(["fit", file, "-o", "cut.safetensors", "--resume"]);
    expect(resumed.err).toBe("");
    expect(lastLine(resumed.out)).toMatchObject({ steps: 300, seed: 3, kind: "realnvp" });
    const [cut, whole] = ["cut", "whole"].map((name) => readFileSync(join(command.folder, `${name}.safetensors`)));
    expect(cut.equals(whole)).toBe(true);
    command.refuse(["fit", file, "-o", "cut.safetensors", "--resume"], 1, /training of cut\.safetensors is done/);
    rmSync(join(command.folder, "cut.safetensors"));
    expect(existsSync(join(command.folder, "cut.safetensors"))).toBe(false);
  });
});
