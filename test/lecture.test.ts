import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { outputOf } from "./support/outputOf.ts";
import { listFiles, root } from "./support/sources.ts";

// That the long programs print what the page says, and that all draw its pictures: test/slow/lecture.test.ts.

interface Lecture {
  programsIn(markdown: string): { name: string; printed: string }[];
  withoutTimes(text: string): string;
}

const { programsIn, withoutTimes } = (await import(join(root, "scripts/lecture.mjs"))) as Lecture;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/lecture.md");
const programs = programsIn(page);

/** The programs that take seconds, or read files; test/slow runs them. */
const LONG = [
  "banana",
  "bridge",
  "digits",
  "four-steps",
  "images",
  "toys",
  "two-modes",
  "warped-grid",
  "waterfall",
  "wrong-logdet",
];

describe("docs/lecture.md", () => {
  test("shows every program of examples/lecture, each once, with what it prints", () => {
    const files = readdirSync(join(root, "examples/lecture")).filter((name) => !name.startsWith("train-"));
    expect(programs.map(({ name }) => `${name}.js`).sort()).toEqual(files.sort());
    expect(programs.filter(({ printed }) => printed.trim() === "")).toEqual([]);
  });

  test.each(programs.filter(({ name }) => !LONG.includes(name)))(
    "says what $name prints",
    async ({ name, printed }) => {
      expect(withoutTimes(await outputOf(read(`examples/lecture/${name}.js`)))).toBe(withoutTimes(printed));
    },
  );

  test("computes right by hand: p(x) = 2·p_Z(2x), p_Z the standard normal density", () => {
    const normal = (z: number): number => Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
    const section = sectionsOf(page).get("start-with-numbers") ?? "";
    const given = Array.from(section.matchAll(/p_Z\((\d)\) = (\d\.\d+)/g), ([, z, p]) => [z, p]);
    expect(given).toEqual([0, 1, 2].map((z) => [String(z), normal(z).toFixed(4)]));
    const lines = Array.from(section.matchAll(/^ {4}p\((.*?)\) += (.*)$/gm), ([, x, right]) => [x, right]);
    expect(lines).toEqual(
      ["0", "0.5", "1"].map((x) => {
        const p = normal(2 * Number(x));
        return [x, `2 · ${p.toFixed(4)} = ${(2 * p).toFixed(4)}`];
      }),
    );
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

  test("shows code only as it stands in the program that the same section names nearest to it", () => {
    const blocks = [...sectionsOf(page).values()].flatMap((section) =>
      Array.from(section.matchAll(/^```js\n([\s\S]*?)^```$/gm), ({ index, 0: block, 1: code }) => ({
        code,
        program: nearestProgram(section, index, index + block.length),
      })),
    );
    expect(blocks.length).toBeGreaterThan(1);
    for (const { code, program } of blocks) expect(read(program)).toContain(code);
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
    const sections = sectionsOf(page);
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
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test("times are told from other numbers", () => {
  expect(withoutTimes("D = 8  12.3 µs   4 ms, 5 mm")).toBe("D = 8 (time) (time), 5 mm");
});

test("npm run lecture says in a sentence which programs it does not know, and which there are", () => {
  const script = join(root, "scripts/lecture.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "two-x.js", "nonsense.js"], {
    encoding: "utf8",
  });
  const names = programs.map(({ name }) => name).join(", ");
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: `docs/lecture.md shows no nonsense; it shows ${names}\n`,
  });
});

/** The sections of a page, by their anchors. */
function sectionsOf(markdown: string): Map<string, string> {
  return new Map(markdown.split(/^#+ /m).map((text) => [anchorOf(text.split("\n")[0]), text]));
}

/** The program of examples/lecture that a section names nearest to a place in it. */
function nearestProgram(section: string, start: number, end: number): string {
  const named = Array.from(section.matchAll(/examples\/lecture\/[\w-]+\.js/g), ({ index, 0: path }) => ({
    path,
    distance: index < start ? start - index : index - end,
  }));
  return named.reduce((nearest, other) => (other.distance < nearest.distance ? other : nearest)).path;
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
    .replaceAll(" ", "-");
}
