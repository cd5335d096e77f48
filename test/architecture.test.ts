import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as rules from "./support/architecture.ts";
import { withoutTests } from "./support/mirrors.ts";
import { listFiles, parseSource, readSources, root, type Source } from "./support/sources.ts";

/** Files of more than 300 lines, each with the reason why it is not two files. */
const reasonsForLength: Readonly<Record<string, string>> = {
  "src/tensor/simd/assembler.ts": "the instructions of one machine, one or two lines each",
  "src/density/densityModel.ts": "one class, the face of the folder; what its methods do stands in other files",
};

const library = readSources("src");
const everything = [...library, ...readSources("test"), ...readSources("examples")];
const filesToRead = rules.filesToRead(readFileSync(join(root, "README.md"), "utf8"));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** A rule: what it says, what breaks it now (nothing), and small programs that would break it. */
interface ArchitectureRule {
  readonly sentence: string;
  readonly violations: (sources: readonly Source[]) => rules.Violations;
  readonly sources: readonly Source[];
  /** Each entry is one program, from path to text, which must be reported. */
  readonly counterexamples: readonly Readonly<Record<string, string>>[];
  /** A program that looks like a violation and is none. */
  readonly innocent: Readonly<Record<string, string>>;
}

const table: readonly ArchitectureRule[] = [
  {
    sentence: "each folder of src imports only from folders to its left",
    violations: rules.importsAgainstTheDirection,
    sources: library,
    counterexamples: [
      { "src/nets/a.ts": `import { b } from "../flows/b.ts";` },
      { "src/nets/a.ts": `import type { B } from "../distributions/b.ts";` },
      { "src/data/a.ts": `export { b } from "../plot/b.ts";` },
      { "src/tensor/a.ts": `export type A = import("../autograd/b.ts").B;` },
      { "src/flows/layers/a.ts": `import { b } from "../../index.ts";` },
      { "src/index.ts": `export { b } from "./cli/b.ts";` },
      { "src/utilities/a.ts": "export const a = 1;" },
    ],
    innocent: { "src/flows/layers/a.ts": `import { b } from "../../tensor/b.ts"; // not from "../../training/c.ts"` },
  },
  {
    sentence: "no file of src imports itself, however long the way round",
    violations: rules.importCycles,
    sources: library,
    counterexamples: [
      {
        "src/nets/a.ts": `import { b } from "./b.ts";`,
        "src/nets/b.ts": `import { c } from "./c.ts";`,
        "src/nets/c.ts": `import { a } from "./a.ts";`,
      },
    ],
    innocent: {
      "src/nets/a.ts": `import { b } from "./b.ts"; import { c } from "./c.ts";`,
      "src/nets/b.ts": `import { c } from "./c.ts"; import type { A } from "./a.ts";`,
      "src/nets/c.ts": "export const c = 1;",
    },
  },
  {
    sentence: "no file of src has more than 400 lines, and one past 300 says why",
    violations: (sources) => rules.longFiles(sources, reasonsForLength),
    sources: library,
    counterexamples: [{ "src/nets/a.ts": "\n".repeat(300) + 1 }, { "src/nets/a.ts": "\n".repeat(400) + 1 }],
    innocent: { "src/nets/a.ts": `${"1;\n".repeat(300)}\n\n` },
  },
  {
    sentence: "no two files of src have the same name, but for the indexes",
    violations: rules.doubleNames,
    sources: library,
    counterexamples: [
      { "src/nets/a.ts": "export const a = 1;", "src/flows/a.ts": "export const b = 1;" },
      { "src/flows/a.ts": "export const a = 1;", "src/flows/layers/a.ts": "export const b = 1;" },
    ],
    innocent: {
      "src/nets/index.ts": `export { a } from "./a.ts";`,
      "src/flows/index.ts": `export { aa } from "./aa.ts";`,
      "src/flows/aa.ts": "export const aa = 1;",
      "src/nets/a.ts": "export const a = 1;",
    },
  },
  {
    sentence: "no file that README lists for reading knows of plans",
    violations: (sources) => rules.plansInReading(sources, filesToRead),
    sources: library,
    counterexamples: [
      { "src/flows/flow.ts": `import { planOf } from "../plan/plan.ts";` },
      { "src/training/step.ts": `import type { Plan } from "../plan/plan.ts";` },
    ],
    innocent: { "src/flows/inPieces.ts": `import { planOf } from "../plan/plan.ts";` },
  },
  {
    sentence: "only the command, and what makes workers of Node, know Node, and nothing imports a package",
    violations: rules.platformUses,
    sources: library,
    counterexamples: [
      { "src/io/a.ts": `import { readFileSync } from "node:fs";` },
      { "src/io/a.ts": "export const a = () => process.env.A;" },
      { "src/io/a.ts": "export const a = () => Buffer.from([1]);" },
      { "src/cli/a.ts": `import fc from "fast-check";` },
      { "src/threads/a.ts": `import { Worker } from "node:worker_threads";` },
    ],
    innocent: {
      "src/io/a.ts": "export const a = (x: { process: string }) => x.process; // not process.env",
      "src/threads/node.ts": `import { Worker } from "node:worker_threads";`,
    },
  },
  {
    sentence: "relative imports end in .ts",
    violations: rules.importsWithoutExtension,
    sources: everything,
    counterexamples: [
      { "src/nets/a.ts": `import { b } from "./b";` },
      { "src/nets/a.ts": `export { b } from "./b.js";` },
    ],
    innocent: { "test/a.test.ts": `import { b } from "../src/b.ts"; import fc from "fast-check";` },
  },
  {
    sentence:
      "src has no default export, enum or namespace, and exports everything only in src/index.ts and of a registry",
    violations: rules.unwantedDeclarations,
    sources: library,
    counterexamples: [
      { "src/nets/a.ts": "export default function a() {}" },
      { "src/nets/a.ts": "const a = 1; export default a;" },
      { "src/nets/a.ts": "const a = 1; export { a as default };" },
      { "src/nets/a.ts": "export enum A { B }" },
      { "src/nets/a.ts": "namespace A { export const b = 1; }" },
      { "src/nets/a.ts": `export * from "./b.ts";` },
      { "src/nets/a.ts": `export * as b from "./b.ts";` },
      { "src/nets/index.ts": `export * from "./b.ts";` },
      { "src/nets/a.ts": `export * from "./registry.ts";` },
    ],
    innocent: {
      "src/nets/index.ts": `export * from "./registry.ts";`,
      "src/nets/a.ts": "export const a = (x: number) => { switch (x) { default: return 1; } };",
      "src/index.ts": `export * from "./nets/index.ts";`,
    },
  },
  {
    sentence:
      "src/index.ts passes whole folders on, the index of a folder lists names or passes a registry on, and neither does more",
    violations: rules.indexesThatDoMore,
    sources: library,
    counterexamples: [
      { "src/index.ts": "export const a = 1;" },
      { "src/index.ts": `import { a } from "./nets/a.ts";` },
      { "src/index.ts": `export { a } from "./nets/index.ts";` },
      { "src/index.ts": `export * from "./nets/a.ts";` },
      { "src/index.ts": `export * as nets from "./nets/index.ts";` },
      { "src/index.ts": `export * from "./registry.ts";` },
      { "src/nets/index.ts": "export const a = 1;" },
      { "src/nets/index.ts": `export * from "./a.ts";` },
    ],
    innocent: {
      "src/index.ts": `export * from "./nets/index.ts";`,
      "src/nets/index.ts": `export { a, type B } from "./a.ts"; export type { C } from "../tensor/c.ts"; export * from "./registry.ts";`,
    },
  },
  {
    sentence: "importing a module of src runs nothing",
    violations: rules.importSideEffects,
    sources: library,
    counterexamples: [
      { "src/nets/a.ts": "console.log(1);" },
      { "src/nets/a.ts": "for (let i = 0; i < 2; i++) {}" },
      { "src/nets/a.ts": "await 1;" },
    ],
    innocent: { "src/nets/a.ts": "const b = 1; export function a(): number { return b; }", "src/cli/main.ts": "a();" },
  },
  {
    sentence: "outside the command, src uses neither Math.random nor the date",
    violations: rules.hiddenInputs,
    sources: library,
    counterexamples: [
      { "src/plot/a.ts": "export const a = () => Math.random();" },
      { "src/plot/a.ts": "export const a = () => Date.now();" },
      { "src/plot/a.ts": "export const a = () => new Date();" },
    ],
    innocent: {
      "src/plot/a.ts": `export const a = () => "Math.random() and Date.now()";`,
      "src/training/clock.ts": "export const a = () => Date.now();",
    },
  },
  {
    sentence: "nothing reads the constructor of an object, whose name bundlers change",
    violations: rules.constructorsRead,
    sources: library,
    counterexamples: [
      { "src/tensor/a.ts": "export const a = (x: object) => x.constructor.name;" },
      { "src/tensor/a.ts": "export const a = ({ constructor }: object) => constructor;" },
      { "src/tensor/a.ts": "export const a = ({ constructor: b }: object) => b.name;" },
    ],
    innocent: { "src/tensor/a.ts": "export class A { constructor() {} } // a.constructor.name" },
  },
  {
    sentence: "numerical code uses only arithmetic that has the same bits in every engine",
    violations: rules.inexactArithmetic,
    sources: library,
    counterexamples: [
      { "src/flows/layers/a.ts": "export const a = (x: number) => Math.exp(x);" },
      { "src/data/a.ts": "export const a = Math.PI;" },
      { "src/plot/a.ts": "export const a = (x: number) => Math.cos(x);" },
      { "src/tensor/a.ts": "export const a = (x: number) => x ** 2;" },
      { "src/tensor/a.ts": "export const a = (x: number) => { x **= 2; };" },
      { "src/tensor/a.ts": "const { exp } = Math;" },
      { "src/tensor/a.ts": `export const a = (x: number) => Math["exp"](x);` },
    ],
    innocent: {
      "src/tensor/a.ts": "/** Math.exp, x ** 2 */ export const a = (x: number) => Math.sqrt(Math.abs(x));",
      "src/io/a.ts": "export const a = (x: number) => Math.log10(x) ** 2;",
    },
  },
  {
    sentence: "everything that src exports has a doc comment, of options each member",
    violations: rules.undocumentedExports,
    sources: library,
    counterexamples: [
      { "src/nets/a.ts": "export function a() {}" },
      { "src/nets/a.ts": "// a remark\nexport const a = 1;" },
      { "src/nets/a.ts": "/** A. */\nexport class A {}\n\nexport interface B {}" },
      { "src/nets/a.ts": "/** For a. */\nconst a = 1;\nexport type B = number;" },
      { "src/nets/a.ts": "/** What a takes. */\nexport interface AOptions {\n  b: number;\n}" },
      { "src/nets/a.ts": "export interface AOptions {\n  /** B. */\n  b: number;\n  // c\n  c: number;\n}" },
      { "src/nets/a.ts": "export interface OptionsOfA {\n  /** B. */\n  b: number;\n}" },
      { "src/nets/a.ts": "export type AOptions = { b: number };" },
      { "src/nets/a.ts": "export const aEntry = 1;" },
    ],
    innocent: {
      "src/nets/c.ts": "export const aEntry: Kind<A> = kind({}, a);",
      "src/nets/b.ts":
        "export interface AOptions extends B {\n  /** C. */\n  c: number;\n}\n\nexport interface BOptions {}",
      "src/nets/a.ts": "function b() {}\n/** Both. */\nexport function a(x: 1): 1;\nexport function a(x: 2): 2;",
    },
  },
  {
    sentence: "a test answers for every file of src, by the rules of CONTRIBUTING.md",
    violations: withoutTests,
    sources: everything,
    counterexamples: [
      { "src/nets/a.ts": "export function a() {}" },
      { "src/nets/a.ts": "export function a() {}", "test/nets/b.test.ts": `import type { a } from "diffeo";` },
      { "src/nets/a.ts": "export function a() {}", "test/flows/b.test.ts": `import { a } from "diffeo";` },
      {
        "src/nets/index.ts": `export { a } from "./a.ts";`,
        "src/nets/a.ts": "export function a() {}",
        "src/nets/b.ts": `import { a } from "./a.ts";`,
        "test/nets/b.test.ts": "",
      },
      { "src/cli/a.ts": "export function a() {}" },
    ],
    innocent: {
      "src/nets/index.ts": `export { d } from "./d.ts"; export { type B } from "./b.ts";`,
      "src/nets/a.ts": `import { b } from "./b.ts"; export const a = b;`,
      "src/nets/b.ts": `import { c } from "./c.ts"; export const b = c; export type B = 1;`,
      "src/nets/c.ts": "export const c = 1;",
      "src/nets/d.ts": "export function d() {}",
      "src/nets/e.ts": "export interface E {}",
      "test/nets/a.test.ts": "",
      "test/nets/few.test.ts": `import { d } from "diffeo/nets";`,
    },
  },
  {
    sentence: "nothing names a path of the machine it was written on",
    violations: rules.machinePaths,
    sources: everything,
    counterexamples: [
      { "docs/a.md": ["see ", "work", "a.md"].join("/") },
      { "src/a.ts": ["// ", "home", "me", ""].join("/") },
    ],
    innocent: { "docs/a.md": "It works at home/work and in a workshop." },
  },
];

describe("the source", () => {
  for (const { sentence, violations, sources } of table) {
    test(sentence, () => {
      expect(violations(sources)).toEqual([]);
    });
  }

  test("README lists files for reading that there are", () => {
    expect(filesToRead.length).toBeGreaterThan(30);
    const paths = library.map(({ path }) => path);
    expect(filesToRead.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test("no file of the repository names a path of the machine it was written on", () => {
    const files = listFiles(".").map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
    expect(files.length).toBeGreaterThan(10);
    expect(rules.machinePaths(files)).toEqual([]);
  });

  test("a reason for length belongs to a file that still needs it", () => {
    const needed = rules.longFiles(library, {}).map((violation) => violation.split(":")[0]);
    expect(Object.keys(reasonsForLength).filter((path) => !needed.includes(path))).toEqual([]);
  });
});

describe("the package", () => {
  test("has no dependency of any kind at run time", () => {
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"]) {
      expect(manifest).not.toHaveProperty(kind);
    }
  });

  test("passes on every folder that can also be imported by itself", () => {
    const folders = Object.keys(manifest.exports).flatMap((path) => path.match(/^\.\/(\w+)$/)?.[1] ?? []);
    const index = library.find(({ path }) => path === "src/index.ts");
    expect(folders).toHaveLength(10);
    expect(index?.imports.map(({ target }) => target).sort()).toEqual(folders.map((f) => `src/${f}/index.ts`).sort());
  });

  test("pins its tools exactly", () => {
    const versions = Object.values(manifest.devDependencies) as string[];
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test("names no registry in its lock file", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved"|https?:\/\/registry/);
  });
});

describe("the rules of this file", () => {
  const programs = (table: Readonly<Record<string, string>>): Source[] =>
    Object.entries(table).map(([path, text]) => parseSource(path, text));

  for (const { sentence, violations, counterexamples, innocent } of table) {
    test(`notice a violation of: ${sentence}`, () => {
      for (const counterexample of counterexamples) {
        expect(violations(programs(counterexample)), JSON.stringify(counterexample)).toHaveLength(1);
      }
    });

    test(`accept what only looks like a violation of: ${sentence}`, () => {
      expect(violations(programs(innocent))).toEqual([]);
    });
  }

  test("report a cycle of imports by naming its files in order", () => {
    const cycle = programs({
      "src/nets/a.ts": `import { b } from "./b.ts";`,
      "src/nets/b.ts": `import { b } from "./b.ts"; import { a } from "./a.ts";`,
    });
    expect(rules.importCycles(cycle)).toEqual([
      "src/nets/b.ts → src/nets/b.ts",
      "src/nets/a.ts → src/nets/b.ts → src/nets/a.ts",
    ]);
  });
});
