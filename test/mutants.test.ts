import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listFiles, root } from "./support/sources.ts";

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
}

const { MUTANTS }: { MUTANTS: readonly Mutant[] } = await import(
  new URL("../scripts/mutants/list.mjs", import.meta.url).href
);

describe("the faults that npm run mutants puts into the source", () => {
  it.each(MUTANTS)("can be put there still: $name", ({ file, find, replace }) => {
    const places = readFileSync(join(root, file), "utf8").split(find).length - 1;
    expect(places, `${file} must hold once: ${find}`).toBe(1);
    expect(replace).not.toBe(find);
  });

  it("have tests that exist, and names of their own", () => {
    const named = MUTANTS.flatMap(({ tests }) => tests);
    const existing = listFiles("test");
    expect(named.filter((path) => !existing.includes(path))).toEqual([]);
    expect(MUTANTS.filter(({ tests }) => tests.length === 0)).toEqual([]);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
