import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { root } from "./support/sources.ts";

interface Report {
  readonly question: string;
  readonly command: string;
  readonly blas?: string | undefined;
  /** What went wrong in a race. */
  readonly wrong?: readonly string[];
}

/** The answer to a question; of one in parts the answers by part. */
type Answers = Report | Readonly<Record<string, Report>>;

interface Bench {
  readonly QUESTIONS: Record<"questions" | "races", string[]>;
  tasksOf(name: string, only?: readonly string[]): Promise<string[]>;
  answer(task: string, quick: boolean, seeds?: number): Promise<Report>;
  answersTo(name: string): Promise<Answers>;
  section(name: string, report: Answers): Promise<string>;
  documentOf(name: string): Promise<string>;
  picturesOf(name: string, reports: Answers): Promise<Record<string, string>>;
  withSection(text: string, name: string, replacement: string, document?: string): string;
}

interface Scores {
  areaUnderCurve(scores: readonly number[], anomalous: readonly number[]): number | null;
  summary(scores: ArrayLike<number>): {
    mean: number | null;
    error: number | null;
    worst: number | null;
    notFinite: number;
  };
}

interface Peers {
  blasOf(facts: { libraries: string[]; config?: string }): string;
}

interface Cores {
  allowedCores(status: string): number[];
  vectors(cpuinfo: string): string;
}

interface VersusTables {
  versusTables(library: string, answers: Readonly<Record<string, object>>): string;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const load = (path: string) => import(new URL(`../bench/${path}`, import.meta.url).href);
const bench: Bench = await load("run.mjs");
const { blasOf }: Peers = await load("support/peers.mjs");
const { allowedCores, vectors }: Cores = await load("support/cores.mjs");
const { versusTables }: VersusTables = await load("support/versusTables.mjs");
const { areaUnderCurve, summary }: Scores = await load("support/scores.mjs");
const names = Object.values(bench.QUESTIONS).flat();
const tasks = (await Promise.all(names.map((name) => bench.tasksOf(name)))).flat();
const inParts = names.filter((name) => !tasks.includes(name));

const REFERENCE = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0";
const OPENBLAS = ["libblas.so.3", "liblapack.so.3", "libopenblasp-r0.3.21.so"].map(
  (file) => `/usr/lib/x86_64-linux-gnu/openblas-pthread/${file}`,
);

describe("npm run bench", () => {
  beforeAll(() => {
    vi.stubEnv("PYTHON", "no-python-here"); // what a machine has must not decide
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it("has questions of its own and races, and an answer to each", () => {
    expect(bench.QUESTIONS.questions).toContain("costs");
    expect(bench.QUESTIONS.races).toContain("products");
    expect(inParts).toEqual(["density", "images", "toys", "race-jax", "race-torch"]);
    const answers = readdirSync(join(root, "bench/results")).filter((file) => file !== "soak.json");
    const files = names.filter((name) => !inParts.includes(name)).map((name) => `${name}.json`);
    expect(answers.filter((file) => !inParts.includes(file)).sort()).toEqual(files.sort());
  });

  it.each(inParts)("has answers to parts of %s only", (name) => {
    const folder = join(root, "bench/results", name);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    expect(files.filter((file) => !tasks.includes(`${name}/${file.replace(".json", "")}`))).toEqual([]);
  });

  it.each(tasks)("%s can be answered, with tiny sizes", async (task) => {
    const [name, part] = task.split("/");
    const report = await bench.answer(task, true);
    expect(report.question).toMatch(/\?$/);
    expect(report.wrong ?? []).toEqual([]);
    const answers = part === undefined ? report : { [part]: report };
    const text = await bench.section(name, answers);
    const only = part === undefined ? "" : ` --only ${part}`;
    expect(text).toContain(`\`npm run bench -- ${name}${only} --quick\``);
    expect(text.replace("(NaN among the likelihoods)", "")).not.toMatch(/undefined|NaN|Infinity|null/);
    expect(text.split("\n").filter((line) => line.startsWith("| ")).length).toBeGreaterThan(3);
    for (const [path, picture] of Object.entries(await bench.picturesOf(name, answers))) {
      expect(text).toContain(`](${path.replace("docs/", "")})`);
      expect(picture).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
      expect(picture.replace(/base64,[^"]*/g, "")).not.toMatch(/undefined|NaN|Infinity/);
    }
  });

  it.each(names)("its document shows what bench/results says of %s", async (name) => {
    const answers = await bench.answersTo(name);
    const document = await bench.documentOf(name);
    const text = read(document);
    expect(bench.withSection(text, name, await bench.section(name, answers))).toBe(text);
    const pictures = await bench.picturesOf(name, answers);
    for (const [path, picture] of Object.entries(pictures)) expect(read(path), path).toBe(picture);
    if (!inParts.includes(name)) {
      expect(document).toBe("bench/README.md");
      expect(answers.command).toBe(`npm run bench -- ${name}`);
      return;
    }
    expect(document).toBe(bench.QUESTIONS.races.includes(name) ? "bench/README.md" : "docs/results.md");
    for (const [part, { command }] of Object.entries(answers as Record<string, Report>)) {
      expect(command.replace(/ --seeds \d+$/, "")).toBe(`npm run bench -- ${name} --only ${part}`);
    }
  });

  it("measures some parts of a question, with a number of seeds", async () => {
    expect(await bench.tasksOf("costs")).toEqual(["costs"]);
    expect(await bench.tasksOf("toys", ["rings", "moons"])).toEqual(["toys/moons", "toys/rings"]);
    await expect(bench.tasksOf("toys", ["moon"])).rejects.toThrow("toys has no part moon, but moons, ");
    await expect(bench.tasksOf("costs", ["all"])).rejects.toThrow("costs has no parts");
    expect((await bench.answer("toys/moons", true, 2)).command).toBe(
      "npm run bench -- toys --only moons --seeds 2 --quick",
    );
  });

  it("says so where nothing has been measured yet", async () => {
    expect(await bench.section("toys", {})).toBe("Not measured yet: `npm run bench -- toys`.");
    expect(await bench.picturesOf("toys", {})).toEqual({});
  });

  it("has a place in bench/README.md for every question", () => {
    expect(() => bench.withSection("<!-- a -->", "a", "")).toThrow("no place for a");
    expect(bench.withSection("1\n<!-- a -->\nold\n<!-- end of a -->\n2", "a", "new")).toBe(
      "1\n<!-- a -->\n\nnew\n\n<!-- end of a -->\n2",
    );
  });
});

describe("the tables of the benchmark", () => {
  const files = readdirSync(join(root, "bench/data")).filter((file) => !/README|references/.test(file));

  it.each(files)("%s has the checksum that the README gives", (file) => {
    const bytes = readFileSync(join(root, "bench/data", file));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(read("bench/data/README.md")).toContain(`| \`${file}\` | \`${sha256}\` |`);
  });

  it("are not in the package", () => {
    expect(JSON.parse(read("package.json")).files).toEqual(["dist", "src"]);
  });
});

describe("the scores of the benchmark", () => {
  it("are summed up by mean, standard error and the worst", () => {
    expect(summary([1, 2, 3, 6])).toEqual({ mean: 3, error: Math.sqrt(14 / 3) / 2, worst: 1, notFinite: 0 });
    expect(summary([1, -Infinity, NaN])).toEqual({ mean: null, error: null, worst: null, notFinite: 2 });
  });

  it.each<[string, number[], number[], number | null]>([
    ["all pairs in order", [1, 2, 3, 4], [0, 0, 1, 1], 1],
    ["none", [4, 3, 2, 1], [0, 0, 1, 1], 0],
    ["three of four", [1, 3, 2, 4], [0, 0, 1, 1], 0.75],
    ["ties for half", [1, 1, 1], [0, 1, 0], 0.5],
    ["infinite scores for what they are", [0, Infinity, Infinity, -Infinity], [0, 1, 0, 0], (1 + 0.5 + 1) / 3],
    ["nothing if one is NaN", [1, NaN], [0, 1], null],
  ])("have an area under the curve that counts %s", (_what, scores, anomalous, area) => {
    expect(areaUnderCurve(scores, anomalous)).toBe(area);
  });
});

describe("the BLAS of Python", () => {
  it.each<[string, { libraries: string[]; config?: string }]>([
    ["OpenBLAS (libblas.so.3 + liblapack.so.3 + libopenblasp-r0.3.21.so)", { libraries: OPENBLAS }],
    ["MKL (libmkl_rt.so.2)", { libraries: ["/opt/lib/libmkl_rt.so.2"] }],
    [
      "MKL 2024.2-Product in PyTorch",
      {
        libraries: [],
        config: "  - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 1 for Intel(R) 64",
      },
    ],
    ["Accelerate in PyTorch", { libraries: [], config: "Build settings: BLAS_INFO=accelerate, BUILD_TYPE=Release" }],
    [
      "unknown",
      { libraries: [], config: "  - Intel(R) MKL-DNN v2.6.3\n  - LAPACK is enabled (usually provided by MKL)" },
    ],
  ])("is called %s", (name, facts) => {
    expect(blasOf(facts)).toBe(name);
  });

  it("is named in every table with PyTorch, and is said to be not recorded if it was not", async () => {
    const report: Report = JSON.parse(read("bench/results/steps.json"));
    expect(await bench.section("steps", report)).toMatch(/BLAS of Python: .*openblas.*\n\n.*(\n\|.*)+\n\| PyTorch \|/);
    const unknown = await bench.section("steps", { ...report, blas: undefined });
    expect(unknown).toContain("BLAS of Python: not recorded");
  });

  it("is refused if it is the reference BLAS, even beside a fast one", () => {
    const advice = "apt-get install libopenblas0-pthread";
    expect(() => blasOf({ libraries: [REFERENCE] })).toThrow(advice);
    expect(() => blasOf({ libraries: [...OPENBLAS, REFERENCE] })).toThrow(REFERENCE);
  });

  it("ends a race if it is the reference BLAS", async () => {
    const folder = mkdtempSync(join(tmpdir(), "diffeo-bench-"));
    const answer = JSON.stringify({ version: "0", libraries: [REFERENCE] });
    const python = join(folder, "python");
    const script = `#!${process.execPath}\nprocess.stdin.on("data", () => console.log(${JSON.stringify(answer)}));\n`;
    writeFileSync(python, script, { mode: 0o755 });
    vi.stubEnv("PYTHON", python);
    await expect(bench.answer("overhead", true)).rejects.toThrow("apt-get install libopenblas0-pthread");
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

describe("a race against one library of Python", () => {
  it.each<[string, number[]]>([
    ["Name:\tnode\nCpus_allowed_list:\t0-1\n", [0, 1]],
    ["Cpus_allowed_list:\t1,4-6", [1, 4, 5, 6]],
    ["", []],
  ])("has the cores of %j", (status, cores) => {
    expect(allowedCores(status)).toEqual(cores);
  });

  it.each([
    ["flags\t\t: fpu sse2 avx avx2", "AVX2, four float64"],
    ["processor : 0\nflags : sse2 avx avx2 avx512f avx512dq", "AVX-512, eight float64"],
    ["Features\t: fp asimd", "NEON, two float64"],
    ["", "not known"],
  ])("names the vectors of %j", (cpuinfo, name) => {
    expect(vectors(cpuinfo)).toBe(name);
  });

  const facts = { versions: { Python: "3.13.0", jax: "1.0" }, vectors: "AVX2", cores: "all share", products: "" };
  const diffeo = { name: "diffeo", minimum: 2, median: 4, ratioOfMinima: 1, ratio: 1, difference: 0 };
  const jax = (ratio: number) => ({
    name: "JAX",
    minimum: 1,
    median: 4 * ratio,
    ratioOfMinima: 0.5,
    ratio,
    difference: 0,
  });
  const table = (columns: readonly object[]): string =>
    versusTables("JAX", { part: { ...facts, tables: [{ title: "T", unit: "ms", columns }] } });

  it("says how much more time the library takes, and why somebody is left out", () => {
    const absent = { name: "diffeo, two threads", missing: "left out: there is none" };
    const wrong = { name: "JAX, other", missing: "other numbers", difference: 0.1 };
    const text = table([{ name: "MAF", entries: [diffeo, absent, jax(0.25), wrong] }]);
    expect(text).toContain("| MAF | diffeo | 2.00 | 4.00 |  |  |  |");
    expect(text).toContain("|  | diffeo, two threads | left out: there is none |  |  |  |  |");
    expect(text).toContain("|  | JAX | 1.00 | 1.00 | 0.500 | 0.250 | 0 |");
    expect(text).toContain("|  | JAX, other | other numbers |  |  |  | 1e-1 |");
    expect(text).toContain(
      "Peers: Python 3.13.0, jax 1.0. Vectors of native code: AVX2; of WebAssembly: two float64. All share.",
    );
  });

  it("compares threads with threads", () => {
    const two = { ...diffeo, name: "diffeo, two threads", minimum: 1, median: 2 };
    const own = { ...jax(0.25), name: "JAX, its own threads" };
    const text = table([{ name: "MAF", entries: [diffeo, two, jax(0.5), own] }]);
    expect(text).toContain("two threads: MAF: JAX, its own threads 1.00 by minima, 0.500 by medians.");
  });

  it.each([
    [[0.5, 0.6, 0.7], "always"],
    [[2, 0.6, 0.7], "from 256 rows on"],
    [[0.5, 2, 0.7], "at 64 and 1,024 rows"],
    [[0.5, 2, 3], "at 64 rows"],
    [[2, 2, 2], "never"],
  ])("says of ratios %j that the library is faster %s", (ratios, words) => {
    const columns = ratios.map((ratio, k) => ({
      name: "x",
      width: 64,
      rows: 64 * 4 ** k,
      entries: [diffeo, jax(ratio)],
    }));
    expect(table(columns)).toContain(`JAX is faster than diffeo, by medians, with hidden 64×64 ${words}.`);
  });
});
