import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
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

/** Writes the file whole or not at all: into a temporary one beside it, which then takes its name. */
export function writeWhole(path: string, text: string): void {
  const temporary = temporaryName(path);
  try {
    const file = openSync(temporary, "wx");
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    if (statSync(temporary, { throwIfNoEntry: false }) !== undefined) unlinkSync(temporary);
    throw new CommandError(`cannot write ${path}: ${reason(error)}`);
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** What the operating system said, without its code and the path. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file or directory";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "permission denied";
  if (code === "ENOTDIR") return "a part of the path is not a directory";
  if (code === "EISDIR") return "it is a directory";
  return error instanceof Error ? error.message : String(error);
}
