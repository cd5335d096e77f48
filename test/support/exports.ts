import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { parseSource, root } from "./sources.ts";

/** The names that a file of src exports: those it declares, those it lists, and those of the files that it passes on. */
export function exportedNames(path: string): string[] {
  const { tree } = parseSource(path, readFileSync(join(root, path), "utf8"));
  return tree.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return namesDeclared(statement);
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

/** The module that an import or export names, as it is written there; nothing if it names none. */
export function moduleOf({ moduleSpecifier }: ts.ExportDeclaration | ts.ImportDeclaration): string {
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
}

function listedNames({ exportClause }: ts.ExportDeclaration): string[] {
  return exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : [];
}

/** The names that a statement declares and exports. */
export function namesDeclared(statement: ts.Statement): string[] {
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
