import ts from "typescript";
import { lineOf, type Source, visit } from "./sources.ts";

/** What breaks a rule, one sentence each, starting with the place; empty when nothing does. */
export type Violations = string[];

/** A folder may import from folders of lower rank; equal ranks (nets and distributions, …) ignore each other. */
const rankOf: Readonly<Record<string, number>> = {
  tensor: 0,
  autograd: 1,
  plan: 2,
  nets: 2,
  distributions: 2,
  flows: 3,
  threads: 3,
  io: 4,
  training: 5,
  data: 6,
  plot: 6,
  density: 7,
  cli: 8,
};

/** Folders whose results must have the same bits in every engine. */
const numericalFolders = new Set([
  "tensor",
  "autograd",
  "plan",
  "threads",
  "nets",
  "distributions",
  "flows",
  "training",
  "data",
  "plot",
  "density",
]);

/** The members of Math that IEEE 754 or the ECMAScript standard defines to the last bit. */
const exactMath = new Set(["abs", "sqrt", "floor", "ceil", "round", "trunc", "min", "max", "sign", "imul", "clz32"]);

/** The folder of src that a path lies in: `"nets"`, or `""` for src/index.ts. */
function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? parts[1] : "";
}

/** Each folder imports only from itself and from folders to its left; only src/index.ts imports from all but cli. */
export function importsAgainstTheDirection(sources: readonly Source[]): Violations {
  const violations: Violations = [];
  for (const source of sources) {
    const from = folderOf(source.path);
    for (const { target, line } of source.imports) {
      if (!target.startsWith("src/")) continue;
      const to = folderOf(target);
      const allowed = from === "" ? to in rankOf && to !== "cli" : from === to || rankOf[to] < rankOf[from];
      if (!allowed) violations.push(`${source.path}:${line} imports ${target}, which does not lie to its left`);
    }
    if (from !== "" && !(from in rankOf)) violations.push(`${source.path}:1 lies in a folder that has no place`);
  }
  return violations;
}

/**
 * No chain of imports leads from a file back to itself; each cycle is reported as the chain it is.
 *
 * `import type` may go round: it is gone when the program runs, and a value and its maker often name each other's type.
 */
export function importCycles(sources: readonly Source[]): Violations {
  const targets = new Map<string, string[]>();
  for (const { path, imports } of sources) {
    targets.set(
      path,
      imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target),
    );
  }
  const finished = new Set<string>();
  const violations: Violations = [];
  const follow = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) violations.push([...trail.slice(start), path].join(" → "));
    if (start >= 0 || finished.has(path)) return;
    for (const target of targets.get(path) ?? []) follow(target, [...trail, path]);
    finished.add(path);
  };
  for (const source of sources) follow(source.path, []);
  return violations;
}

/** A file of more than 300 lines says why in `reasons`; none has more than 400. */
export function longFiles(sources: readonly Source[], reasons: Readonly<Record<string, string>>): Violations {
  const violations: Violations = [];
  for (const { path, text } of sources) {
    const lines = text.trimEnd().split("\n").length;
    if (lines > 400) violations.push(`${path}: has ${lines} lines; 400 is the limit`);
    else if (lines > 300 && !(path in reasons)) violations.push(`${path}: has ${lines} lines; past 300 needs a reason`);
  }
  return violations;
}

/** The files of src that a numbered list of links names: what is to be read. */
export function filesToRead(markdown: string): readonly string[] {
  const items = markdown.split(/\n(?=\d+\. )/).slice(1);
  return items.flatMap((item) =>
    [...item.split("\n\n")[0].matchAll(/\]\((src\/[^)#]+\.ts)\)/g)].map(([, path]) => path),
  );
}

/** What is to be read says what is computed; how a plan repeats it is nothing that it knows. */
export function plansInReading(sources: readonly Source[], files: readonly string[]): Violations {
  const read = sources.filter(({ path }) => files.includes(path));
  return read.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target.startsWith("src/plan/"))
      .map(({ target, line }) => `${path}:${line} imports ${target}`),
  );
}

/** Files of src with the same name: one name means one thing, so that it can be searched for. Every folder has its index.ts. */
export function doubleNames(sources: readonly Source[]): Violations {
  const first = new Map<string, string>();
  const violations: Violations = [];
  for (const { path } of sources) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const other = first.get(name);
    first.set(name, path);
    if (other === undefined || name === "index.ts") continue;
    violations.push(`${path}: has the name of ${other}`);
  }
  return violations;
}

/** What makes workers of Node: the one file of the library that may use its modules. */
const NODE_WORKERS = "src/threads/node.ts";
/** The script of a worker, which is there to run. */
const WORKER_SCRIPT = "src/threads/worker.ts";

/** Packages, Node's modules and Node's globals stay out of the library; the command and what makes workers of Node may use `node:` modules. */
export function platformUses(sources: readonly Source[]): Violations {
  const nodeGlobals = new Set(["process", "Buffer", "require", "global", "__dirname", "__filename", "setImmediate"]);
  const violations: Violations = [];
  for (const source of sources) {
    const inCommand = folderOf(source.path) === "cli";
    for (const { specifier, line } of source.imports) {
      const knowsNode = inCommand || source.path === NODE_WORKERS;
      const allowed = specifier.startsWith(".") || (knowsNode && specifier.startsWith("node:"));
      if (!allowed) violations.push(`${source.path}:${line} imports ${specifier}`);
    }
    if (inCommand) continue;
    for (const name of freeIdentifiers(source)) {
      if (nodeGlobals.has(name.text)) violations.push(`${place(source, name)} uses ${name.text}`);
    }
  }
  return violations;
}

/** Relative imports name the file they mean, with `.ts`. */
export function importsWithoutExtension(sources: readonly Source[]): Violations {
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith(".ts"))
      .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
  );
}

/** What only an index may pass on as a whole: a file that is itself a list of names. */
const registry = 'export * from "./registry.ts";';

/** No default export, enum or namespace; no `export *`, but in src/index.ts, and of a registry in the index of its folder. */
export function unwantedDeclarations(sources: readonly Source[]): Violations {
  return find(sources, (node) => {
    if (ts.isEnumDeclaration(node)) return "declares an enum";
    if (ts.isModuleDeclaration(node)) return "declares a namespace";
    if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
      const inSwitch = ts.isCaseOrDefaultClause(node.parent);
      return inSwitch ? undefined : "has a default export";
    }
    if (ts.isExportSpecifier(node) && node.name.text === "default") return "has a default export";
    if (ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause))) {
      const { fileName } = node.getSourceFile();
      const allowed = fileName === "src/index.ts" || (fileName.endsWith("/index.ts") && node.getText() === registry);
      return allowed ? undefined : "exports everything; list the names";
    }
    return undefined;
  });
}

/**
 * The index of the package is `export * from "./folder/index.ts"`, that of a folder `export { … } from "…"` and all of a registry, and
 * nothing else.
 */
export function indexesThatDoMore(sources: readonly Source[]): Violations {
  const violations: Violations = [];
  for (const source of sources) {
    const pattern =
      source.path === "src/index.ts" ? /^export \* from "\.\/\w+\/index\.ts";$/ : /^export (type )?\{[^}]*\} from /;
    if (!/^src\/(\w+\/)?index\.ts$/.test(source.path)) continue;
    for (const statement of source.tree.statements) {
      const passes =
        pattern.test(statement.getText()) || (source.path !== "src/index.ts" && statement.getText() === registry);
      if (!passes) violations.push(`${place(source, statement)} does more than pass names on`);
    }
  }
  return violations;
}

/** Importing a module runs nothing: its top level only declares. The command's entry point is there to run, and so is the script of a worker. */
export function importSideEffects(sources: readonly Source[]): Violations {
  const violations: Violations = [];
  for (const source of sources) {
    if (folderOf(source.path) === "cli" || source.path === WORKER_SCRIPT) continue;
    for (const statement of source.tree.statements) {
      const declares =
        ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isDeclarationStatement(statement);
      if (!declares && !ts.isVariableStatement(statement)) {
        violations.push(`${place(source, statement)} does something when it is imported`);
      }
    }
  }
  return violations;
}

/** Chance comes from `Random`, and the library does not ask what day it is, but to time its training. */
export function hiddenInputs(sources: readonly Source[]): Violations {
  const library = sources.filter(({ path }) => folderOf(path) !== "cli");
  const chance = find(library, (node) => (isMember(node, "Math", "random") ? "uses Math.random" : undefined));
  const dates = library.flatMap((source) =>
    freeIdentifiers(source)
      .filter(({ text }) => (text === "Date" && source.path !== "src/training/clock.ts") || text === "crypto")
      .map((name) => `${place(source, name)} uses ${name.text}`),
  );
  return [...chance, ...dates];
}

/** Nothing asks an object for its constructor, whose name a bundler may have changed: what is printed is a text of its own. */
export function constructorsRead(sources: readonly Source[]): Violations {
  return find(sources, (node) => {
    const read = ts.isPropertyAccessExpression(node) && node.name.text === "constructor";
    const taken = ts.isBindingElement(node) && (node.propertyName ?? node.name).getText() === "constructor";
    return read || taken ? "reads a constructor" : undefined;
  });
}

/** Numerical code uses only the operations that have the same bits everywhere: no `Math.exp`, no `**`. */
export function inexactArithmetic(sources: readonly Source[]): Violations {
  const numerical = sources.filter(({ path }) => numericalFolders.has(folderOf(path)));
  return find(numerical, (node) => {
    if (node.kind === ts.SyntaxKind.AsteriskAsteriskToken) return "uses **";
    if (node.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken) return "uses **=";
    if (!ts.isIdentifier(node) || node.text !== "Math" || isPropertyName(node)) return undefined;
    const member = ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : undefined;
    if (member === undefined) return "uses Math other than by naming a member";
    return exactMath.has(member) ? undefined : `uses Math.${member}`;
  });
}

/**
 * Every exported function, class, interface, constant and type has a doc comment directly above it; of an interface of options, whose
 * name says what it is, each member has one instead.
 */
export function undocumentedExports(sources: readonly Source[]): Violations {
  const violations: Violations = [];
  for (const source of sources) {
    const documented = new Set<string>(); // overloads share the comment of the first
    for (const statement of source.tree.statements) {
      if (!ts.canHaveModifiers(statement)) continue;
      if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
      const name = declaredName(statement);
      if (ts.isInterfaceDeclaration(statement) && name.endsWith("Options")) {
        for (const member of statement.members.filter((each) => !hasDocComment(source, each))) {
          violations.push(`${place(source, member)} has ${name}.${member.name?.getText()} without a doc comment`);
        }
      } else if (hasDocComment(source, statement) || isEntry(statement)) documented.add(name);
      else if (!documented.has(name))
        violations.push(`${place(source, statement)} exports ${name} without a doc comment`);
    }
  }
  return violations;
}

/** `xEntry: Kind<…>` rebuilds x from its definition, all of them alike: the type says so. */
function isEntry(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && /^\w+Entry: Kind</.test(statement.declarationList.getText().slice(6));
}

function hasDocComment({ text }: Source, node: ts.Node): boolean {
  const comment = ts.getLeadingCommentRanges(text, node.getFullStart())?.at(-1);
  return comment !== undefined && text.startsWith("/**", comment.pos);
}

/** Nothing names a place on the machine where it was written. */
export function machinePaths(files: readonly { readonly path: string; readonly text: string }[]): Violations {
  const homes = ["work", "home", "Users", "root"].map((name) => `/${name}/`);
  const violations: Violations = [];
  for (const { path, text } of files) {
    for (const part of homes) {
      const at = text.indexOf(part);
      if (at >= 0) violations.push(`${path}:${text.slice(0, at).split("\n").length} names ${part}`);
    }
  }
  return violations;
}

function place(source: Source, node: ts.Node): string {
  return `${source.path}:${lineOf(source.tree, node)}`;
}

/** A violation for every node about which `complaint` has something to say. */
function find(sources: readonly Source[], complaint: (node: ts.Node) => string | undefined): Violations {
  const violations: Violations = [];
  for (const source of sources) {
    visit(source.tree, (node) => {
      const said = complaint(node);
      if (said !== undefined) violations.push(`${place(source, node)} ${said}`);
    });
  }
  return violations;
}

/** The identifiers of a file that stand for variables: not `b` in `a.b`, in `{ b: 1 }` or in a declaration of a member. */
function freeIdentifiers(source: Source): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  visit(source.tree, (node) => {
    if (ts.isIdentifier(node) && !isPropertyName(node)) found.push(node);
  });
  return found;
}

function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  const isMemberDeclaration = ts.isPropertyAssignment(parent) || ts.isTypeElement(parent) || ts.isClassElement(parent);
  return isMemberDeclaration && parent.name === node;
}

function isMember(node: ts.Node, object: string, member: string): boolean {
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== member) return false;
  return ts.isIdentifier(node.expression) && node.expression.text === object;
}

function declaredName(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  }
  return (statement as ts.DeclarationStatement).name?.getText() ?? "something without a name";
}
