import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random, twoMoons } from "diffeo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const command = join(root, "dist/cli/main.js");
const examples = join(root, "examples/data");
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")]);
  folder = mkdtempSync(join(tmpdir(), "diffeo-cli-"));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function diffeo(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

/** The path of a CSV file with that text. */
function csv(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** Expects one line on stderr and no picture or other file left behind. */
function expectRefusal(run: Run, code: number, message: RegExp): void {
  expect(run.err).toMatch(message);
  expect(run.err).toMatch(/^diffeo: [^\n]+\n$/);
  expect(run.err).not.toMatch(/ at .*:\d+|internal error/);
  expect(run.code).toBe(code);
  expect(readdirSync(folder).filter((name) => name.includes(".tmp") || name.endsWith(".svg"))).toEqual([]);
}

const lastLine = (out: string): Record<string, unknown> => JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");

/** 40 rows of two correlated columns. */
const goodRows = Array.from({ length: 40 }, (_, i) => `${(i * 7) % 40},${((i * 7) % 40) + ((i * 13) % 11)}`);

describe("diffeo", () => {
  it("helps, and says its version", () => {
    expect(diffeo("--help").out).toMatch(/diffeo demo \[--seed N\] \[-o FILE\.svg\]/);
    expect(diffeo().out).toBe(diffeo("help").out);
    expect(diffeo("--version")).toMatchObject({
      code: 0,
      out: `${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`,
    });
  });

  it("refuses a wrong call with one line and exit code 2", () => {
    expectRefusal(diffeo("train"), 2, /unknown command "train"/);
    expectRefusal(diffeo("demo", "--sed", "2"), 2, /Unknown option '--sed'/);
    expectRefusal(diffeo("demo", "--seed", "x"), 2, /--seed must be an integer ≥ 0; got "x"/);
    expectRefusal(diffeo("demo", "--seed", "1.5"), 2, /--seed must be an integer/);
    expectRefusal(diffeo("demo", "--seed"), 2, /'--seed <value>' argument missing/);
    expectRefusal(diffeo("demo", "file.csv"), 2, /demo takes no file; got "file.csv"/);
    expectRefusal(diffeo("demo", "--columns", "a"), 2, /demo has no option --columns/);
    expectRefusal(diffeo("fit"), 2, /fit takes one CSV file; got 0/);
    expectRefusal(diffeo("fit", "a.csv", "--missing", "mean"), 2, /--missing knows only "drop"; got "mean"/);
  });
});

describe("diffeo demo", () => {
  it("trains, reports plain lines, writes the picture, and ends with one JSON object", () => {
    const { code, out, err } = diffeo("demo", "--steps", "20", "--seed", "4", "-o", "moons.svg");
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/step 20\/20 {2}NLL \d\.\d+ nats {2}\d+ steps\/s {2}ETA 0 s/);
    expect(out).not.toMatch(/\r/);
    expect(out).toMatch(/exact optimum is −H = -2\.393879/);
    const result = lastLine(out);
    expect(Object.keys(result)).toEqual(["gap", "logLikelihood", "seconds", "steps", "seed", "picture", "parameters"]);
    expect(result).toMatchObject({ steps: 20, seed: 4, picture: "moons.svg" });
    expect(result.gap).toBeGreaterThan(0);
    expect(readFileSync(join(folder, "moons.svg"), "utf8")).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/);
    rmSync(join(folder, "moons.svg"));
  });

  it("gives the same numbers for the same seed", () => {
    const results = [1, 2].map(() => lastLine(diffeo("demo", "--steps", "5", "-o", "same.svg").out));
    rmSync(join(folder, "same.svg"));
    expect(results[0].gap).toBe(results[1].gap);
    expect(results[0].logLikelihood).toBe(results[1].logLikelihood);
  });

  it("finds out before training that the picture cannot be written", () => {
    mkdirSync(join(folder, "taken.d"));
    expectRefusal(diffeo("demo", "-o", "nowhere/x.svg"), 1, /cannot write nowhere\/x\.svg: no such file or directory/);
    expectRefusal(diffeo("demo", "-o", "taken.d"), 1, /cannot write taken\.d: it is a directory/);
    expectRefusal(diffeo("demo", "-o", ""), 2, /-o needs a file name/);
  });

  it("ends on Ctrl-C, keeps the best weights so far, says so, and still writes the picture", async () => {
    const child = spawn(process.execPath, [command, "demo", "--steps", "1000000", "-o", "cut.svg"], { cwd: folder });
    let out = "";
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const code = await new Promise((resolve) => {
      child.stdout.on("data", (chunk) => {
        if (out === "") setTimeout(() => child.kill("SIGINT"), 1500); // the first line is there: training has begun
        out += chunk;
      });
      child.on("close", resolve);
    });
    expect(err).toBe("");
    expect(out).toMatch(/Interrupted: keeping the best weights so far, those of step \d+\n/);
    expect(code).toBe(130);
    expect(lastLine(out).steps).toBeGreaterThan(0);
    expect(existsSync(join(folder, "cut.svg"))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
    rmSync(join(folder, "cut.svg"));
  });
});

describe("diffeo fit", () => {
  it("fits two columns, beside a Gaussian, with a picture", () => {
    const { code, out, err } = diffeo("fit", join(examples, "faithful.csv"), "--steps", "30");
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/eruptions, waiting; 272 rows \(train 191, validation 27, held out 54\)/);
    expect(out).toMatch(/held-out log-likelihood {2}-\d\.\d{4} ± 0\.\d{4} nats per row, in the units of the file/);
    expect(out).toMatch(
      /full-covariance Gaussian -\d\.\d{4} ± 0\.\d{4} nats per row, fitted to the same training rows/,
    );
    expect(out).toMatch(
      /flow − Gaussian {10}-?\d\.\d{4} ± 0\.\d{4} nats per row, paired; ± is one standard error of 54 rows/,
    );
    expect(out).toMatch(/16 rows are copies of others: 256 are different, and copies stay on one side of the split/);
    expect(lastLine(out)).toMatchObject({ rows: { duplicates: 16 } });
    expect(lastLine(out)).toMatchObject({
      columns: ["eruptions", "waiting"],
      picture: "faithful.svg",
      steps: 30,
      seed: 1,
    });
    rmSync(join(folder, "faithful.svg"));
  });

  it("beats the full-covariance Gaussian on held-out rows of both example tables", () => {
    for (const args of [["faithful.csv"], ["penguins.csv", "--missing", "drop"]]) {
      const result = lastLine(diffeo("fit", join(examples, args[0]), ...args.slice(1)).out);
      expect(Number(result.logLikelihood) - Number(result.gaussian), args[0]).toBeGreaterThan(0);
    }
    rmSync(join(folder, "faithful.svg"));
  }, 120_000);

  it.each([
    [20, 4],
    [40, 8],
    [100, 20],
  ])(
    "says of a Gaussian table of %i rows that it is small, and that the flow is no better than a Gaussian",
    (N, heldOut) => {
      const points = new Random(N).normal([N, 2]);
      const rows = Array.from({ length: N }, (_, i) => `${points.at(i, 0)},${points.at(i, 1)}`);
      const { code, out } = diffeo("fit", csv("gaussian.csv", ["a,b", ...rows].join("\n")), "--steps", "200");
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
      rmSync(join(folder, "gaussian.svg"));
    },
  );

  it("makes no remark on a large table that a flow describes better", () => {
    const moons = twoMoons().sample(1000, new Random(1));
    const rows = Array.from({ length: 1000 }, (_, i) => `${moons.at(i, 0)},${moons.at(i, 1)}`);
    const { out } = diffeo("fit", csv("moons.csv", ["a,b", ...rows].join("\n")), "--steps", "300");
    expect(out).not.toMatch(/remark:|copies/);
    expect(lastLine(out)).toMatchObject({ remarks: [], rows: { duplicates: 0 } });
    rmSync(join(folder, "moons.svg"));
  });

  it("keeps the copies of a row on one side of the split, and counts them", () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i % 80},${((i % 80) * 37) % 80}`);
    const { out } = diffeo("fit", csv("copies.csv", ["a,b", ...rows].join("\n")), "--steps", "5");
    expect(out).toContain("400 rows (train 280, validation 40, held out 80)\n");
    expect(out).toContain(
      "320 rows are copies of others: 80 are different, and copies stay on one side of the split\n",
    );
    expect(out).toContain("remark: a small table: 80 different rows");
    rmSync(join(folder, "copies.svg"));
    const few = csv("few.csv", ["a,b", ...rows.map((_, i) => `${i % 7},${(i % 7) ** 2}`)].join("\n"));
    expectRefusal(diffeo("fit", few), 1, /at least 20 different rows .*; got 7 \(400 rows, copies of one another\)/);
  });

  it("takes the numeric columns, says which it skips, and how many rows it drops", () => {
    const { code, out } = diffeo("fit", join(examples, "penguins.csv"), "--missing", "drop", "--steps", "5");
    expect(code).toBe(0);
    expect(out).toMatch(/beak_length_mm, beak_depth_mm, flipper_mm, mass_g; 342 rows/);
    expect(out).toMatch(/skipped, not numeric: species, island, sex/);
    expect(out).toMatch(/dropped 2 rows with blanks/);
    expect(lastLine(out)).toMatchObject({ picture: null, rows: { dropped: 2 } });
  });

  it("refuses rows with blanks, and says how to leave them out", () => {
    expectRefusal(
      diffeo("fit", join(examples, "penguins.csv")),
      1,
      /2 rows have blanks \(line 5, 341\); leave them out with --missing drop/,
    );
  });

  it("refuses a bad cell in a column that was asked for, by line and column", () => {
    const file = csv("bad.csv", ["a,b", ...goodRows, "7,oops", "1,2"].join("\n"));
    expectRefusal(diffeo("fit", file, "--columns", "a,b"), 1, /"oops" on line 42 in column "b"/);
    expectRefusal(diffeo("fit", file), 1, /at least two numeric columns; got only a of a, b/);
    for (const word of ["NaN", "inf", "1e999", "0x10"]) {
      const other = csv("word.csv", ["a,b", ...goodRows, `7,${word}`].join("\n"));
      expectRefusal(diffeo("fit", other, "--columns", "a,b"), 1, new RegExp(`"${word}" on line 42 in column "b"`));
    }
  });

  it("refuses tables from which nothing can be learned", () => {
    expectRefusal(diffeo("fit", csv("empty.csv", "")), 1, /empty/);
    expectRefusal(diffeo("fit", csv("header.csv", "a,b\n")), 1, /at least two numeric columns; got none of a, b/);
    expectRefusal(
      diffeo("fit", csv("one-row.csv", "a,b\n1,2\n")),
      1,
      /at least 20 different rows to learn from and to hold out; got 1/,
    );
    expectRefusal(
      diffeo("fit", csv("one-column.csv", ["a", ...goodRows.map((row) => row.split(",")[0])].join("\n"))),
      1,
      /at least two numeric columns; got only a/,
    );
    const constant = csv("constant.csv", ["a,b,c", ...goodRows.map((row) => `${row},3.5`)].join("\n"));
    expectRefusal(diffeo("fit", constant), 1, /column c is constant \(3\.5\)/);
    const collinear = csv(
      "collinear.csv",
      ["a,b,c", ...goodRows.map((row) => `${row},${2 * Number(row.split(",")[0])}`)].join("\n"),
    );
    expectRefusal(diffeo("fit", collinear), 1, /column 2 is constant or depends on those before it/);
    expectRefusal(diffeo("fit", csv("ragged.csv", "a,b\n1,2\n3\n")), 1, /line 3/);
  });

  it("refuses files that are not there, columns that are not there, and pictures that cannot be", () => {
    expectRefusal(diffeo("fit", "missing.csv"), 1, /cannot read missing\.csv: no such file or directory/);
    const file = csv("good.csv", ["a,b,c", ...goodRows.map((row, i) => `${row},${(i * i) % 17}`)].join("\n"));
    expectRefusal(diffeo("fit", file, "--columns", "a,z"), 1, /"z"/);
    expectRefusal(diffeo("fit", file, "--columns", "a,a"), 2, /each column once; got a twice/);
    expectRefusal(diffeo("fit", file, "-o", "x.svg"), 2, /a picture needs exactly two columns; got 3: a, b, c/);
    expectRefusal(diffeo("fit", file, "--columns", "a,b", "-o", "nowhere/x.svg"), 1, /cannot write nowhere\/x\.svg/);
  });
});
