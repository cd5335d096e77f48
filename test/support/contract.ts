import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { parseSource, root } from "./sources.ts";

/** The names that the code blocks of docs/contract.md declare, by the first line of their block. */
export interface Contract {
  readonly existing: readonly string[];
  readonly planned: readonly string[];
}

/**
 * Reads the blocks that begin with `// in 0.1.0` or `// planned`. A line that is not indented begins with the names it declares, up to
 * the first character that no list of names contains.
 */
export function readContract(markdown: string): Contract {
  const existing: string[] = [];
  const planned: string[] = [];
  for (const [, status, code] of markdown.matchAll(/^```ts\n\/\/ (in 0\.1\.0|planned)\n([\s\S]*?)^```$/gm)) {
    const names = status === "planned" ? planned : existing;
    for (const line of code.split("\n")) names.push(...declaredNames(line));
  }
  return { existing, planned };
}

function declaredNames(line: string): string[] {
  if (!/^[A-Za-z]/.test(line)) return [];
  const names = line.replace(/^(class|interface|type) (\w+).*/, "$2").match(/^[\w ]+/)?.[0] ?? "";
  return names.trim().split(/ +/);
}

/** The names that a file of src exports: those it declares, those it lists, and those of the files that it passes on. */
export function exportedNames(path: string): string[] {
  const { tree } = parseSource(path, readFileSync(join(root, path), "utf8"));
  return tree.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return declaredHere(statement);
    if (statement.exportClause === undefined)
      return exportedNames(posix.join(posix.dirname(path), moduleOf(statement)));
    return listedNames(statement);
  });
}

/** The functions that make layers: those that a file, src/flows/registry.ts, lists from the files of src/flows/layers/. */
export function layerNames(path = "src/flows/registry.ts"): string[] {
  const { tree } = parseSource(path, readFileSync(join(root, path), "utf8"));
  return tree.statements
    .filter(ts.isExportDeclaration)
    .filter((statement) => moduleOf(statement).startsWith("./layers/"))
    .flatMap(listedNames)
    .filter((name) => /^[a-z]/.test(name));
}

function moduleOf({ moduleSpecifier }: ts.ExportDeclaration): string {
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
}

function listedNames({ exportClause }: ts.ExportDeclaration): string[] {
  return exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : [];
}

function declaredHere(statement: ts.Statement): string[] {
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  const declarations = ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement];
  return declarations.flatMap((declaration) => {
    const { name } = declaration as ts.NamedDeclaration;
    return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
  });
}
