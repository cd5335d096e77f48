import { join } from "node:path";
import ts from "typescript";
import type { CommentExample } from "./docComments.ts";
import { root } from "./sources.ts";

/** What the compiler has to say about examples, with the settings of the project, as if each were a program that imports what it uses. */
export function typeErrors(examples: readonly CommentExample[], publicNames: readonly string[]): string[] {
  const programs = new Map(examples.map((example, i) => [join(root, `test/example${i}.ts`), example]));
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => programs.has(path) || fileExists.call(host, path);
  host.getSourceFile = (path, version, ...others) => {
    const example = programs.get(path);
    if (example === undefined) return getSourceFile.call(host, path, version, ...others);
    return ts.createSourceFile(path, asProgram(example.code, publicNames), version);
  };
  const program = ts.createProgram([...programs.keys()], OPTIONS, host);
  return [...programs].flatMap(([path, example]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(
      ({ messageText }) => `${example.path}:${example.line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  });
}

/** As tsconfig.json has it; types may be imported like values, which examples need not tell apart. */
const OPTIONS: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    { ...ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config, include: [] },
    ts.sys,
    root,
  ).options,
  isolatedDeclarations: false,
  declaration: false,
  noUnusedLocals: false,
  verbatimModuleSyntax: false,
  isolatedModules: false,
};

/** In a block of its own, so that it may declare a name that is public. */
function asProgram(code: string, publicNames: readonly string[]): string {
  const used = publicNames.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return `import { ${used.join(", ")} } from "diffeo";\nexport async function example() {{\n${code}\n}}`;
}
