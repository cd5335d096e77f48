import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { streamTable, type TableOptions, type TableStream } from "../io/index.ts";
import { CommandError } from "./commandError.ts";
import type { OptionName, Values } from "./commandOptions.ts";
import { reason } from "./output.ts";
import type { ReadingProgress } from "./progress.ts";
import { wrongCall } from "./wrongCall.ts";

/** Options of all commands that read tables. */
export const TABLE_OPTIONS: readonly OptionName[] = [
  "blanks",
  "separator",
  "decimal",
  "comment",
  "header",
  "no-header",
  "skip",
];

/** How a file is called in messages. */
export function nameOfInput(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** Opens a table, `-` for standard input, as the options of the command say. Throws CommandError for a file that cannot be read. */
export async function openTableFile(path: string, values: Values, progress: ReadingProgress): Promise<TableStream> {
  const { separator, decimal, blanks, comment, skip, header } = values;
  if (header && values["no-header"]) throw wrongCall("--header or --no-header, not both");
  const source = await bytesOf(path, progress);
  const options: TableOptions = {
    ...(separator !== undefined && { separator }),
    ...(decimal !== undefined && { decimal }),
    ...(blanks !== undefined && { blanks }),
    ...(comment !== undefined && { comment }),
    ...(skip !== undefined && { skip }),
    ...(header && { header: true }),
    ...(values["no-header"] && { header: false }),
    readers: readersFor(nameOfInput(path)),
    onProgress: progress.onBytes,
  };
  return streamTable(source, options);
}

/** The bytes of a file as they come. */
async function bytesOf(path: string, progress: ReadingProgress): Promise<AsyncIterable<Uint8Array>> {
  if (path === "-") return process.stdin;
  try {
    const file = await open(path);
    const status = await file.stat();
    await file.close();
    if (status.isDirectory()) throw new CommandError(`cannot read ${path}: it is a directory`);
    progress.total = status.isFile() ? status.size : null;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${path}: ${reason(error)}`);
  }
  return createReadStream(path, { highWaterMark: 1 << 20 });
}

/** Loads the packages that read Parquet and Arrow, for a file that is one of these. */
function readersFor(file: string): NonNullable<TableOptions["readers"]> {
  const forParquet = ["hyparquet", "hyparquet-compressors"];
  return {
    async parquet() {
      const hyparquet = await packageBeside("hyparquet", forParquet, file);
      const { compressors } = await packageBeside("hyparquet-compressors", forParquet, file);
      return { ...hyparquet, compressors } as never;
    },
    async arrow() {
      return (await packageBeside("apache-arrow", ["apache-arrow"], file)) as never;
    },
  };
}

/** A package that is installed beside diffeo, or where the command is called. Throws CommandError that says what to install. */
async function packageBeside(name: string, install: readonly string[], file: string): Promise<Record<string, unknown>> {
  try {
    return await import(name);
  } catch {
    try {
      const here = createRequire(join(process.cwd(), "here.js")).resolve(name);
      return await import(pathToFileURL(here).href);
    } catch {
      throw new CommandError(`${file} needs the package ${name}; install it here: npm install ${install.join(" ")}`);
    }
  }
}
