import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as diffeo from "diffeo";
import { describe, expect, test } from "vitest";
import { readContract } from "./support/contract.ts";
import { exportedNames, layerNames } from "./support/exports.ts";
import { listFiles, root } from "./support/sources.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface NamedFile {
  readonly file: string;
  readonly names: readonly string[];
}

interface Path {
  filesNamed(document: string, markdown: string): NamedFile[];
  faultsOf(files: readonly NamedFile[]): string[];
  firstList(markdown: string): string;
}

const { filesNamed, faultsOf, firstList } = (await import(join(root, "scripts/path.mjs"))) as Path;

describe("docs/contract.md", () => {
  const { existing, planned } = readContract(read("docs/contract.md"));
  const exported = exportedNames("src/index.ts");

  test("names as existing only what the package exports", () => {
    expect(existing.length).toBeGreaterThan(50);
    expect(existing.filter((name) => !exported.includes(name))).toEqual([]);
  });

  test("names as planned only what the package does not export", () => {
    expect(existing.length + planned.length).toBeGreaterThan(200);
    expect(planned.filter((name) => exported.includes(name))).toEqual([]);
  });

  test("leaves out no function and no class that the package exports", () => {
    expect(Object.keys(diffeo).filter((name) => !existing.includes(name))).toEqual([]);
  });

  test("has every layer in its table", () => {
    const layers = layerNames();
    const [, table] = read("docs/contract.md").match(/^### Layers\n\n((?:\|.*\n)+)/m) ?? [];
    const firstCells = table.match(/^\|[^|]*/gm)?.join() ?? "";
    expect(layers).toContain("leakyReluFlow");
    expect(layers.length).toBeGreaterThan(20);
    expect(layers.filter((name) => !firstCells.includes(`\`${name}\``))).toEqual([]);
  });

  test("is read as it is meant", () => {
    const markdown = [
      "```ts\n// in 0.1.0\nadd sub (a, b)   // both\nclass Flow {\n  size: number;\n}\nx({ y }): Z\n```",
      "```ts\n// planned\n// a heading\nshapeError\n```\n```ts\nother()\n```",
    ].join("\n");
    expect(readContract(markdown)).toEqual({ existing: ["add", "sub", "Flow", "x"], planned: ["shapeError"] });
  });
});

describe("the documents", () => {
  const documents = listFiles(".").filter((path) => path.endsWith(".md"));

  test("name only files that exist", () => {
    const missing: string[] = [];
    for (const document of documents) {
      const text = read(document);
      const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path]) =>
        join(dirname(document), path),
      );
      const mentions = [
        ...text.matchAll(/`((?:src|test|docs|examples|scripts|bench)\/[\w./-]+\.\w+)`(?!, a new file)/g),
      ].map(([, path]) => path);
      for (const path of [...links, ...mentions])
        if (!existsSync(join(root, path))) missing.push(`${document}: ${path}`);
    }
    expect(missing).toEqual([]);
  });
});

describe("README.md, docs/lecture.md and docs/walk.md", () => {
  const faults = (document: string, markdown: string): string[] => faultsOf(filesNamed(document, markdown));

  test.each([
    ["README.md", 20],
    ["docs/lecture.md", 100],
    ["docs/walk.md", 9],
  ])("%s names only what the file before it declares", (document, least) => {
    expect(filesNamed(document, read(document)).length).toBeGreaterThan(least);
    expect(faults(document, read(document))).toEqual([]);
  });

  test("the machine's order has at most ten files to open", () => {
    const files = filesNamed("docs/walk.md", firstList(read("docs/walk.md"))).map(({ file }) => file);
    expect(files.length).toBeGreaterThan(5);
    expect(new Set(files).size).toBeLessThanOrEqual(10);
  });

  test.each([
    ["a name that is not there", "5. `training/adam.ts`, `step`.", "src/training/adam.ts has no step"],
    ["a name that has moved", "[`b`](../src/flows/bijection.ts), `compose`", "src/flows/bijection.ts has no compose"],
    ["a variable for a function", "`training/train.ts` and `steps`", "src/training/train.ts has no steps"],
    ["a file that is not there", "[all](../src/flows/all.ts), `f`", "there is no ../src/flows/all.ts"],
    ["a file in code style that is not there", "see `flows/all.ts`", "there is no flows/all.ts"],
    [
      "a link that shows another file",
      "[flows/flow.ts](../src/flows/compose.ts)",
      "flows/flow.ts leads to src/flows/compose.ts",
    ],
    [
      "a name after the next file",
      "[a](../src/flows/flow.ts), [b](../src/flows/layer.ts), `Flow`",
      "src/flows/layer.ts has no Flow",
    ],
    ["a file beside the one before", "`flows/flow.ts` and `layer.ts`: `Flow`", "src/flows/layer.ts has no Flow"],
  ])("are found out for %s", (_fault, markdown, message) => {
    expect(faults("docs/walk.md", markdown)).toEqual([message]);
  });

  test.each([
    [
      "names of functions, methods, classes and types",
      "[f](../src/flows/flow.ts): `Flow`, `logProb()`, `Trace`, `x y`",
    ],
    ["names before the first file", "`fit` in [train](../src/training/train.ts)"],
    ["names after another link", "[f](../src/flows/flow.ts), [d](contract.md): `anything`"],
    ["names in the next item or paragraph", "1. `flows/flow.ts`\n2. `anything`\n\n`anything`\n| `anything` |"],
    ["programs", "`flows/flow.ts`\n```js\n`anything`\n```\n`flows/flow.ts`"],
    ["a file beside the one before", "[a](../src/flows/flow.ts), `compose.ts`, `compose`"],
    ["the folder of a file", "[flows/onePass](../src/flows/onePass/onePass.ts)"],
  ])("may have %s", (_what, markdown) => {
    expect(faults("docs/walk.md", markdown)).toEqual([]);
  });
});

describe("test/support/README.md", () => {
  test("has a line for every file of test/support", () => {
    const readme = read("test/support/README.md");
    const named = (path: string): boolean =>
      readme.includes(`\`${basename(path)}\``) || readme.includes(`\`${basename(dirname(path))}/\``);
    const files = listFiles("test/support").filter((path) => path.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((path) => !named(path))).toEqual([]);
    expect(named("test/support/nothing.ts")).toBe(false);
  });
});
