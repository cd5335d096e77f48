// What a file of diffeo has beyond other safetensors: texts of ours in its __metadata__, and a hash of everything.

import type { Json } from "../../tensor/definitions/definition.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FormatError } from "../formatError.ts";
import { encodeUtf8 } from "../utf8.ts";
import { readSafetensors, type Safetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";
import { Sha256 } from "./sha256.ts";
import { VERSION } from "./version.ts";

/** The number of the format that is written here; files with a larger one are refused. */
const FORMAT = 1;

/** Our keys in `__metadata__`. */
const KEYS = { format: "diffeo.format", version: "diffeo.version", hash: "diffeo.sha256" } as const;

/** The key of the architecture, in `__metadata__`. */
export const FLOW = "diffeo.flow";
/** The key of what training remembers, which checkpoints have. */
export const TRAINING = "diffeo.training";

/** A file of diffeo, checked against its hash. */
export interface ModelFile extends Safetensors {
  /** The version of the library that wrote it. */
  readonly version: string;
  /** The hash of its content, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The file of these tensors, with these texts in its metadata. The same arguments give the same bytes. Cost: linear. */
export function writeModelFile(tensors: ReadonlyMap<string, Tensor>, texts: ReadonlyMap<string, string>): Uint8Array {
  const all = new Map([[KEYS.format, String(FORMAT)], [KEYS.version, VERSION], ...texts]);
  const unsigned = readSafetensors("saveFlow", writeSafetensors(tensors, all));
  return writeSafetensors(tensors, new Map([...all, [KEYS.hash, hashOf(unsigned)]]));
}

/**
 * The file, if it is one of diffeo and whole. Throws FormatError otherwise, and for a format that is newer than this library.
 * Cost: linear; nothing is allocated but what the header says.
 */
export function readModelFile(operation: string, bytes: Uint8Array): ModelFile {
  const file = readSafetensors(operation, bytes);
  const { metadata } = file;
  const [format, version, sha256] = [KEYS.format, KEYS.version, KEYS.hash].map((key) => metadata.get(key));
  const fail = (message: string): FormatError => new FormatError(`${operation}: ${message}`, 0);
  if (format === undefined || version === undefined || sha256 === undefined) {
    throw fail(
      "a model of diffeo says so in its __metadata__; this safetensors file does not (it holds weights of another library?)",
    );
  }
  if (!/^[1-9]\d{0,8}$/.test(format)) throw fail(`the format must be a number; got ${describeValue(format)}`);
  if (Number(format) > FORMAT) {
    throw fail(
      `format ${format}, written by diffeo ${version}, is newer than this diffeo ${VERSION}, which knows ${FORMAT}; install a newer one`,
    );
  }
  const found = hashOf(file);
  if (found !== sha256) {
    throw fail(
      `the content must have the SHA-256 that the file states, ${sha256.slice(0, 64)}; it has ${found}: the file was damaged or changed`,
    );
  }
  return { ...file, version, sha256 };
}

/**
 * The hash of what a file says, whatever the order of its header and its tensors: of each text but the hash itself, by key, and of each
 * tensor, by name, with its type and shape. Each part is preceded by its length.
 */
function hashOf({ bytes, tensors, metadata }: Safetensors): string {
  const hash = new Sha256();
  const put = (part: Uint8Array): void => {
    hash.update(encodeUtf8(`${part.length}:`)).update(part);
  };
  for (const key of [...metadata.keys()].sort()) {
    if (key !== KEYS.hash) for (const text of [key, metadata.get(key) as string]) put(encodeUtf8(text));
  }
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, start, end } = tensors.get(name) as StoredTensor;
    put(encodeUtf8(JSON.stringify([name, dtype, shape])));
    put(bytes.subarray(start, end));
  }
  return hash.hex();
}

/** The JSON of a text in the metadata. Throws FormatError if it is missing or no JSON. */
export function jsonIn(operation: string, { metadata }: ModelFile, key: string): Json {
  const text = metadata.get(key);
  if (text === undefined) throw new FormatError(`${operation}: the file must have ${key} in its __metadata__`, 0);
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`${operation}: ${key} must be JSON; got ${describeValue(text)}`, 0);
  }
}

/** The bytes, if they are some. */
export function bytesOf(operation: string, bytes: unknown): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (ArrayBuffer.isView(bytes) && Object.prototype.toString.call(bytes) === "[object Uint8Array]")
    return bytes as Uint8Array;
  throw new DomainError(
    `${operation}: a file must come as a Uint8Array or an ArrayBuffer; got ${describeValue(bytes)}`,
  );
}
