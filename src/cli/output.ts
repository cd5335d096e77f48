import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./commandError.ts";

/** Throws CommandError unless a file can be written there: found out before the work, not after. */
export function checkWritable(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`cannot write ${path}: it is a directory`);
  }
  const probe = temporaryName(path);
  try {
    closeSync(openSync(probe, "wx"));
    unlinkSync(probe);
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${reason(error)}`);
  }
}

/**
 * A file that is written whole or not at all: into a temporary one beside it, which takes its name in the end. Whenever the process is killed, the old file is
 * there or the new one; a temporary file that it left is removed by the next who writes there.
 */
export class WholeFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: number;

  /** Throws CommandError if nothing can be written there, as all methods do. */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryName(path);
    this.#file = this.#attempt(() => {
      removeAbandoned(path);
      return openSync(this.#temporary, "wx");
    });
  }

  /** Writes what comes next. */
  write(content: string | Uint8Array): void {
    this.#attempt(() => writeFileSync(this.#file, content));
  }

  /** Gives the file its name, once all of it is on the disk. */
  commit(): void {
    this.#attempt(() => {
      fsyncSync(this.#file);
      closeSync(this.#file);
      renameSync(this.#temporary, this.#path);
      syncFolder(dirname(this.#path));
    });
  }

  /** Leaves everything as it was. */
  abandon(): void {
    if (statSync(this.#temporary, { throwIfNoEntry: false }) !== undefined) unlinkSync(this.#temporary);
  }

  #attempt<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.abandon();
      throw new CommandError(`cannot write ${this.#path}: ${reason(error)}`);
    }
  }
}

/** Writes a file whole or not at all. Throws CommandError. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const file = new WholeFile(path);
  file.write(content);
  file.commit();
}

/** The temporary name of this process for a file. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Removes temporary files for that path whose process is no more. */
function removeAbandoned(path: string): void {
  const start = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const process = name.startsWith(start)
      ? name.slice(start.length).match(/^(\d+)\.[0-9a-f]{12}\.tmp$/)?.[1]
      : undefined;
    if (process !== undefined && !isRunning(Number(process))) unlinkSync(join(dirname(path), name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // of somebody else
  }
}

/** Sees to it that the new name is on the disk, too. Windows cannot open folders, and needs none of it. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** What the operating system said, without its code and the path. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file or directory";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "permission denied";
  if (code === "ENOTDIR") return "a part of the path is not a directory";
  if (code === "EISDIR") return "it is a directory";
  if (code === "ENOSPC") return "no space left";
  if (code === "EEXIST") return "a file of that name is there";
  return error instanceof Error ? error.message : String(error);
}

/** Whether nobody reads standard output any more. */
let closed = false;

/**
 * Ends quietly when whoever reads our output has had enough, as `| head -1` has; but for a command that has more to do than to print, which goes on
 * ({@link keepGoing}). A disk that is full ends with one line.
 */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") {
        process.stderr.write(`diffeo: cannot write standard output: ${reason(error)}\n`);
        process.exit(1);
      }
      closed = true;
      if (!busy) process.exit();
    });
  }
}

let busy = false;

/** From now on a file is to be written, whoever reads what is said about it. */
export function keepGoing(): void {
  busy = true;
}

/** Writes to standard output, and waits while nobody reads. */
export async function print(content: string | Uint8Array): Promise<void> {
  if (closed) return;
  if (process.stdout.write(content)) return;
  try {
    await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error; // what is to be done then is done where the stream is listened to
  }
}

/** Writes a result, in parts, to a file, whole or not at all; or to standard output, for `-`. */
export async function deliver(path: string, parts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const file = path === "-" ? null : new WholeFile(path);
  try {
    for await (const part of parts) {
      if (file === null) await print(part);
      else file.write(part);
    }
    file?.commit();
  } catch (error) {
    file?.abandon();
    throw error;
  }
}

/** Makes a folder, with those around it. Throws CommandError. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new CommandError(`cannot make the folder ${path}: ${reason(error)}`);
  }
}
