import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Tensor } from "diffeo";

/** A number of a case: those that JSON cannot hold are strings. */
export type StoredNumber = number | "NaN" | "Infinity" | "-Infinity";

/** A tensor of a case, row-major. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: StoredNumber[];
}

/** What every case has; the rest depends on the file. */
export interface StoredCase {
  readonly id: string;
  readonly tags?: readonly string[];
  readonly expect_error?: boolean;
  readonly tol?: { readonly rtol: number; readonly atol: number };
  readonly tol_norm?: number;
  readonly tol_abs?: number;
  readonly grad_tol_norm?: number;
}

/** Where the cases are: the environment variable ORACLE_DIR, or test/oracle/data. */
const folder: string = process.env.ORACLE_DIR || fileURLToPath(new URL("../../oracle/data/", import.meta.url));

/** The cases of a file of the oracle. */
export function readCases<Case extends StoredCase>(file: string): Case[] {
  const { cases } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { cases: Case[] };
  if (!(cases.length > 0)) throw new Error(`${file} holds no cases`);
  return cases;
}

/** The tensor that a case stores. */
export function load({ shape, data }: StoredArray): Tensor {
  return new Tensor(Float64Array.from(data, Number), shape);
}

/** All tensors of a record of them. */
export function loadAll(arrays: Readonly<Record<string, StoredArray>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, load(array)]));
}
