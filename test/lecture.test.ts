import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles, root } from "./support/sources.ts";

// That the programs print what the page says, and draw its pictures: test/slow/lecture.test.ts.

interface Lecture {
  programsIn(markdown: string): { name: string; printed: string }[];
  withoutTimes(text: string): string;
}

const { programsIn, withoutTimes } = (await import(join(root, "scripts/lecture.mjs"))) as Lecture;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/lecture.md");
const programs = programsIn(page);

describe("docs/lecture.md", () => {
  test("shows every program of examples/lecture, each once, with what it prints", () => {
    const files = readdirSync(join(root, "examples/lecture")).filter((name) => !name.startsWith("train-"));
    expect(programs.map(({ name }) => `${name}.js`).sort()).toEqual(files.sort());
    expect(programs.filter(({ printed }) => printed.trim() === "")).toEqual([]);
  });

  test("has programs of at most 60 lines", () => {
    const lengths = listFiles("examples/lecture").map(
      (path) => [path, read(path).trimEnd().split("\n").length] as const,
    );
    expect(lengths.length).toBeGreaterThan(20);
    expect(lengths.filter(([, length]) => length > 60)).toEqual([]);
  });

  test("shows every picture of docs/pictures, and each is there and at most 200 kB", () => {
    const shown = Array.from(page.matchAll(/!\[[^\]]+\]\(pictures\/([\w-]+\.svg)\)/g), ([, name]) => name);
    expect(shown.sort()).toEqual(readdirSync(join(root, "docs/pictures")).sort());
    for (const name of shown) expect(read(`docs/pictures/${name}`).length, name).toBeLessThan(200_000);
  });

  test("shows code only as it stands in a program", () => {
    const blocks = Array.from(page.matchAll(/^```js\n([\s\S]*?)^```$/gm), ([, code]) => code);
    const sources = listFiles("examples")
      .filter((path) => path.endsWith(".js"))
      .map(read);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.filter((block) => !sources.some((source) => source.includes(block)))).toEqual([]);
  });

  test("links only to headings that are there", () => {
    const anchors = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, title]) => anchorOf(title));
    const links = Array.from(page.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor);
    expect(links.length).toBeGreaterThan(38);
    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });
});

describe("the table of claims", () => {
  const [, table] = page.split(/^## Every claim$/m);
  const rows = table
    .split("\n")
    .filter((line) => /^\| \d/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  test("has a row for each of the 38 claims, and empty cells only for the Transformer", () => {
    expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: 38 }, (_, k) => k + 1));
    expect(rows.filter((cells) => cells.length !== 7)).toEqual([]);
    expect(rows.filter((cells) => cells.includes("")).map(([number]) => number)).toEqual(["8"]);
  });

  test("names tests that exist, by file and title", () => {
    const named = rows.flatMap((cells) =>
      Array.from(cells[6].matchAll(/\]\(\.\.\/(test\/[\w./]+)\): “(.*?)”/g), ([, file, title]) => ({
        file,
        title: title.replaceAll("\\|", "|"),
      })),
    );
    expect(named.length).toBeGreaterThanOrEqual(36);
    const missing = named.filter(
      ({ file, title }) => !existsSync(join(root, file)) || !read(file).includes(`("${title}"`),
    );
    expect(missing).toEqual([]);
  });

  test("says where a claim is explained: its number stands in that section", () => {
    const sections = new Map(page.split(/^#+ /m).map((text) => [anchorOf(text.split("\n")[0]), text]));
    const silent = rows.filter(([number, , section]) => {
      const [, anchor] = section.match(/\(#(.*)\)/) ?? [];
      return !sections.get(anchor ?? "")?.includes(`[${number}]`);
    });
    expect(silent.map(([number]) => number)).toEqual([]);
  });

  test("names examples and pictures that are there", () => {
    const paths = rows.flatMap((cells) =>
      Array.from(`${cells[4]} ${cells[5]}`.matchAll(/\]\(([^)]+)\)/g), ([, path]) => join("docs", path)),
    );
    expect(paths.length).toBeGreaterThan(70);
    expect(paths.filter((path) => !existsSync(join(root, dirname(path))) || !existsSync(join(root, path)))).toEqual([]);
  });
});

test("times are told from other numbers", () => {
  expect(withoutTimes("D = 8  12.3 µs   4 ms, 5 mm")).toBe("D = 8 (time) (time), 5 mm");
});

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
    .replaceAll(" ", "-");
}
