import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as diffeo from "diffeo";
import { describe, expect, test } from "vitest";
import { readContract } from "./support/contract.ts";
import { exportedNames } from "./support/exports.ts";
import { listFiles, root } from "./support/sources.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

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
      const mentions = [...text.matchAll(/`((?:src|test|docs|examples|scripts|bench)\/[\w./-]+\.\w+)`/g)].map(
        ([, path]) => path,
      );
      for (const path of [...links, ...mentions])
        if (!existsSync(join(root, path))) missing.push(`${document}: ${path}`);
    }
    expect(missing).toEqual([]);
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
