import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The root of the repository, ending with a separator. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** One TypeScript file, parsed: rules look at its syntax tree, so comments and strings never mislead them. */
export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  /** Everything it imports or re-exports. */
  readonly imports: readonly Import[];
}

/** A module that a source names in an import, an export … from, an import type or a dynamic import. */
export interface Import {
  readonly specifier: string;
  /** The path it leads to, relative to the root; the specifier itself for a package. */
  readonly target: string;
  /** Whether it vanishes when compiled: `import type`, `export type`, `import("…").T`. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Parses the text of one file, which need not exist. */
export function parseSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  const imports: Import[] = [];
  visit(tree, (node) => {
    const specifier = moduleNamedBy(node);
    if (specifier === undefined) return;
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier;
    imports.push({ specifier, target, typeOnly: isTypeOnly(node), line: lineOf(tree, node) });
  });
  return { path, text, tree, imports };
}

/** Every TypeScript file below a folder of the repository; none where the folder does not exist. */
export function readSources(folder: string): Source[] {
  return listFiles(folder)
    .filter((path) => path.endsWith(".ts"))
    .map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
}

/** The path of every file below a folder, in alphabetical order, without what is built or installed. */
export function listFiles(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const notOurs = new Set([".git", "node_modules", "dist", "coverage"]);
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (notOurs.has(entry.name) || entry.name.startsWith(".build-")) continue;
    if (entry.isDirectory()) paths.push(...listFiles(path));
    else if (entry.isFile()) paths.push(path);
  }
  return paths.sort();
}

/** Calls `look` on a node and everything below it, parents first. */
export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** The line, counted from 1, on which a node starts. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function moduleNamedBy(node: ts.Node): string | undefined {
  let specifier: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) specifier = node.argument.literal;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    specifier = node.arguments[0];
  }
  return specifier !== undefined && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly);
}
