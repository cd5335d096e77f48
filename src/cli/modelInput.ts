import { readFileSync } from "node:fs";
import { DensityModel } from "../density/index.ts";
import { DomainError } from "../tensor/index.ts";
import { CommandError } from "./commandError.ts";
import { reason } from "./output.ts";

/** The bytes of a file. Throws CommandError. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${reason(error)}`);
  }
}

/** Opens a model. Throws CommandError for a flow of images, and what `DensityModel.load` throws. */
export function openModel(path: string): DensityModel {
  const bytes = readBytes(path);
  try {
    return DensityModel.load(bytes);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new CommandError(`${path}: ${error.message.replace(/^[\w.]+: /, "")}`);
  }
}

/** Throws CommandError unless a table has all columns that a model needs. */
export function checkColumns(names: readonly string[], needed: readonly string[], file: string): void {
  const absent = needed.filter((name) => !names.includes(name));
  if (absent.length === 0) return;
  throw new CommandError(
    `${file} must have the columns of the model, ${needed.join(", ")}; it has no ${absent.join(", ")}, but ${names.join(", ")}`,
  );
}
