import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { moduleOf, namesDeclared } from "./exports.ts";
import { lineOf, parseSource, root, type Source, visit } from "./sources.ts";

/** Where a public name is declared. */
export interface PublicDeclaration {
  readonly name: string;
  readonly source: Source;
  readonly statement: ts.Statement;
  /** Its doc comment, without the stars; empty if there is none. */
  readonly comment: string;
}

/** An `@example` in a doc comment. */
export interface CommentExample {
  readonly path: string;
  readonly line: number;
  /** What the comment is on: `"matmul"`, `"Tensor.toJSON"`. */
  readonly name: string;
  /** The program, without the stars. */
  readonly code: string;
}

/** Every name that a file of src exports, with the place of its declaration, however many files pass it on. */
export function publicDeclarations(path = "src/index.ts"): PublicDeclaration[] {
  return [...declarationsOf(path, new Map()).values()];
}

type Declarations = Map<string, PublicDeclaration>;

function declarationsOf(path: string, known: Map<string, Declarations>): Declarations {
  const found: Declarations = known.get(path) ?? new Map();
  if (known.has(path)) return found;
  known.set(path, found);
  const source = parseSource(path, readFileSync(join(root, path), "utf8"));
  for (const declaration of declarationsIn(source)) found.set(declaration.name, declaration);
  for (const statement of source.tree.statements.filter(ts.isExportDeclaration)) {
    const passedOn = declarationsOf(posix.join(posix.dirname(path), moduleOf(statement)), known);
    const { exportClause: clause } = statement;
    const names = clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : passedOn.keys();
    for (const name of names) {
      const declaration = passedOn.get(name);
      if (declaration !== undefined) found.set(name, declaration);
    }
  }
  return found;
}

/** What a file declares and exports; overloads share the comment of the first. */
export function declarationsIn(source: Source): PublicDeclaration[] {
  const found: Declarations = new Map();
  for (const statement of source.tree.statements) {
    for (const name of namesDeclared(statement)) {
      if (!found.has(name)) found.set(name, { name, source, statement, comment: commentOn(source, statement) });
    }
  }
  return [...found.values()];
}

/** The doc comment directly above a statement or member, without its stars; empty if there is none. */
export function commentOn({ text }: Source, node: ts.Node): string {
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const comments = ranges.map(({ pos, end }) => text.slice(pos, end)).filter((comment) => comment.startsWith("/**"));
  return withoutStars(comments.at(-1)?.slice("/**".length, -"*/".length) ?? "");
}

function withoutStars(comment: string): string {
  return comment.replace(/^[ \t]*\*(?: |$)/gm, "").trim();
}

/** The examples in all doc comments of a file, in order. */
export function examplesIn({ path, text, tree }: Source): CommentExample[] {
  const tags = new Map<number, CommentExample>();
  visit(tree, (node) => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== "example" || tags.has(tag.pos)) continue;
      const code = withoutStars(text.slice(tag.tagName.end, tag.end));
      tags.set(tag.pos, { path, line: lineOf(tree, tag), name: nameOf(tag), code });
    }
  });
  return [...tags.values()];
}

/** What a comment is on: the declaration, behind the class or interface that it belongs to. */
function nameOf(tag: ts.JSDocTag): string {
  const names: string[] = [];
  for (let node: ts.Node = tag.parent.parent; !ts.isSourceFile(node); node = node.parent) {
    const named = ts.isVariableStatement(node) ? node.declarationList.declarations[0] : (node as ts.NamedDeclaration);
    if (named.name !== undefined) names.unshift(named.name.getText());
  }
  return names.join(".");
}
