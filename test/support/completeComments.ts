import ts from "typescript";
import { commentOn, type PublicDeclaration } from "./docComments.ts";
import { visit } from "./sources.ts";

/** What a comment lacks, one sentence each. */
export type Gaps = string[];

/** Every error of which the body of a public function or method has a `throw new …Error` is named in its comment. */
export function errorsNotNamed(declarations: readonly PublicDeclaration[]): Gaps {
  return parts(declarations).flatMap(({ name, node, comment }) =>
    [...thrownIn(node)].filter((error) => !comment.includes(error)).map((error) => `${name} throws ${error}`),
  );
}

/** A public function that takes something says what it throws; ops are spared, since `apply` says it of all of them. */
export function silentAboutErrors(declarations: readonly PublicDeclaration[]): Gaps {
  return declarations
    .filter(({ source }) => !source.path.startsWith("src/autograd/ops/"))
    .filter(({ statement }) => ts.isFunctionDeclaration(statement) && statement.parameters.length > 0)
    .filter(({ comment }) => !/\b(throws?|rejects|errors)\b/i.test(withoutExample(comment)))
    .map(({ name }) => `${name} takes something, and says nothing of errors`);
}

/** Every member of a public interface or class has a doc comment, unless it is one that a parent has, among all that is declared. */
export function undescribedMembers(
  declarations: readonly PublicDeclaration[],
  all: readonly PublicDeclaration[],
): Gaps {
  const byName = new Map(all.map((declaration) => [declaration.name, declaration]));
  return parts(declarations)
    .filter(({ owner, comment, member }) => owner && member && comment === "" && !inherits(owner, member, byName))
    .map(({ name }) => `${name} has no doc comment`);
}

/** The headings that the comment of each declaration lacks. */
export function missingHeadings(declarations: readonly PublicDeclaration[], headings: readonly string[]): Gaps {
  return declarations.flatMap(({ name, comment }) =>
    headings
      .filter((heading) => !new RegExp(`\\b${heading}[:,]`).test(withoutExample(comment)))
      .map((heading) => `${name} lacks ${heading}`),
  );
}

/** Ops that say neither what their gradient is nor that they have none. */
export function withoutGradient(declarations: readonly PublicDeclaration[]): Gaps {
  return declarations
    .filter(
      ({ source, statement }) => source.path.startsWith("src/autograd/ops/") && ts.isFunctionDeclaration(statement),
    )
    .filter(({ comment }) => !/\bGradient\b|\bnot differentiable\b/i.test(withoutExample(comment)))
    .map(({ name }) => `${name} says nothing of its gradient`);
}

interface DescribedPart {
  readonly name: string;
  readonly node: ts.Node;
  readonly comment: string;
  /** The class or interface of a member. */
  readonly owner: ts.ClassDeclaration | ts.InterfaceDeclaration | null;
  /** The name of the member by itself; empty for constructors, which the comment of their class describes. */
  readonly member: string;
}

/** The public functions, and the public members of public classes and interfaces. */
function parts(declarations: readonly PublicDeclaration[]): DescribedPart[] {
  return declarations.flatMap(({ name, source, statement, comment }): DescribedPart[] => {
    if (ts.isFunctionDeclaration(statement)) return [{ name, node: statement, comment, owner: null, member: "" }];
    if (!ts.isClassDeclaration(statement) && !ts.isInterfaceDeclaration(statement)) return [];
    return [...statement.members].filter(isPublic).map((node) => {
      const member = node.name?.getText() ?? "";
      return {
        name: member === "" ? name : `${name}.${member}`,
        node,
        comment: commentOn(source, node),
        owner: statement,
        member,
      };
    });
  });
}

/** Neither private nor a block that runs once, nor what the types of the package leave out. */
function isPublic(node: ts.ClassElement | ts.TypeElement): boolean {
  if (
    ts.isClassStaticBlockDeclaration(node) ||
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal")
  )
    return false;
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return false;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return !modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

/** Whether a class or interface that is extended, or one that this extends, has the member. */
function inherits(
  owner: ts.ClassDeclaration | ts.InterfaceDeclaration,
  member: string,
  byName: ReadonlyMap<string, PublicDeclaration>,
): boolean {
  return (owner.heritageClauses ?? []).some(({ types }) =>
    types.some(({ expression }) => {
      if (expression.getText() === "Error") return ["name", "message"].includes(member);
      const parent = byName.get(expression.getText())?.statement;
      if (parent === undefined || !(ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent))) return false;
      return [...parent.members].some(({ name }) => name?.getText() === member) || inherits(parent, member, byName);
    }),
  );
}

/** The errors that are made where they are thrown, in a function and in those inside of it. */
function thrownIn(node: ts.Node): Set<string> {
  const errors = new Set<string>();
  visit(node, (inner) => {
    if (!ts.isThrowStatement(inner) || !ts.isNewExpression(inner.expression)) return;
    const name = inner.expression.expression.getText();
    if (name.endsWith("Error")) errors.add(name);
  });
  return errors;
}

function withoutExample(comment: string): string {
  return comment.split("@example")[0];
}
