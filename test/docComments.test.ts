import { join } from "node:path";
import * as diffeo from "diffeo";
import { describe, expect, test } from "vitest";
import {
  errorsNotNamed,
  missingHeadings,
  silentAboutErrors,
  undescribedMembers,
  withoutGradient,
} from "./support/completeComments.ts";
import { declarationsIn, examplesIn, type PublicDeclaration, publicDeclarations } from "./support/docComments.ts";
import { layerNames } from "./support/exports.ts";
import { NO_RESULT, runExample, shown } from "./support/runExample.ts";
import { parseSource, readSources, root } from "./support/sources.ts";

const sources = readSources("src");
const examples = sources.flatMap(examplesIn);
const declarations = publicDeclarations();
const publicNames = new Set(declarations.map(({ name }) => name));
const layers = new Set(layerNames());

describe("the examples in doc comments", () => {
  test.each(examples)("run, and state what comes of it: $path:$line $name", async ({ path, name, code }) => {
    const ofFile = publicNames.has(name.split(".")[0]) ? {} : await import(join(root, path));
    const faults = await runExample(code, { ...diffeo, ...ofFile });
    expect(faults.filter((fault) => fault !== NO_RESULT || !path.startsWith("src/plot/"))).toEqual([]); // pictures are to be looked at
  });

  test("are there for every public function, class and constant", () => {
    const has = new Set(examples.map(({ name }) => name));
    expect(Object.keys(diffeo).filter((name) => !has.has(name))).toEqual([]);
  });

  test("are all found", () => {
    const written = sources.map(({ text }) => text.split("@example").length - 1);
    expect(examples.length).toBeGreaterThan(200);
    expect(examples).toHaveLength(written.reduce((a, b) => a + b));
  });
});

describe("doc comments", () => {
  test("are found for every public name", () => {
    expect(Object.keys(diffeo).filter((name) => !publicNames.has(name))).toEqual([]);
    expect(declarations.filter(({ comment }) => comment === "").map(({ name }) => name)).toEqual([]);
  });

  test("of functions and methods name the errors that these throw themselves", () => {
    expect(errorsNotNamed(declarations)).toEqual([]);
  });

  test("of functions that take something, but ops, say what is refused", () => {
    expect(silentAboutErrors(declarations)).toEqual([]);
  });

  test("are there for every member of a public class or interface", () => {
    expect(undescribedMembers(declarations, sources.flatMap(declarationsIn))).toEqual([]);
  });

  test("of ops say what the gradient is", () => {
    expect(withoutGradient(declarations)).toEqual([]);
  });

  test("of layers say log-det, inverse, parameters, smoothness and cost", () => {
    const ofLayers = declarations.filter(({ name }) => layers.has(name));
    expect(ofLayers.length).toBeGreaterThan(20);
    expect(missingHeadings(ofLayers, ["Log-det", "Inverse", "Parameters", "Smoothness", "Cost"])).toEqual([]);
  });
});

describe("an example", () => {
  const faults = (code: string): Promise<string[]> => runExample(code, { ...diffeo });

  test.each([
    ["an expression", "exp(0); // 1"],
    ["a constant", "const x = tensor([1, 2]); // [1, 2]"],
    [
      "words after a result",
      "exp(1); // 2.71828, e\nexp(1); // 2.71828 = e\nexp(1); // 2.71828: e\nexp(1); // 2.71828",
    ],
    ["prose on a line of its own", "// the number e\nexp(1); // 2.71828"],
    [
      "an error, by name or in full",
      'exp("a"); // throws DomainError\nnew Random(-1); // throws DomainError: Random: the seed must be an integer in [0, 2^53); got -1',
    ],
    ["a name of its own that is public", "const max = 3;\nmax + 1; // 4"],
    ["promises, types and several lines", "const x: Tensor = await Promise.resolve(\n  tensor([1]),\n);\nx; // [1]"],
  ])("may have %s", async (_what, code) => {
    expect(await faults(code)).toEqual([]);
  });

  test.each([
    ["another number", "exp(1); // 2.71827", "exp(1); gives 2.71828, not 2.71827"],
    ["fewer digits", "exp(1); // 2.7", "exp(1); gives 2.71828, not 2.7"],
    ["the beginning of a number", "mul(5, 5); // 2", "mul(5, 5); gives 25, not 2"],
    ["another constant", "const x = exp(0); // 2", "const x = exp(0); gives 1, not 2"],
    ["another shape", "zeros([2, 1]).shape; // [1, 2]", "zeros([2, 1]).shape; gives [2, 1], not [1, 2]"],
    ["no error where one is stated", "exp(0); // throws DomainError", "exp(0); gives 1, not throws DomainError"],
    [
      "another error",
      "item(); // throws DomainError",
      "item(); gives throws ReferenceError: item is not defined, not throws DomainError",
    ],
    ["an error before its result", "exp(noName);\nexp(0); // 1", "does not run: ReferenceError: noName is not defined"],
    ["no result", "exp(0);", "states no result"],
    ["nothing but prose", "// exp(0) is 1", "states no result"],
    ["a result inside of a block", "exp(0); // 1\nif (true) {\n  exp(0); // 2\n}", "nothing checks // 2"],
    ["a result of several names", "const { shape, size } = tensor(1); // 1\nshape; // []", "nothing checks // 1"],
    [
      "a promise that it does not await",
      "Promise.resolve(1); // 1",
      "Promise.resolve(1); gives [object Promise], not 1",
    ],
    [
      "a name that is not public",
      "checkOptions; // 1",
      "checkOptions; gives throws ReferenceError: checkOptions is not defined, not 1",
    ],
  ])("is refused for %s", async (_what, code, fault) => {
    expect(await faults(code)).toEqual([fault]);
  });

  test("that is no program is refused", async () => {
    expect(await faults("exp(0); // 1\nconst x = 1;\nconst x = 2;")).toEqual([
      expect.stringContaining("does not run: SyntaxError"),
    ]);
  });

  test.each([
    [0.1 + 0.2, "0.3"],
    [-1e-20, "-1e-20"],
    [2 ** 40, "1099511627776"],
    [Number.NaN, "NaN"],
    ['a "text"', '"a \\"text\\""'],
    [diffeo.variable([[1, 0.123456789]]), "[[1, 0.123457]]"],
    [[diffeo.ones([2]), null], "[[1, 1], null]"],
    [Uint8Array.of(1, 0), "[1, 0]"],
    [{ a: 1, b: [undefined, true] }, "{ a: 1, b: [undefined, true] }"],
    [new diffeo.ShapeError("f: no"), "ShapeError: f: no"],
  ])("writes %s as %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });

  test("is found on functions, constants and members, with its place", () => {
    const source = parseSource(
      "src/a.ts",
      "/**\n * A.\n *\n * @example\n * a; // 1\n *\n * b; // 2\n */\nexport const a = 1;\n\nclass B {\n  /**\n   * @example\n   * {\n   *   c;\n   * }\n   * @example\n   * d;\n   */\n  c() {}\n}\n",
    );
    expect(examplesIn(source)).toEqual([
      { path: "src/a.ts", line: 4, name: "a", code: "a; // 1\n\nb; // 2" },
      { path: "src/a.ts", line: 13, name: "B.c", code: "{\n  c;\n}" },
      { path: "src/a.ts", line: 17, name: "B.c", code: "d;" },
    ]);
  });
});

describe("a comment is found wanting that", () => {
  const of = (text: string, path = "src/a.ts"): PublicDeclaration[] => declarationsIn(parseSource(path, text));

  test("does not name an error that is thrown", () => {
    const body = "{ if (x) throw new ShapeError(); throw new DomainError(); }";
    expect(errorsNotNamed(of(`/** Throws ShapeError. */\nexport function a(x: 1) ${body}`))).toEqual([
      "a throws DomainError",
    ]);
    expect(
      errorsNotNamed(
        of(`export class A {\n  /** A. */\n  b() { throw new AError(); }\n  #c() { throw new AError(); }\n}`),
      ),
    ).toEqual(["A.b throws AError"]);
  });

  test("says nothing of errors, or only in its example", () => {
    const example = "/**\n * A.\n * @example\n * a(1); // throws E\n */\nexport function a(x: 1) {}";
    expect(silentAboutErrors(of(example))).toEqual(["a takes something, and says nothing of errors"]);
    expect(silentAboutErrors(of("/** Throws as b. */\nexport function a(x: 1) {}"))).toEqual([]);
    expect(silentAboutErrors(of("/** A. */\nexport function a() {}"))).toEqual([]);
    expect(silentAboutErrors(of(example, "src/autograd/ops/a.ts"))).toEqual([]);
  });

  test("leaves a member out, unless a parent has it", () => {
    const [parent, child] = [
      "export interface A {\n  /** B. */\n  b: 1;\n  c: 1;\n}",
      "export interface D extends A { b: 1; d: 1 }",
    ];
    const error = "export class E extends Error { name = 1; private f = 1; g = 1; constructor() {} }";
    const all = of([parent, child, error].join("\n"));
    expect(undescribedMembers(all, all)).toEqual([
      "A.c has no doc comment",
      "D.d has no doc comment",
      "E.g has no doc comment",
    ]);
  });

  test("lacks a heading, or the gradient", () => {
    expect(
      missingHeadings(of("/** A. Cost: 1. Inverse, by b: 2. */\nexport const a = 1;"), ["Cost", "Inverse", "Log-det"]),
    ).toEqual(["a lacks Log-det"]);
    expect(withoutGradient(of("/** A. */\nexport function a() {}", "src/autograd/ops/a.ts"))).toEqual([
      "a says nothing of its gradient",
    ]);
    expect(withoutGradient(of("/** Not differentiable. */\nexport function a() {}", "src/autograd/ops/a.ts"))).toEqual(
      [],
    );
  });
});
