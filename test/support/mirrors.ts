import { posix } from "node:path";
import ts from "typescript";
import type { Violations } from "./architecture.ts";
import { moduleOf, namesDeclared } from "./exports.ts";
import type { Source } from "./sources.ts";

/** Where tests lie that do not lie where their source does. */
const folderOfTests: Readonly<Record<string, string>> = { "src/tensor/simd": "test/simd" };

/** Tables of rows, from which tests of whole families are made. */
const tables = /^test\/support\/(ops|flows)\//;

/**
 * Which files of src no test answers for. One answers for a file
 *
 * - that it mirrors: `test/io/tables/csv.test.ts` for `src/io/tables/csv.ts`;
 * - of which it imports a function, from the same folder of test or from a table of rows;
 * - of which no function is public, if another file that a test answers for imports it;
 * - of the command, if the command has a test at all;
 * - that declares types only.
 */
export function withoutTests(sources: readonly Source[]): Violations {
  const library = sources.filter(({ path }) => path.startsWith("src/") && !path.endsWith("index.ts"));
  const tests = sources.filter(({ path }) => path.startsWith("test/"));
  const publicNames = new Set(
    sources.filter(({ path }) => /^src\/.*(index|registry)\.ts$/.test(path)).flatMap(valuesPassedOn),
  );
  const answered = new Set(library.filter((source) => ownTest(source, tests)).map(({ path }) => path));
  const part = (source: Source): boolean =>
    !valuesDeclared(source).some((name) => publicNames.has(name)) &&
    library.some(({ path, imports }) => answered.has(path) && imports.some(({ target }) => target === source.path));
  for (let before = -1; before < answered.size; ) {
    before = answered.size;
    for (const source of library) if (part(source)) answered.add(source.path);
  }
  return library.filter(({ path }) => !answered.has(path)).map(({ path }) => `${path}: no test answers for it`);
}

function ownTest(source: Source, tests: readonly Source[]): boolean {
  const { path } = source;
  const mirror = path.replace(/^src/, "test").replace(/\.ts$/, ".test.ts");
  if (tests.some((test) => test.path === mirror)) return true;
  if (path.startsWith("src/cli/")) return tests.some((test) => test.path.startsWith("test/cli/"));
  const names = valuesDeclared(source);
  if (names.length === 0) return true;
  const folder = folderOfTests[posix.dirname(path)] ?? posix.dirname(mirror);
  return tests.some(
    (test) =>
      (test.path.startsWith(`${folder}/`) || tables.test(test.path)) &&
      namesImported(test, path).some((name) => names.includes(name)),
  );
}

/** Functions, classes and constants that a file declares and exports. */
function valuesDeclared({ tree }: Source): string[] {
  return tree.statements
    .filter((statement) => !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement))
    .flatMap(namesDeclared);
}

/** What a test imports from a file of src, or from the package. */
function namesImported({ tree, path }: Source, from: string): string[] {
  return tree.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const module = moduleOf(statement);
    const typeOnly = statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    const bindings = typeOnly ? undefined : statement.importClause?.namedBindings;
    const source = module.startsWith(".") ? posix.join(posix.dirname(path), module) : module;
    if ((source !== from && !/^diffeo\b/.test(source)) || !bindings || !ts.isNamedImports(bindings)) return [];
    return bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name }) => name.text);
  });
}

/** The names that an index passes on, types left out. */
function valuesPassedOn({ tree }: Source): string[] {
  return tree.statements.filter(ts.isExportDeclaration).flatMap(({ isTypeOnly, exportClause }) => {
    if (isTypeOnly || exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
    return exportClause.elements.filter((element) => !element.isTypeOnly).map(({ name }) => name.text);
  });
}
