import path from "node:path";
import * as library from "diffeo";

/** Makes a function of code that may wait: names of its arguments, then its body. */
export const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

/** What programs import; files are written to nowhere. */
const modules = { diffeo: library, "node:path": path, "node:fs": { writeFileSync: () => {} } };

/** Runs a program on the source of the library, in one piece of memory with the test, and returns what it prints. It imports from diffeo and its folders, and writes no file. */
export async function outputOf(program: string): Promise<string> {
  const body = program.replace(
    /^import (?:\* as (\w+)|(\{[^}]*\})) from "(diffeo|node:path|node:fs)(?:\/\w+)?";$/gm,
    (_, all: string | undefined, names: string, module: string) => `const ${all ?? names} = modules["${module}"];`,
  );
  const lines: string[] = [];
  const log = (...parts: unknown[]): void => {
    lines.push(`${parts.map(String).join(" ")}\n`);
  };
  await new AsyncFunction("modules", "console", "process", body)(modules, { log }, { argv: [] });
  return lines.join("");
}
