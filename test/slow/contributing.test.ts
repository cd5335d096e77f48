import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { follow, placesIn } from "../support/howTo.ts";
import { root } from "../support/sources.ts";

// CONTRIBUTING.md says in which places a new op and a new layer are written. Here they are written there, in copies of the project: one with
// all places, and one without each of them.

const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

/** The two lists; the tests that look at what is written, by file and name; and those that notice what is left out. */
const lists = [
  {
    title: "How to add an op",
    names: ["^the table of ops", "^cube, "],
    noticing: ["test/docs.test.ts", "test/autograd/ops/every.test.ts"],
  },
  {
    title: "How to add a layer",
    names: ["^bijectionFrom has", "^bijectionFrom .*'scaling'", "^'scaling' "],
    noticing: ["test/docs.test.ts", "test/flows/registry.test.ts"],
  },
].map((list) => ({ ...list, places: placesIn(contributing, list.title) }));
const examples = ["are there", ".* 'cube'", ".* 'scaling'"].map((test) => `^the examples in doc comments ${test}`);
const names = ["^docs/contract\\.md", "^the source", ...examples, ...lists.flatMap((list) => list.names)];
const files = [
  ...new Set(lists.flatMap(({ noticing }) => noticing)),
  "test/architecture.test.ts",
  "test/docComments.test.ts",
  "test/property/everyLayer/plain.test.ts",
];

/** What no test notices when it is left out. */
const unnoticed = ["CHANGELOG.md"];

/** The name of the copy in which one place is left out. */
const without = (title: string, path: string): string => `${title} without ${path}`.replaceAll(/\W+/g, "-");

/** In the copies the usual tests run, not the slow ones. */
const { SLOW: _, ...fast } = process.env;

const node = (script: string, args: readonly string[], cwd: string) =>
  spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd, encoding: "utf8", env: fast });

/** What tests and tools need of the project, copied to a folder. */
function copyTo(folder: string): string {
  mkdirSync(folder);
  const parts = ["src", "test", "docs", "examples", "scripts", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"];
  const settings = ["package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "biome.json"];
  for (const path of [...parts, ...settings]) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

describe("the places of CONTRIBUTING.md", () => {
  let workspace = "";
  /** What the tests of a copy said: the sentences that passed, and those that did not. */
  const said = new Map<string, { passed: string[]; failed: string[] }>();

  beforeAll(() => {
    workspace = realpathSync(mkdtempSync(join(tmpdir(), "diffeo-contributing-")));
    symlinkSync(join(root, "node_modules"), join(workspace, "node_modules"));
    const copies = [{ name: "whole", places: lists.flatMap(({ places }) => places), exclude: [] as string[] }];
    for (const { title, places, noticing } of lists) {
      for (const left of places.filter(({ path }) => !unnoticed.includes(path))) {
        copies.push({
          name: without(title, left.path),
          places: places.filter((place) => place !== left),
          exclude: files.filter((file) => !noticing.includes(file)),
        });
      }
    }
    for (const { name, places } of copies) {
      const copy = copyTo(join(workspace, name));
      for (const place of places) follow(place, copy);
      said.set(name, { passed: [], failed: [] });
    }
    const projects = copies.map(({ name, exclude }) => ({
      extends: `./${name}/vitest.config.ts`,
      root: `./${name}`,
      test: { name, exclude },
    }));
    writeFileSync(join(workspace, "vitest.config.mjs"), `export default ${JSON.stringify({ test: { projects } })};`);
    const pattern = `--testNamePattern=${names.join("|")}`;
    const run = node(
      "vitest/vitest.mjs",
      ["run", ...files, "--reporter=json", "--outputFile=report.json", pattern, "--maxWorkers=2"],
      workspace,
    );
    expect(run.signal, run.stderr).toBe(null);
    const report: Report = JSON.parse(readFileSync(join(workspace, "report.json"), "utf8"));
    for (const { name, message, assertionResults } of report.testResults) {
      const copy = said.get(relative(workspace, name).split(sep)[0]);
      if (copy === undefined) throw new Error(`${name} is in none of the copies`);
      if (assertionResults.length === 0) copy.failed.push(`${name} cannot be loaded: ${message}`);
      for (const { fullName, status } of assertionResults) {
        if (status === "passed") copy.passed.push(fullName);
        if (status === "failed") copy.failed.push(fullName);
      }
    }
  }, 300_000);

  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it.each(lists)("are five at most, the changelog among them: $title", ({ places }) => {
    const paths = places.map(({ path }) => path);
    expect(paths.length).toBeGreaterThanOrEqual(3);
    expect(paths.length).toBeLessThanOrEqual(5);
    expect(paths).toEqual(expect.arrayContaining(unnoticed));
  });

  it("are enough: followed, they give an op and a layer that all tests accept", () => {
    const { passed, failed } = said.get("whole") ?? { passed: [], failed: ["nothing was run"] };
    expect(failed).toEqual([]);
    for (const name of names) expect([name, passed.some((sentence) => sentence.match(name))]).toEqual([name, true]);
  });

  it("are enough for the type-check and for the style", () => {
    const types = node("typescript/bin/tsc", ["--noEmit"], join(workspace, "whole"));
    expect(types.stdout + types.stderr).toBe("");
    const checked = ["check", "--vcs-enabled=false", "src", "test/support"];
    const style = node("@biomejs/biome/bin/biome", checked, join(workspace, "whole"));
    expect(style.status, style.stdout + style.stderr).toBe(0);
  }, 300_000);

  it.each(
    lists.flatMap(({ title, places }) =>
      places.filter(({ path }) => !unnoticed.includes(path)).map(({ path }) => [title, path] as const),
    ),
  )("are all needed: a test notices that %s was followed without %s", (title, path) => {
    expect(said.get(without(title, path))?.failed).not.toEqual([]);
    expect(said.has(without(title, path))).toBe(true);
  });
});
