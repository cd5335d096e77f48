import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

interface Bench {
  readonly QUESTIONS: Record<"questions" | "races", string[]>;
  answer(name: string, quick: boolean): Promise<Report>;
  section(name: string, report: Report): Promise<string>;
  withSection(readme: string, name: string, text: string): string;
}

interface Peers {
  blasOf(facts: { libraries: string[]; config?: string }): string;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const load = (path: string) => import(new URL(`../bench/${path}`, import.meta.url).href);
const bench: Bench = await load("run.mjs");
const { blasOf }: Peers = await load("support/peers.mjs");
const names = Object.values(bench.QUESTIONS).flat();

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
    const answers = readdirSync(join(root, "bench/results")).filter((file) => file !== "soak.json");
    expect(answers.sort()).toEqual(names.map((name) => `${name}.json`).sort());
  });

  it.each(names)("%s can be answered, with tiny sizes", async (name) => {
    const report = await bench.answer(name, true);
    expect(report.question).toMatch(/\?$/);
    expect(report.wrong ?? []).toEqual([]);
    const text = await bench.section(name, report);
    expect(text).toContain(`\`npm run bench -- ${name} --quick\``);
    expect(text).not.toMatch(/undefined|NaN|Infinity/);
    expect(text.split("\n").filter((line) => line.startsWith("| ")).length).toBeGreaterThan(3);
  });

  it.each(names)("bench/README.md shows what bench/results says of %s", async (name) => {
    const report: Report = JSON.parse(read(`bench/results/${name}.json`));
    expect(report.command).toBe(`npm run bench -- ${name}`);
    const readme = read("bench/README.md");
    expect(bench.withSection(readme, name, await bench.section(name, report))).toBe(readme);
  });

  it("has a place in bench/README.md for every question", () => {
    expect(() => bench.withSection("<!-- a -->", "a", "")).toThrow("no place for a");
    expect(bench.withSection("1\n<!-- a -->\nold\n<!-- end of a -->\n2", "a", "new")).toBe(
      "1\n<!-- a -->\n\nnew\n\n<!-- end of a -->\n2",
    );
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
