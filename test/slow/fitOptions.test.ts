import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DensityModel, Random, readCsv, twoMoons } from "diffeo";
import { describe, expect, it } from "vitest";
import { commandUnderTest, csvOf, examples, lastLine, normalRows } from "../support/command.ts";

const command = commandUnderTest();
const faithful = join(examples, "faithful.csv");
const penguins = join(examples, "penguins.csv");
const KINDS = ["gaussian", "mixture", "nsf", "nsf-coupling", "maf", "realnvp"];

const load = (name: string): DensityModel => DensityModel.load(readFileSync(join(command.folder, name)));

/** Fits without a word but the report, and expects that it went well. */
function fitted(...args: string[]): { readonly out: string; readonly result: Record<string, unknown> } {
  const { code, out, err } = command.run(["fit", ...args, "--quiet"]);
  expect([err, code], args.join(" ")).toEqual(["", 0]);
  return { out, result: lastLine(out) };
}

describe("diffeo fit without --model", () => {
  it("tries each kind, says how it did, and takes the best by the validation rows; the same for the same seed", () => {
    const [first, second] = ["a", "b"].map((name) => fitted(faithful, "--steps", "8", "-o", `${name}.safetensors`));
    const tried = [
      ...first.out.matchAll(/^ {2}tried (\S+) +(-?\d+\.\d{4}) nats on the validation rows.*, \d+\.\d s$/gm),
    ];
    const names = tried.map(([, name]) => name);
    expect(names.slice(0, 6)).toEqual(KINDS);
    const best = Math.max(...tried.map(([, , nats]) => Number(nats)));
    const { seconds: _, model: __, ...known } = first.result;
    const { choice, kind } = known as { choice: { candidates: unknown[] }; kind: string };
    const taken = tried.filter(([, name]) => name === kind).map(([, , nats]) => Number(nats));
    expect(taken).toContain(best);
    expect(first.out).toMatch(
      new RegExp(`\\n {2}taken: ${kind}.*: of all tried it gives the validation rows the highest`),
    );
    expect(choice.candidates).toHaveLength(tried.length);
    expect(second.result).toMatchObject({ ...known, model: "b.safetensors" });
    const [a, b] = ["a", "b"].map((name) => readFileSync(join(command.folder, `${name}.safetensors`)));
    expect(a.equals(b)).toBe(true);
    expect(fitted(faithful, "--steps", "8", "--model", "auto").result.choice).toEqual(choice);
  });

  it("takes about as long as --budget says", () => {
    const { result } = fitted(faithful, "--budget", "2", "-o", "budget.safetensors");
    expect(load("budget.safetensors").choice).toMatchObject({ model: result.kind, steps: result.steps });
    expect(Number(result.seconds)).toBeLessThan(20);
  });

  it.each([
    ["while it tries kinds", /train \d+/],
    ["while it trains the best", /step {2}200/],
  ])("interrupted %s, keeps the best so far as a whole model", async (_, when) => {
    const file = command.file("moons.csv", csvOf(twoMoons().sample(3000, new Random(1)).toArray() as number[][]));
    const child = command.start(["fit", file, "--steps", "2000", "-o", "cut.safetensors"]);
    let out = "";
    let sent = false; // a second one would end it at once
    const code = await new Promise((resolve) => {
      child.stdout?.on("data", (chunk) => {
        if (!sent && when.test(String(chunk))) sent = child.kill("SIGINT");
        out += chunk;
      });
      child.on("close", resolve);
    });
    expect(code).toBe(130);
    expect(out).toMatch(/\nInterrupted: keeping the best so far\n[\s\S]*\n {2}taken: .*\n[\s\S]* cut\.safetensors\n/);
    expect(load("cut.safetensors").choice?.model).toBe(lastLine(out).kind);
    expect(command.run(["inspect", "cut.safetensors"]).out).not.toMatch(/checkpoint/);
    expect(command.run(["sample", "cut.safetensors", "-n", "2"]).out.trimEnd().split("\n")).toHaveLength(3);
    command.refuse(["fit", file, "-o", "cut.safetensors", "--resume"], 1, /training of cut\.safetensors is done/);
  });
});

describe("diffeo fit --types", () => {
  const rows = normalRows(200, 4, 5).map(([a, b, c, d]) => [
    Math.round(3 * Math.exp(a / 2)),
    b,
    Math.round(2 * (c + a)) / 2,
    1 / (1 + Math.exp(-d - b)),
  ]);

  it("models columns as what they are said to be, and samples are of that kind", () => {
    const file = command.file("types.csv", csvOf(rows));
    const types = "a=integer,b=real,c=0.5,d=0..1";
    const { out, result } = fitted(file, "--types", types, "--model", "maf", "--steps", "20", "-o", "t.safetensors");
    expect(out).toContain("  types: a integers, c rounded to 0.5, d between 0 and 1; others real\n");
    expect(result.types).toEqual({
      ...{ a: { kind: "integer" }, b: { kind: "real" } },
      ...{ c: { kind: "rounded", step: 0.5, origin: 0 }, d: { kind: "interval", low: 0, high: 1 } },
    });
    const drawn = readCsv(command.run(["sample", "t.safetensors", "-n", "200"]).out);
    expect([...drawn.column("a").data].every(Number.isInteger)).toBe(true);
    expect([...drawn.column("b").data].some(Number.isInteger)).toBe(false);
    expect([...drawn.column("c").data].every((value) => Number.isInteger(2 * value))).toBe(true);
    expect([...drawn.column("d").data].every((value) => value > 0 && value < 1)).toBe(true);
    const outside = command.run(["score", "t.safetensors", "-"], "a,b,c,d\n3,0,0,0.5\n3,0,0,1.5\n3,0,0,-1\n");
    expect([...readCsv(outside.out).cells("logLikelihood")].slice(1)).toEqual(["-Infinity", "-Infinity"]);
  });

  it("takes one word for all columns, those of two values among them, and infers what is not said", () => {
    const counts = rows.map(([a, b]) => [a, b > 0 ? 1 : 0, Math.round(2 * b)]);
    const file = command.file("counts.csv", csvOf(counts));
    const all = fitted(file, "--types", "integer", "--model", "maf", "--steps", "5");
    expect(Object.keys(all.result.types as object)).toEqual(["a", "b", "c"]);
    expect(all.out).toContain("  types: a integers, b integers, c integers\n");
    const inferred = fitted(file, "--types", "c=real", "--model", "maf", "--steps", "5");
    expect(inferred.result.types).toEqual({ a: { kind: "integer" }, c: { kind: "real" } });
  });

  it("refuses a type that a value is not of, and models an atom where it is told to", () => {
    const file = command.file("types.csv", csvOf(rows));
    command.refuse(["fit", file, "--types", "b=integer"], 1, /column b must be integers; got -?\d\.\d+/);
    command.refuse(["fit", file, "--types", "d=0..0.5"], 1, /column d must be between 0 and 0\.5; got 0\.\d+/);
    const zeros = command.file("zeros.csv", csvOf(rows.map(([, b, , d], i) => [i % 2 === 0 ? 0 : d, b])));
    command.refuse(["fit", zeros], 1, /column a: 100 rows .*model it all the same with --types "a=real"/);
    expect(fitted(zeros, "--types", "a=real", "--model", "maf", "--steps", "5").result.columns).toEqual(["a", "b"]);
  });
});

describe("diffeo fit --for anomalies", () => {
  it("takes all columns as they are, names a constant one, and score says which rows differ there", () => {
    const rows = normalRows(200, 2).map(([a, b], i) => [i % 2 === 0 ? 0 : a, b, i % 3 === 0 ? 1 : 0, 3.5]);
    const file = command.file("log.csv", csvOf(rows));
    const { out, result } = fitted(file, "--for", "anomalies", "--steps", "20", "-o", "anomalies.safetensors");
    expect(out).toMatch(/set aside, constant \(3\.5\), without a density: d\n/);
    expect(result).toMatchObject({ columns: ["a", "b", "c"], kind: "nice", steps: 20 });
    expect(new Set(Object.values(result.types as object).map(({ kind }) => kind))).toEqual(new Set(["real"]));
    expect(load("anomalies.safetensors").constants).toEqual([{ name: "d", value: 3.5 }]);
    const head = "a,b,c,d\n";
    const one = command.run(["score", "anomalies.safetensors", "-"], `${head}0,1,0,3.5\n0,1,0,4\n`);
    expect(one.err).toBe(
      "1 row differs where all training rows have one value, which the score knows nothing of: d = 4, not 3.5, on line 3\n",
    );
    const scores = readCsv(one.out).column("logLikelihood").data;
    expect(scores[1]).toBe(scores[0]);
    const many = `${head}${Array.from({ length: 7 }, (_, i) => `0,1,0,${i}\n`).join("")}`;
    expect(command.run(["score", "anomalies.safetensors", "-"], many).err).toMatch(
      /^7 rows differ .*: d = 0, not 3\.5, on line 2, .* on line 6, and 2 more\n$/,
    );
    expect(command.run(["score", "anomalies.safetensors", "-"], "a,b,c\n0,1,0\n")).toMatchObject({ code: 0, err: "" });
    expect(command.run(["score", "anomalies.safetensors", "-", "--quiet"], many).err).toBe("");
  });
});

describe("labels that are given", () => {
  it("condition a model, in fit, sample, plot, score and evaluate", () => {
    const { out, result } = fitted(
      ...[penguins, "--missing", "drop", "--condition", "species", "--model", "maf", "--steps", "60"],
      ...["-o", "species.safetensors"],
    );
    expect(out).toMatch(/flipper_mm, mass_g given species; 342 rows/);
    expect(result.conditions).toEqual(["species"]);
    const sample = (...args: string[]) => command.run(["sample", "species.safetensors", "-n", "300", ...args]);
    const mean = (text: string): number => {
      const { data } = readCsv(text).column("flipper_mm");
      return data.reduce((sum, value) => sum + value, 0) / data.length;
    };
    const [adelie, gentoo] = ["Adelie", "Gentoo"].map((species) => sample("--given", `species=${species}`).out);
    expect(new Set(readCsv(adelie).cells("species"))).toEqual(new Set(["Adelie"]));
    expect(Math.abs(mean(adelie) - 190)).toBeLessThan(5);
    expect(Math.abs(mean(gentoo) - 217)).toBeLessThan(5);
    const deviation = (text: string): number => {
      const { data } = readCsv(text).column("flipper_mm");
      return Math.sqrt(data.reduce((sum, value) => sum + (value - mean(text)) ** 2, 0) / data.length);
    };
    const cold = sample("--given", "species=Adelie", "--temperature", "0.3").out;
    expect(deviation(cold)).toBeLessThan(0.5 * deviation(adelie));
    command.refuse(
      ["sample", "species.safetensors", "--given", "species=Emperor"],
      2,
      /--given species: must be one of Adelie, Chinstrap, Gentoo; got "Emperor"/,
    );
    command.refuse(["sample", "species.safetensors"], 2, /state --given species=…/);
    const scored = command.run(["score", "species.safetensors", penguins, "--missing", "drop", "--quiet"]);
    expect(readCsv(scored.out).rows).toBe(342);
    const strange = readFileSync(penguins, "utf8").replace("Adelie", "Emperor");
    command.refuse(["score", "species.safetensors", "-", "--missing", "drop"], 1, /species.*Emperor/, strange);
    expect(lastLine(command.run(["evaluate", "species.safetensors", penguins, "--missing", "drop"]).out)).toMatchObject(
      { conditions: ["species"], mixture: null },
    );
    const plot = ["plot", "species.safetensors", penguins, "--missing", "drop", "-o", "species.svg", "--given"];
    expect(command.run([...plot, "species=Gentoo"])).toMatchObject({ code: 0, err: "" });
  });

  it("are at most 100", () => {
    const rows = normalRows(150, 1).map(([a], i) => [`x${i}`, a]);
    const file = command.file("names.csv", csvOf(rows));
    command.refuse(["fit", file, "--condition", "a"], 1, /column a must have at most 100 labels to be given; got 150/);
  });
});

describe("odd rows", () => {
  const fit = [penguins, "--missing", "drop", "--model", "maf", "--steps", "100", "-o", "odd.safetensors"];
  const columns = ["beak_length_mm", "beak_depth_mm", "flipper_mm", "mass_g"];
  const score = ["score", "odd.safetensors", "-", "--missing", "drop", "--quiet"];

  it("have small p-values, a mark, and the column that was spoilt", () => {
    fitted(...fit);
    const model = load("odd.safetensors");
    const table = readCsv(readFileSync(penguins, "utf8")).dropMissing(columns);
    const x = table.matrix(columns);
    const spoilt = x.toArray() as number[][];
    const spoils: readonly (readonly [row: number, column: number, value: number])[] = [
      [3, 0, 75],
      [50, 1, 28],
      [100, 2, 265],
      [200, 3, 9900],
    ];
    for (const [i, j, value] of spoils) spoilt[i][j] = value;
    const text = [columns, ...spoilt].map((row) => row.join(",")).join("\n");
    const scored = readCsv(command.run([...score, "--alpha", "0.01", "--explain"], text).out);
    expect(scored.names.slice(4)).toEqual(["logLikelihood", "pValue", "odd", "leastLikely", "leastLikelyLogProb"]);
    const [p, odd, least] = ["pValue", "odd", "leastLikely"].map((name) => scored.cells(name));
    expect(p.map(Number)).toEqual([...model.pValue(spoilt).data]);
    for (const value of p) {
      const rank = Number(value) * 103; // of 102 rows held out
      expect(Math.abs(rank - Math.round(rank))).toBeLessThan(1e-12);
      expect(rank).toBeGreaterThan(0.5);
      expect(rank).toBeLessThan(103.5);
    }
    expect(odd).toEqual(p.map((value) => String(Number(value) <= 0.01)));
    for (const [i, j, value] of spoils) {
      expect(odd[i]).toBe("true");
      expect(least[i]).toBe(columns[j]);
      const [explanation] = model.explain(spoilt[i]).sort((a, b) => a.inDeviations - b.inDeviations);
      expect(explanation).toMatchObject({ column: columns[j], value });
      expect(Number(scored.cells("leastLikelyLogProb")[i])).toBe(explanation.logProb);
    }
    expect(least.every((name, i) => (name === "") === (odd[i] === "false"))).toBe(true);
    const all = readCsv(command.run([...score, "--explain"], `${text.split("\n").slice(0, 4).join("\n")}\n`).out);
    expect(all.names).not.toContain("odd");
    expect(all.cells("leastLikely").every((name) => columns.includes(name))).toBe(true);
    const lines = command.run([...score, "--json", "--alpha", "0.01", "--explain"], text).out.split("\n");
    expect(Object.keys(JSON.parse(lines[3]))).toEqual(["line", ...scored.names.slice(4)]);
    expect(JSON.parse(lines[3])).toMatchObject({ line: 5, odd: true, leastLikely: "beak_length_mm" });
    expect(JSON.parse(lines[0])).toMatchObject({ odd: false, leastLikely: null, leastLikelyLogProb: null });
  });

  it("have no p-values where fewer than 99 rows were held out", () => {
    fitted(faithful, "--model", "maf", "--steps", "5", "-o", "few.safetensors");
    command.refuse(
      ["score", "few.safetensors", faithful, "--alpha", "0.05"],
      2,
      /--alpha takes a model with 99 rows held out at fit; this one has no p-values/,
    );
    expect(command.run(["score", "few.safetensors", faithful]).out).toMatch(/^eruptions,waiting,logLikelihood\n/);
  });
});
