import { FormatError } from "../formatError.ts";
import { decodeLeniently } from "../utf8.ts";

/** One field of the rows of an array: a number of so many bytes. */
export interface NpyField {
  readonly name: string | null;
  /** f, i, u or b: floats, integers, integers without a sign, booleans. */
  readonly kind: string;
  readonly bytes: number;
  readonly little: boolean;
}

/** What the header of an array says. */
export interface NpyHeader {
  readonly fields: readonly NpyField[];
  /** Whether the fields have names: a structured array. */
  readonly structured: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin, in bytes. */
  readonly dataOffset: number;
}

/** What other types of NumPy are called, by their letter. */
const OTHERS: Readonly<Record<string, string>> = {
  c: "complex numbers",
  O: "Python objects",
  S: "byte strings",
  U: "texts",
  M: "dates",
  m: "durations",
  V: "raw bytes",
};

const SIZES: Readonly<Record<string, readonly number[]>> = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

/** The header of a file in NumPy's format, versions 1 to 3. `at` is where the file begins, for the messages. Throws FormatError. */
export function npyHeader(operation: string, bytes: Uint8Array, at: number): NpyHeader {
  const fail = (rule: string, offset: number): never => {
    throw new FormatError(`${operation}: ${rule}, at byte ${at + offset}`, at + offset);
  };
  const version = bytes[6];
  if (bytes.length < 12 || version < 1 || version > 3 || bytes[7] !== 0) {
    fail(`an array of NumPy must be of version 1, 2 or 3; got ${version}.${bytes[7]}`, 6);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (start + length > bytes.length || length > 1 << 20) {
    fail(`the header of an array must lie within the file; it has ${length} bytes, the file ${bytes.length}`, 8);
  }
  const part = bytes.subarray(start, start + length);
  const text = version === 3 ? decodeLeniently(part) : Array.from(part, (byte) => String.fromCharCode(byte)).join("");
  const entries = text.match(
    /^\{'descr': ('[^']*'|\[[^\]]*\]|.*?), 'fortran_order': (True|False), 'shape': \(((?:\d{1,15}, ?)*\d{0,15})\), ?\} *\n?$/,
  );
  if (entries === null)
    return fail(
      `the header of an array must be { descr, fortran_order, shape }; got ${JSON.stringify(text.slice(0, 80))}`,
      start,
    );
  const [, descr, fortran, sizes] = entries;
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  const fields = descr.startsWith("'") ? [fieldOf(descr.slice(1, -1), null)] : structuredFields(descr);
  const bad = fields?.find((field) => typeof field === "string");
  if (fields === null || typeof bad === "string") {
    return fail(
      `an array must hold real numbers; got ${bad ?? "fields within fields"} (${descr.slice(0, 60)}); write them as float64`,
      start,
    );
  }
  const structured = !descr.startsWith("'");
  return { fields: fields as NpyField[], structured, fortran: fortran === "True", shape, dataOffset: start + length };
}

/** `<f8` as a field; for another type what it is called. */
function fieldOf(type: string, name: string | null): NpyField | string {
  const [, order, kind, size] = type.match(/^([<>|=])([a-zA-Z])(\d*)(?:\[.*\])?$/) ?? [];
  if (SIZES[kind]?.includes(Number(size))) return { name, kind, bytes: Number(size), little: order !== ">" };
  return OTHERS[kind] ?? `numbers of type ${JSON.stringify(type)}`;
}

/** `[('x', '<f8'), ('y', '<i4')]` as fields; null if it is something else. */
function structuredFields(descr: string): (NpyField | string)[] | null {
  const field = /\('((?:[^'\\]|\\.)*)', '([^']*)'\)/g;
  if (!/^\[\('(?:[^'\\]|\\.)*', '[^']*'\)(?:, \('(?:[^'\\]|\\.)*', '[^']*'\))*,?\]$/.test(descr)) return null;
  return [...descr.matchAll(field)].map(([, name, type]) => fieldOf(type, name));
}
