import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandUnderTest, lastLine } from "../support/command.ts";
import { root } from "../support/sources.ts";

const command = commandUnderTest();
const names = ["fit", "score", "sample", "evaluate", "plot", "inspect", "demo"];

describe("diffeo", () => {
  it("helps, with examples for each command, and says its version", () => {
    const { out } = command.run(["--help"]);
    for (const name of names) expect(out).toMatch(new RegExp(`\\n  diffeo ${name} `));
    for (const call of [[], ["help"], ["-h"]]) expect(command.run(call)).toEqual({ code: 0, err: "", out });
    for (const name of names) {
      const help = command.run([name, "--help"]);
      expect(help).toMatchObject({ code: 0, err: "" });
      expect(help.out).toMatch(new RegExp(`\\nexamples\\n  diffeo ${name}|\\nexamples\\n[\\s\\S]*diffeo ${name}`));
      expect(command.run(["help", name])).toEqual(help);
      expect(help.out.split("\n").every((line) => line.length <= 160)).toBe(true);
    }
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(command.run(["--version"])).toEqual({ code: 0, err: "", out: `${version}\n` });
  });

  it.each<[readonly string[], RegExp]>([
    [
      ["train"],
      /unknown command "train"; there are fit, score, sample, evaluate, plot, inspect, demo \(see diffeo --help\)/,
    ],
    [["fit"], /fit takes DATA; got none \(see diffeo fit --help\)/],
    [["fit", "a.csv", "b.csv"], /fit takes DATA; got a\.csv b\.csv/],
    [["fit", "a.csv", "--sed", "2"], /fit has no option --sed/],
    [["demo", "--columns", "a"], /demo has no option --columns/],
    [["fit", "a.csv", "--seed", "x"], /--seed must be an integer ≥ 0; got "x"/],
    [["fit", "a.csv", "--seed", "1.5"], /--seed must be an integer ≥ 0; got "1\.5"/],
    [["fit", "a.csv", "--seed"], /--seed/],
    [["fit", "a.csv", "--steps", "0"], /--steps must be an integer ≥ 1; got "0"/],
    [["fit", "a.csv", "--budget", "-3"], /--budget/],
    [["fit", "a.csv", "--budget", "soon"], /--budget must be a number > 0; got "soon"/],
    [["fit", "a.csv", "--test", "1.5"], /--test must be a share between 0 and 1, such as 0\.2; got "1\.5"/],
    [["fit", "a.csv", "--missing", "mean"], /--missing knows only "drop"; got "mean"/],
    [
      ["fit", "a.csv", "--model", "glow"],
      /--model knows only "auto", "gaussian", "mixture", "linear", "nice", "realnvp", "maf", "nsf", "nsf-coupling"; got "glow"/,
    ],
    [["fit", "a.csv", "--decimal", ";"], /--decimal knows only "\.", ","; got ";"/],
    [["fit", "a.csv", "--separator", "ab"], /--separator must be one character, or one of tab, space/],
    [["fit", "a.csv", "--columns", "a,,b"], /--columns needs names with commas between them; got "a,,b"/],
    [["fit", "a.csv", "--columns", ""], /--columns/],
    [["fit", "a.csv", "-o", ""], /-o needs a file name/],
    [
      ["fit", "a.csv", "--types", "whole"],
      /--types knows real, integer, positive, a step such as 0\.5, and an interval such as 0\.\.1; got "whole"/,
    ],
    [["fit", "a.csv", "--types", "a=integer,b"], /--types needs names and types, such as a=integer,b=real; got "b"/],
    [["fit", "a.csv", "--types", "a=integer,a=real"], /--types: each column once; got a twice/],
    [["fit", "a.csv", "--types", "a=1..0"], /an interval such as 0\.\.1; got "1\.\.0"/],
    [["fit", "a.csv", "--types", "..1"], /an interval such as 0\.\.1; got "\.\.1"/],
    [["fit", "a.csv", "--types", "a=0"], /a step such as 0\.5, .*; got "0"/],
    [["fit", "a.csv", "--for", "fun"], /--for knows only "anomalies"; got "fun"/],
    [["fit", "a.csv", "--for", "anomalies", "--model", "nsf"], /--for or --model, not both/],
    [["fit", "a.csv", "--alpha", "0.1"], /fit has no option --alpha/],
    [
      ["score", "m.safetensors", "a.csv", "--alpha", "2"],
      /--alpha must be a share between 0 and 1, such as 0\.2; got "2"/,
    ],
    [["score", "m.safetensors", "a.csv", "--alpha", "0"], /--alpha must be a share between 0 and 1/],
    [["sample", "m.safetensors", "--temperature", "0"], /--temperature must be a number > 0; got "0"/],
    [["sample", "m.safetensors", "--temperature", "-1"], /--temperature must be a number > 0; got "-1"/],
    [
      ["sample", "m.safetensors", "--given", "Adelie"],
      /--given needs a column and a value, such as --given mass_g=4000; got "Adelie"/,
    ],
    [["demo", "mars"], /demo knows the toys two-moons, .*; got mars/],
    [["demo", "-o", "-"], /a picture is written to a file/],
  ])("refuses the call %j with one line and exit code 2", (args, message) => {
    command.refuse(args, 2, message);
  });
});

describe("diffeo demo", () => {
  it("trains, reports, writes the picture, and ends with one JSON object; the same for the same seed", () => {
    const args = ["demo", "--steps", "20", "--seed", "4", "-o", "moons.svg"];
    const { code, out, err } = command.run(args);
    expect([err, code]).toEqual(["", 0]);
    expect(out).toMatch(/step 20\/20 {2}NLL \d\.\d+ nats {2}\d+ steps\/s {2}ETA 0 s/);
    expect(out).toMatch(/exact optimum is −H = -2\.393879/);
    const result = lastLine(out);
    expect(Object.keys(result)).toEqual(["gap", "logLikelihood", "seconds", "steps", "seed", "picture", "parameters"]);
    expect(result).toMatchObject({ steps: 20, seed: 4, picture: "moons.svg" });
    expect(result.gap).toBeGreaterThan(0);
    const picture = readFileSync(join(command.folder, "moons.svg"), "utf8");
    expect(picture).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/);
    const json = command.run([...args, "--json"]);
    expect({ ...lastLine(json.out), seconds: 0 }).toEqual({ ...result, seconds: 0 });
    expect(json.out.trimEnd().split("\n")).toHaveLength(1);
    expect(readFileSync(join(command.folder, "moons.svg"), "utf8")).toBe(picture);
  });

  it("knows other toys", () => {
    const { out } = command.run(["demo", "pinwheel", "--steps", "3", "--quiet"]);
    expect(out).toMatch(/^A pinwheel: a RealNVP/);
    expect(lastLine(out)).toMatchObject({ picture: "pinwheel.svg" });
  });

  it("finds out before training that the picture cannot be written", () => {
    command.refuse(["demo", "-o", "nowhere/x.svg"], 1, /cannot write nowhere\/x\.svg: no such file or directory/);
    command.refuse(["demo", "-o", ".command"], 1, /cannot write \.command: it is a directory/);
  });

  it("ends on Ctrl-C, keeps the best weights so far, says so, and still writes the picture", async () => {
    const child = command.start(["demo", "--steps", "1000000", "-o", "cut.svg"]);
    let out = "";
    const code = await new Promise((resolve) => {
      child.stdout?.on("data", (chunk) => {
        if (out === "") setTimeout(() => child.kill("SIGINT"), 1500); // the first line is there: training has begun
        out += chunk;
      });
      child.on("close", resolve);
    });
    expect(out).toMatch(/Interrupted: keeping the best weights so far, those of step \d+\n/);
    expect(code).toBe(130);
    expect(lastLine(out).steps).toBeGreaterThan(0);
    expect(readdirSync(command.folder)).toContain("cut.svg");
    expect(readdirSync(command.folder).filter((name) => name.includes(".tmp"))).toEqual([]);
    rmSync(join(command.folder, "cut.svg"));
  });
});
