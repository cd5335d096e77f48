import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import * as diffeo from "diffeo";
import { buildSync } from "esbuild";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { parseSource, readSources, root, type Source } from "./support/sources.ts";

type Library = typeof diffeo;

/** The library as one script that leaves itself in the global `diffeo`. */
function bundled(minify: boolean): string {
  const entryPoints = [join(root, "src/index.ts")];
  const [{ text }] = buildSync({
    entryPoints,
    minify,
    bundle: true,
    format: "iife",
    globalName: "diffeo",
    target: "es2022",
    write: false,
  }).outputFiles;
  return text;
}

/** What an engine may have beyond ECMAScript 2022, as V8 does, or without a thread to share with. */
const BEYOND = [
  "WebAssembly",
  "console",
  "SharedArrayBuffer",
  "Atomics",
  "Intl",
  "Iterator",
  "Temporal",
  "escape",
  "unescape",
];

/** Uses something of every folder but the command, and says what came of it. */
async function program(d: Library): Promise<string[]> {
  const random = new d.Random(1);
  const x = d.twoMoons().sample(200, random);
  const flow = d.realNVP({ dimensions: 2, layers: 2, hidden: [4], random });
  const history = await d.fit(flow, x, { random, steps: 5, batchSize: 50, validation: 0.2, patience: 9, clipNorm: 5 });
  const { seconds } = history;
  const content = d.pictureOf(flow, {
    ...{ title: "t", caption: "c", axes: ["a", "b"], data: x, exact: d.twoMoons(), random },
    curve: { train: [], validation: [], unit: "nats" },
  });
  const named = [...flow.named()].map(([name, parameter]) => `${name} ${JSON.stringify(parameter)}`);
  const rebuilt = d.flowFrom(JSON.parse(JSON.stringify(flow.definition)), { buffers: flow.bijection.buffers });
  const A = d.add(random.normal([20, 20]), d.mul(d.eye(20), 9));
  const numbers = [
    d.solve(A, random.normal([20, 2])),
    d.matrixExp(d.mul(A, 0.1)),
    d.qr(A).R,
    d.exp(A),
    d.conv2d(d.ones([1, 1, 4, 4]), d.ones([1, 1, 3, 3])),
  ];
  const check = d.gradcheck((v) => d.sum(d.tanh(v)), [d.tensor([0.3, -1])]);
  const saved = d.saveFlow(flow, { columns: ["länge", "€"] });
  const loaded = d.loadFlow(saved).score(x);
  const read = await d.readTable(d.writeCsv(d.readCsv("ä,b\n1,2\n3,4\n")));
  const table = d.readCsv("a,b\n1,2\n3,NA\n").dropMissing();
  const errors = [() => d.matmul(d.ones([2, 3]), d.ones([2, 3])), () => d.tensor([Symbol("x")] as never)].map((f) => {
    try {
      return f();
    } catch (error) {
      return error;
    }
  });
  const maf = d.maf({ dimensions: 3, layers: 1, hidden: [8], random });
  const image = d.glow({ channels: 2, height: 4, width: 4, levels: 1, steps: 1, random }).sample(2, random);
  return [
    ...[read, loaded, saved.length, [...saved.subarray(-40)]].map(String),
    ...[flow, rebuilt, d.variable([1]), d.tensor([[1, 2e9]]), random, table, ...errors, ...numbers, image].map(String),
    ...[...named, d.writeCsv(table), JSON.stringify({ ...history, seconds: seconds >= 0 && seconds < 600, check })],
    await d.flowPicture(content),
    await d.modelPicture(flow, { title: "t", names: ["a", "b"], data: x, random }),
    await d.modelPicture(maf, { title: "t", names: ["a", "b", "c"], random }),
    JSON.stringify(maf.sample(5, random)),
  ];
}

/** Runs the program in a realm that has ECMAScript 2022 and nothing else. */
async function inBareRealm(minify: boolean): Promise<string[]> {
  const context = createContext();
  runInContext(`for (const name of ${JSON.stringify(BEYOND)}) delete globalThis[name];`, context);
  const rest = runInContext("Object.getOwnPropertyNames(globalThis).join()", context) as string;
  for (const name of [
    ...BEYOND,
    "performance",
    "setTimeout",
    "btoa",
    "TextEncoder",
    "URL",
    "crypto",
    "structuredClone",
  ])
    expect(rest.split(",")).not.toContain(name);
  runInContext(bundled(minify), context);
  const run = runInContext(`(${program.toString()})`, context) as (d: unknown) => Promise<string[]>;
  return [...(await run(runInContext("diffeo", context)))];
}

describe("an engine that has ECMAScript 2022 and nothing else", () => {
  it("runs everything but the command, with the same results, pictures to the byte", async () => {
    const here = await program(diffeo);
    expect(here.length).toBeGreaterThan(20);
    expect(await inBareRealm(false)).toEqual(here);
  });

  it("runs a minified bundle in which everything is called what it is called here", async () => {
    const texts = await inBareRealm(true);
    expect(texts.slice(0, 12)).toEqual((await program(diffeo)).slice(0, 12));
    expect(texts[4]).toMatch(/^Flow \[2\]: 5 layers, /);
    expect(texts[6]).toBe("Variable [1]\n[1]");
    expect(texts[10]).toMatch(/^ShapeError: matmul/);
  });
});

/** The names of values that a file uses and nowhere declares. */
function globalsOf({ tree }: Source): string[] {
  const [used, declared] = [new Set<string>(), new Set<string>()];
  const look = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isIdentifier(node) && ts.isShorthandPropertyAssignment(node.parent)) used.add(node.text);
    else if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName = "name" in parent && parent.name === node; // of a declaration, a member, or b in a.b
      const isKey = "propertyName" in parent && parent.propertyName === node; // b in { b: c }
      const isMember =
        ts.isObjectLiteralElementLike(parent) || ts.isClassElement(parent) || ts.isPropertyAccessExpression(parent);
      if (!isName && !isKey) used.add(node.text);
      else if (!isMember) declared.add(node.text);
    }
    ts.forEachChild(node, look);
  };
  look(tree);
  return [...used].filter((name) => !declared.has(name));
}

describe("src", () => {
  const standard = new Set(runInContext("Object.getOwnPropertyNames(globalThis)", createContext()) as string[]);
  for (const name of BEYOND) standard.delete(name);
  const beyond = (sources: readonly Source[]): string[] =>
    sources.flatMap((source) =>
      globalsOf(source)
        .filter((name) => !standard.has(name))
        .map((name) => `${source.path}: ${name}`),
    );

  it("names nothing beyond ECMAScript 2022, but where it does without", () => {
    const library = readSources("src").filter(({ path }) => !path.startsWith("src/cli/"));
    expect(beyond(library).sort()).toEqual([
      "src/io/tables/transforms.ts: DecompressionStream", // packed tables, and those in UTF-16, need a host that has these
      "src/io/tables/transforms.ts: TextDecoder",
      "src/io/tables/transforms.ts: TextEncoder",
      "src/io/tables/zip.ts: DecompressionStream",
      "src/io/utf8.ts: TextDecoder",
      "src/io/utf8.ts: TextEncoder",
      "src/plan/threads/claims.ts: Atomics", // threads, which are asked for
      "src/plan/threads/helper.ts: Atomics",
      "src/plan/threads/helper.ts: WebAssembly",
      "src/plan/threads/team.ts: Atomics",
      "src/plan/threads/team.ts: SharedArrayBuffer",
      "src/tensor/simd/webAssembly.ts: WebAssembly",
      "src/threads/node.ts: URL", // for Node alone
      "src/training/clock.ts: performance",
      "src/training/clock.ts: setTimeout",
    ]);
  });

  it.each([
    "export const a = () => btoa('');",
    "export const a = { url: () => new URL('') };",
    "export const a = () => ({ crypto });",
    "export const a = (x: object) => structuredClone(x);",
    "export class A { performance = performance.now(); }",
    "export const a = { a: (b: { navigator: 1 }) => navigator };",
  ])("is seen to name more in: %s", (text) => {
    expect(beyond([parseSource("src/a.ts", text)])).toHaveLength(1);
  });
});
