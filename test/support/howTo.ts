import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One of the places in which something new is written: a file, and what to write there. */
export interface Place {
  readonly path: string;
  /** Blocks of code: `ts` is a new file, or goes at the end of one; `diff` says what stands beside it. */
  readonly blocks: readonly { readonly language: string; readonly code: string }[];
}

/** The numbered list of places in the section of that title. An item begins with the name of its file, and holds blocks of code. */
export function placesIn(markdown: string, title: string): Place[] {
  const section = markdown.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? "";
  return section
    .split(/^(?=\d+\. )/m)
    .slice(1)
    .map((item) => ({
      path: item.match(/^\d+\. `([^`]+)`/)?.[1] ?? "",
      blocks: Array.from(item.matchAll(/^ {3}```(\w+)\n([\s\S]*?)^ {3}```$/gm), ([, language, code]) => ({
        language,
        code: code.replace(/^ {3}/gm, ""),
      })),
    }));
}

/** Writes what a place says into a copy of the project. Throws where the text beside it is not found. */
export function follow({ path, blocks }: Place, copy: string): void {
  const file = join(copy, path);
  if (blocks.length === 0) throw new Error(`${path}: no block of code says what to write`);
  for (const { language, code } of blocks) {
    if (language === "diff") {
      writeFileSync(
        file,
        code.split("@@\n").reduce((text, hunk) => patched(path, text, hunk), readFileSync(file, "utf8")),
      );
    } else {
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, existsSync(file) ? `\n${code}` : code);
    }
  }
}

/** The text with one hunk: lines that begin with − leave, lines with + come, and the others stand beside them, at the first place where they do. */
export function patched(path: string, text: string, hunk: string): string {
  const lines = hunk.split("\n").slice(0, -1);
  const side = (mark: string): string =>
    lines
      .filter((line) => line === "" || line[0] === " " || line[0] === mark)
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  const before = side("-");
  const at = `\n${text}`.indexOf(`\n${before}`);
  if (at < 0) throw new Error(`${path} has not these lines, beside which to write:\n${before}`);
  return text.slice(0, at) + side("+") + text.slice(at + before.length);
}
