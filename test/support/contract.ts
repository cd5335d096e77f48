/** The names that the code blocks of docs/contract.md declare, by the first line of their block. */
export interface Contract {
  readonly existing: readonly string[];
  readonly planned: readonly string[];
}

/**
 * Reads the blocks that begin with `// in 0.x.0` or `// planned`. A line that is not indented begins with the names it declares, up to
 * the first character that no list of names contains.
 */
export function readContract(markdown: string): Contract {
  const existing: string[] = [];
  const planned: string[] = [];
  for (const [, status, code] of markdown.matchAll(/^```ts\n\/\/ (in 0\.\d\.0|planned)\n([\s\S]*?)^```$/gm)) {
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
