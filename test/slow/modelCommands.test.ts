import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  compose,
  DensityModel,
  Flow,
  fitMixture,
  invert,
  Random,
  readCsv,
  realNVP,
  saveFlow,
  squeezeImage,
  standardization,
  standardNormal,
} from "diffeo";
import { beforeAll, describe, expect, it } from "vitest";
import { expectWithin } from "../support/arbitraries.ts";
import { commandUnderTest, examples, lastLine } from "../support/command.ts";

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");
const penguins = join(examples, "penguins.csv");

beforeAll(() => {
  for (const [name, ...args] of [
    ["f", faithful],
    ["p", penguins, "--missing", "drop"],
    ["given", faithful, "--condition", "waiting"],
  ]) {
    expect(
      command.run(["fit", ...args, "--model", "maf", "--steps", "60", "--json", "-o", `${name}.safetensors`]).code,
    ).toBe(0);
  }
});

const model = (name: string): DensityModel =>
  DensityModel.load(readFileSync(join(command.folder, `${name}.safetensors`)));

describe("diffeo score", () => {
  it("writes the table as it was, with the log-likelihood of each row, to the bit", () => {
    const { out, err, code } = command.run(["score", "p.safetensors", penguins, "--missing", "drop", "--quiet"]);
    expect([err, code]).toEqual(["", 0]);
    const scored = readCsv(out);
    const before = readCsv(readFileSync(penguins, "utf8"));
    expect(scored.names).toEqual([...before.names, "logLikelihood", "pValue"]); // 102 rows were held out
    const columns = ["beak_length_mm", "beak_depth_mm", "flipper_mm", "mass_g"];
    const known = before.dropMissing(columns);
    for (const name of before.names) expect(scored.cells(name)).toEqual(known.cells(name));
    expect([...scored.column("logLikelihood").data]).toEqual([...model("p").score(known.matrix(columns)).data]);
  });

  it("keeps the separator and the decimal comma of the file, row names, and a column of its own name", () => {
    const text = '"";waiting;name;logLikelihood;eruptions\n"a";79;"x;y";1;3,6\n"b";54;z;2;1,8\n';
    const { out } = command.run(["score", "f.safetensors", command.file("de.csv", text)]);
    const [head, first] = out.split("\n");
    expect(head.split(";").slice(1)).toEqual(["waiting", "name", "logLikelihood", "eruptions", "logLikelihood_2"]);
    expect(first).toMatch(/^a;79;"x;y";1;3,6;-\d+,\d+$/);
    const score = Number(first.split(";").at(-1)?.replace(",", "."));
    expect(score).toBe(
      model("f")
        .score([[3.6, 79]])
        .item(),
    );
  });

  it("gives JSON lines, takes standard input and writes files whole", () => {
    const text = readFileSync(faithful, "utf8");
    const lines = command.run(["score", "f.safetensors", "-", "--json"], text).out.trimEnd().split("\n");
    expect(lines).toHaveLength(272);
    expect(Object.keys(JSON.parse(lines[0]))).toEqual(["line", "logLikelihood"]);
    expect(JSON.parse(lines[271]).line).toBe(273);
    expect(command.run(["score", "f.safetensors", faithful, "-o", "scored.csv"])).toMatchObject({ code: 0, out: "" });
    expect(readCsv(readFileSync(join(command.folder, "scored.csv"), "utf8")).rows).toBe(272);
  });

  it("refuses rows with blanks, tables without the columns, and things that are no model", () => {
    const run = command.run(["score", "p.safetensors", penguins]);
    expect(run).toMatchObject({
      code: 1,
      err: "diffeo: line 5 has a blank or an infinity in a column of the model; leave such rows out with --missing drop\n",
    });
    command.refuse(
      ["score", "f.safetensors", penguins],
      1,
      /must have the columns of the model, eruptions, waiting; it has no eruptions, waiting, but species/,
    );
    command.refuse(["score", faithful, faithful], 1, /is it a safetensors file\?/);
    command.refuse(["score", "nothing.safetensors", faithful], 1, /cannot read nothing\.safetensors: no such file/);
    command.refuse(["score", "f.safetensors"], 2, /score takes MODEL and DATA; got f\.safetensors/);
    command.refuse(["score", "f.safetensors", faithful, "-o", "no/where.csv"], 1, /cannot write no\/where\.csv/);
    const broken = readFileSync(join(command.folder, "f.safetensors"));
    broken[broken.length - 1] ^= 1;
    command.refuse(
      ["score", command.file("broken.safetensors", broken), faithful],
      1,
      /must have the SHA-256 that the file states/,
    );
  });
});

describe("diffeo sample", () => {
  it("draws what the flow draws, from the seed", () => {
    const { out } = command.run(["sample", "f.safetensors", "-n", "5", "--seed", "9"]);
    const { columns } = model("f");
    expect(readCsv(out).names).toEqual(columns);
    expect([...readCsv(out).matrix().data]).toEqual([...model("f").sample(5, { random: new Random(9) }).x.data]);
    expect(command.run(["sample", "f.safetensors"]).out.trimEnd().split("\n")).toHaveLength(1001);
    const json = command.run(["sample", "f.safetensors", "-n", "2", "--json"]).out.trimEnd().split("\n");
    expect(json.map((line) => Object.keys(JSON.parse(line)))).toEqual([columns, columns]);
  });

  it("is exact given a column of --condition, and asks for it", () => {
    const { out, err } = command.run(["sample", "given.safetensors", "-n", "4", "--given", "waiting=60"]);
    expect(err).toBe("");
    const table = readCsv(out);
    expect(table.names).toEqual(["eruptions", "waiting"]);
    expect([...table.column("eruptions").data]).toEqual([
      ...model("given").sample(4, { random: new Random(1), given: { waiting: 60 } }).x.data,
    ]);
    expect(table.cells("waiting")).toEqual(["60", "60", "60", "60"]);
    command.refuse(["sample", "given.safetensors"], 2, /what is likely given waiting; state --given waiting=…/);
  });

  it("resamples from the joint given another column, says what that is worth, or refuses", () => {
    const { out, err } = command.run(["sample", "f.safetensors", "-n", "400", "--given", "waiting=80"]);
    expect(err).toMatch(/given waiting = 80: resampled from the joint; effective sample size \d{3,} of 100,000\n/);
    const table = readCsv(out);
    expect(new Set(table.cells("waiting"))).toEqual(new Set(["80"]));
    const eruptions = [...table.column("eruptions").data];
    const mean = eruptions.reduce((sum, value) => sum + value, 0) / 400;
    expect(Math.abs(mean - 4.3)).toBeLessThan(0.4); // long waits follow long eruptions
    command.refuse(
      ["sample", "f.safetensors", "--given", "waiting=900"],
      1,
      /worth \d+ independent rows of 100,000 drawn, fewer than 100: .*--condition "waiting", which is exact/,
    );
  });

  it("refuses what makes no sense", () => {
    command.refuse(
      ["sample", "f.safetensors", "--given", "mass=3"],
      2,
      /the model has no column mass; it has eruptions, waiting/,
    );
    command.refuse(["sample", "f.safetensors", "--given", "waiting"], 2, /--given needs a column and a value/);
    command.refuse(["sample", "f.safetensors", "--given", "waiting= "], 2, /--given needs a column and a value/);
    command.refuse(
      ["plot", "given.safetensors", "--given", "waiting=1", "--given", "waiting=2"],
      2,
      /each column once/,
    );
    command.refuse(
      ["sample", "f.safetensors", "--given", "waiting=x"],
      2,
      /--given waiting: needs a number, such as --given waiting=4000; got "x"/,
    );
    command.refuse(
      ["sample", "f.safetensors", "--given", "waiting=60", "--temperature", "0.5"],
      2,
      /--temperature goes with the columns of --condition at fit/,
    );
    command.refuse(
      ["sample", "f.safetensors", "--given", "waiting=1", "--given", "waiting=2"],
      2,
      /each column once; got waiting twice/,
    );
    command.refuse(
      ["sample", "f.safetensors", "--given", "waiting=1", "--given", "eruptions=2"],
      2,
      /nothing is left to draw/,
    );
    command.refuse(["sample", "f.safetensors", "-n", "0"], 2, /--rows must be an integer ≥ 1; got "0"/);
    command.refuse(["sample"], 2, /sample takes MODEL; got none/);
  });
});

describe("diffeo evaluate", () => {
  it("gives mean, median, bits/dim and the Gaussian beside", () => {
    const { out, code } = command.run(["evaluate", "f.safetensors", faithful]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /272 rows of eruptions, waiting\n {2}log-likelihood {11}-\d\.\d{4} ± 0\.\d{4} nats per row, median -\d\.\d{4}\n/,
    );
    const table = readCsv(readFileSync(faithful, "utf8"));
    const scores = model("f").score(table.matrix()).data;
    const mean = scores.reduce((sum, value) => sum + value, 0) / 272;
    const result = lastLine(out);
    expectWithin(Number(result.logLikelihood), mean, 1e-12);
    expectWithin(Number(result.bitsPerDim), -mean / (2 * Math.LN2), 1e-12);
    expect(result).toMatchObject({ rows: 272, dropped: 0, wild: [], columns: ["eruptions", "waiting"] });
    expect(Number(result.gaussian)).toBeLessThan(Number(result.logLikelihood));
    expect(out).toMatch(
      /mixture of Gaussians {5}-\d\.\d{4} ± 0\.\d{4} nats per row, \d+ components fitted to these very/,
    );
    expect(out).toMatch(/model − mixture {10}-?\d\.\d{4} ± 0\.\d{4} nats per row, paired\n/);
    const { components } = fitMixture(table.matrix(), { random: new Random(1) });
    expect(result.mixtureComponents).toBe(components);
    expect(Number(result.mixture)).toBeGreaterThan(Number(result.gaussian));
  });

  it("names rows that carry a bad mean, and their share", () => {
    const text = `${readFileSync(faithful, "utf8").trimEnd()}\n1e6,3\n`;
    const { out } = command.run(["evaluate", "f.safetensors", "-"], text);
    expect(out).toMatch(/1 row \(0\.37 %\) is so unlikely .*line 274 \(-/);
    expect(Number(lastLine(out).logLikelihood)).toBeGreaterThan(-20);
    expect(Number(lastLine(out).meanOfAll)).toBeLessThan(-1000);
  });

  it("goes on without a Gaussian where none can be fitted, and says so", () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${2 + 0.1 * i},70`).join("\n");
    const { out, code } = command.run(["evaluate", "f.safetensors", "-"], `eruptions,waiting\n${rows}\n`);
    expect(code).toBe(0);
    expect(out).toMatch(/no Gaussian beside: a column is constant here/);
    expect(lastLine(out)).toMatchObject({ gaussian: null, difference: null, mixture: null, rows: 30 });
  });

  it("evaluates a model that was conditioned, and refuses too few rows", () => {
    expect(lastLine(command.run(["evaluate", "given.safetensors", faithful]).out)).toMatchObject({
      conditions: ["waiting"],
      ...{ rows: 272, mixture: null, mixtureComponents: null },
    });
    command.refuse(["evaluate", "f.safetensors", "-"], 1, /needs more rows than columns/, "eruptions,waiting\n3,60\n");
    command.refuse(["evaluate", "p.safetensors", penguins], 1, /2 rows have blanks .* --missing drop/);
  });
});

describe("diffeo plot", () => {
  it("draws models of one, two and more columns, with data and without", () => {
    for (const args of [
      ["f.safetensors", faithful],
      ["f.safetensors"],
      ["p.safetensors", penguins, "--missing", "drop"],
      ["given.safetensors", "--given", "waiting=60"],
      ["given.safetensors", faithful, "--given", "waiting=60"],
    ]) {
      const { code, err } = command.run(["plot", ...args, "-o", "picture.svg"]);
      expect([code, err]).toEqual([0, ""]);
      expect(readFileSync(join(command.folder, "picture.svg"), "utf8")).toMatch(
        /^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/,
      );
    }
    expect(command.run(["plot", "f.safetensors", "-o", "-"]).out).toMatch(/^(<\?xml[^>]*>\s*)?<svg/);
  });

  it("refuses PNG by its name, and a context that is missing or not known", () => {
    command.refuse(["plot", "f.safetensors", "-o", "f.png"], 2, /plot writes SVG, not PNG/);
    command.refuse(["plot", "given.safetensors"], 2, /what is likely given waiting; state --given waiting=…/);
    command.refuse(
      ["plot", "f.safetensors", "--given", "waiting=3"],
      2,
      /waiting is a column of the model, not a condition/,
    );
    command.refuse(
      ["plot", "given.safetensors", faithful, "--given", "waiting=60.5"],
      1,
      /has no row with waiting = 60\.5/,
    );
    command.refuse(["plot", "f.safetensors", penguins, "-o", "x.svg"], 1, /must have the columns of the model/);
  });
});

describe("diffeo inspect", () => {
  it("says what a file is", () => {
    const { out } = command.run(["inspect", "given.safetensors"]);
    for (const line of [
      "written by  diffeo 0.2.0",
      "columns     eruptions",
      "given       waiting",
      "model       maf",
      "steps       60",
    ]) {
      expect(out).toContain(`  ${line}\n`);
    }
    expect(out).toMatch(/maskedAutoregressive → .* → standardNormal/);
    expect(lastLine(command.run(["inspect", "f.safetensors", "--json"]).out)).toMatchObject({
      checkpoint: false,
      version: "0.2.0",
    });
    command.refuse(["inspect", faithful], 1, /safetensors/);
  });
});

describe("models that programs saved", () => {
  it("have columns c1 … cD if nobody named them; images are for programs", () => {
    const flow = realNVP({ dimensions: 3, layers: 1, random: new Random(1) });
    command.file("unnamed.safetensors", saveFlow(flow));
    expect(readCsv(command.run(["sample", "unnamed.safetensors", "-n", "1"]).out).names).toEqual(["c1", "c2", "c3"]);
    command.file("twice.safetensors", saveFlow(flow, { columns: ["a", "a", "b"] }));
    expect(readCsv(command.run(["sample", "twice.safetensors", "-n", "1"]).out).names).toEqual(["c1", "c2", "c3"]);
    const image = squeezeImage({ channels: 1, height: 2, width: 2 });
    command.file("image.safetensors", saveFlow(new Flow(standardNormal(image.latentShape), image)));
    command.refuse(
      ["sample", "image.safetensors"],
      1,
      /image\.safetensors: the flow must be one of rows; its points are \[1,2,2\]/,
    );
    const inverted = new Flow(standardNormal([2]), compose(invert(standardization({ dimensions: 2 }))));
    command.file("plain.safetensors", saveFlow(inverted, { columns: ["länge", "b"] }));
    expect(readCsv(command.run(["sample", "plain.safetensors", "-n", "1"]).out).names).toEqual(["länge", "b"]);
  });
});

describe("a reader that has had enough", () => {
  it("ends the command quietly", () => {
    const main = join(command.folder, ".command", "main.mjs");
    const shell = `"${process.execPath}" "${main}" sample f.safetensors -n 20000 | head -1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", shell], { cwd: command.folder, encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["eruptions,waiting\n", ""]);
    expect(readdirSync(command.folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
