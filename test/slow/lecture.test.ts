import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../support/sources.ts";

// Each program of docs/lecture.md prints what the page says, and draws the pictures that are in docs/pictures, byte for byte: on the built library.

interface Lecture {
  programsIn(markdown: string): { name: string; printed: string }[];
  withoutTimes(text: string): string;
  run(name: string, folder: string): string;
}

const { programsIn, withoutTimes, run } = (await import(join(root, "scripts/lecture.mjs"))) as Lecture;
const programs = programsIn(readFileSync(join(root, "docs/lecture.md"), "utf8"));
const pictures = join(root, "docs/pictures");
const drawn = new Set<string>();

describe("docs/lecture.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "diffeo-lecture-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(programs)(
    "$name prints what the page says, and draws its pictures",
    { timeout: 300_000 },
    ({ name, printed }) => {
      const before = readdirSync(folder);
      expect(withoutTimes(run(name, folder))).toBe(withoutTimes(printed));
      const made = readdirSync(folder).filter((file) => !before.includes(file));
      expect(made.length).toBeGreaterThan(0);
      for (const file of made) {
        drawn.add(file);
        expect(readFileSync(join(folder, file), "utf8") === readFileSync(join(pictures, file), "utf8"), file).toBe(
          true,
        );
      }
    },
  );

  test("has no picture that no program draws", () => {
    expect(readdirSync(pictures).sort()).toEqual([...drawn].sort());
  });
});
