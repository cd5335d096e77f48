import { Tensor } from "diffeo";
import ts from "typescript";
import { AsyncFunction } from "./outputOf.ts";

/** What is not right about an example, one sentence each; empty when it runs and all that it states is so. */
export type Faults = string[];

/** A statement of an example, and the comment behind it, which says what its value is. */
interface Claim {
  readonly statement: ts.Statement;
  readonly comment: string;
}

/** What is wrong with a program that states nothing. */
export const NO_RESULT = "states no result";

/**
 * Runs a program with names in scope. A comment behind an expression, or behind `const name = …`, has to begin with what {@link shown}
 * makes of the value, or with `throws Name: message`. A comment on a line of its own is prose; anywhere else it would look as if it
 * had been checked. A program that states nothing shows nothing.
 */
export async function runExample(code: string, scope: Readonly<Record<string, unknown>>): Promise<Faults> {
  const tree = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const claims = claimsIn(tree);
  const faults = unchecked(tree, claims);
  if (claims.length === 0) faults.push(NO_RESULT);
  const claim = async (i: number, evaluate: () => Promise<{ readonly value: unknown }>): Promise<void> => {
    const came = await outcome(evaluate);
    const { comment } = claims[i];
    if (!says(comment, came)) faults.push(`${claims[i].statement.getText()} gives ${came}, not ${comment}`);
  };
  try {
    const { outputText } = ts.transpileModule(program(tree, claims), {
      compilerOptions: { target: tree.languageVersion },
    });
    // in a block of its own, so that it may declare a name that is public
    await new AsyncFunction("claim", ...Object.keys(scope), `"use strict"; {${outputText}}`)(
      claim,
      ...Object.values(scope),
    );
  } catch (error) {
    faults.push(`does not run: ${error}`);
  }
  return faults;
}

/** A value as examples write it: numbers with at most six digits, tensors and arrays in brackets, texts in quotes. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Tensor) return shown(value.toArray());
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value as unknown as ArrayLike<unknown>, shown).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const fields = Object.entries(value).map(([name, field]) => `${name}: ${shown(field)}`);
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  return String(value);
}

async function outcome(evaluate: () => Promise<{ readonly value: unknown }>): Promise<string> {
  try {
    return shown((await evaluate()).value);
  } catch (error) {
    return `throws ${error}`;
  }
}

/** Whether the comment begins with what came; of an error the name may be enough. */
function says(comment: string, came: string): boolean {
  const heads = came.startsWith("throws ") ? [came, came.slice(0, came.indexOf(":"))] : [came];
  return heads.some(
    (head) => comment === head || (comment.startsWith(head) && /^[ ,;:]/.test(comment.slice(head.length))),
  );
}

function claimsIn(tree: ts.SourceFile): Claim[] {
  return tree.statements.flatMap((statement) => {
    const range = ts.getTrailingCommentRanges(tree.text, statement.end)?.[0];
    if (range === undefined || valueOf(statement) === null) return [];
    return [{ statement, comment: tree.text.slice(range.pos, range.end).slice("//".length).trim() }];
  });
}

/** The expression whose value a comment behind the statement states: the statement itself, or the name that it declares. */
function valueOf(statement: ts.Statement): string | null {
  if (ts.isExpressionStatement(statement)) return statement.expression.getText();
  if (!ts.isVariableStatement(statement)) return null;
  const [{ name }, ...others] = statement.declarationList.declarations;
  return ts.isIdentifier(name) && others.length === 0 ? name.text : null;
}

/** The comments that are neither claims nor on a line of their own. */
function unchecked({ text }: ts.SourceFile, claims: readonly Claim[]): Faults {
  const stated = claims.map(({ statement }) => statement.end);
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, false, ts.LanguageVariant.Standard, text);
  const faults: Faults = [];
  let before = 0; // where the last token ended
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isTrivia = kind >= ts.SyntaxKind.FirstTriviaToken && kind <= ts.SyntaxKind.LastTriviaToken;
    if (!isTrivia) before = scanner.getTokenEnd();
    if (kind !== ts.SyntaxKind.SingleLineCommentTrivia && kind !== ts.SyntaxKind.MultiLineCommentTrivia) continue;
    const ownLine = /(^|\n)[ \t]*$/.test(text.slice(0, scanner.getTokenStart()));
    if (!ownLine && !stated.includes(before)) faults.push(`nothing checks ${scanner.getTokenText()}`);
  }
  return faults;
}

/** The program, in which every claim hands over its value. */
function program(tree: ts.SourceFile, claims: readonly Claim[]): string {
  return tree.statements
    .map((statement) => {
      const i = claims.findIndex((claim) => claim.statement === statement);
      if (i < 0) return statement.getText();
      const check = `await claim(${i}, async () => ({ value: (${valueOf(statement)}) }));`;
      return ts.isExpressionStatement(statement) ? check : `${statement.getText()}\n${check}`;
    })
    .join("\n");
}
