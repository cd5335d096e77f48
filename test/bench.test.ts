import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/sources.ts";

interface Report {
  readonly question: string;
  readonly command: string;
}

interface Bench {
  readonly QUESTIONS: Record<string, () => Promise<{ question: string }>>;
  answer(word: string, quick: boolean): Promise<Report>;
  section(word: string, report: Report): Promise<string>;
  withSection(readme: string, word: string, text: string): string;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const bench: Bench = await import(new URL("../bench/run.mjs", import.meta.url).href);
const words = Object.keys(bench.QUESTIONS);

describe("npm run bench", () => {
  it.each(words)("%s can be answered, with tiny sizes", async (word) => {
    const report = await bench.answer(word, true);
    expect(report.question).toMatch(/\?$/);
    const text = await bench.section(word, report);
    expect(text).toContain(`\`npm run bench -- ${word} --quick\``);
    expect(text).not.toMatch(/undefined|NaN|Infinity/);
    expect(text.split("\n").filter((line) => line.startsWith("| ")).length).toBeGreaterThan(3);
  });

  it.each(words)("bench/README.md shows what bench/results says of %s", async (word) => {
    const report: Report = JSON.parse(read(`bench/results/${word}.json`));
    expect(report.command).toBe(`npm run bench -- ${word}`);
    const readme = read("bench/README.md");
    expect(bench.withSection(readme, word, await bench.section(word, report))).toBe(readme);
  });

  it("has a place in bench/README.md for every question", () => {
    expect(() => bench.withSection("<!-- a -->", "a", "")).toThrow("no place for a");
    expect(bench.withSection("1\n<!-- a -->\nold\n<!-- end of a -->\n2", "a", "new")).toBe(
      "1\n<!-- a -->\n\nnew\n\n<!-- end of a -->\n2",
    );
  });
});
