import { FormatError } from "../formatError.ts";
import { faultOfNames, numberedNames } from "./names.ts";
import { type NpyField, type NpyHeader, npyHeader } from "./npyHeader.ts";
import type { ValueColumn } from "./valueBlock.ts";

/** The columns of an array; names are null where it gives none. */
export interface NpyTable {
  readonly names: readonly string[] | null;
  readonly columns: readonly ValueColumn[];
  readonly rows: number;
  /** Whether it has one axis only: a column. */
  readonly vector: boolean;
}

/**
 * The columns of an array of NumPy: of a matrix, a vector, or an array of named fields. Memory: 8 bytes for a number. `at` is where the file begins.
 *
 * Throws FormatError for other arrays, and for a file that is longer or shorter than its header says.
 */
export function npyTable(operation: string, bytes: Uint8Array, at = 0): NpyTable {
  const header = npyHeader(operation, bytes, at);
  const { fields, shape, structured, dataOffset } = header;
  const itemBytes = fields.reduce((sum, field) => sum + field.bytes, 0);
  const items = shape.reduce((product, size) => product * size, 1);
  const there = bytes.length - dataOffset;
  if (items * itemBytes !== there) {
    const sizes = `[${shape.join(",")}] of ${itemBytes} bytes each, ${there} bytes are there`;
    throw new FormatError(
      `${operation}: an array must be as long as its header says; it says ${sizes}`,
      at + dataOffset,
    );
  }
  if (shape.length === 0 || shape.length > (structured ? 1 : 2) || items === 0) {
    const rule = "an array must be a vector or a matrix that is not empty";
    throw new FormatError(`${operation}: ${rule}; its shape is [${shape.join(",")}]`, at);
  }
  const [rows] = shape;
  if (structured)
    return {
      names: namesOf(operation, fields, at),
      columns: fieldColumns(bytes, header, itemBytes),
      rows,
      vector: false,
    };
  const D = shape[1] ?? 1;
  const columns = Array.from({ length: D }, (_, j) => {
    const [first, step] = header.fortran ? [j * rows, 1] : [j, D];
    return columnOf(bytes, fields[0], dataOffset + first * itemBytes, step * itemBytes, rows);
  });
  return { names: null, columns, rows, vector: shape.length === 1 };
}

/** The names of an array's columns, or c1 … cD. */
export function npyNames({ names, columns }: NpyTable): readonly string[] {
  return names ?? numberedNames(columns.length);
}

function namesOf(operation: string, fields: readonly NpyField[], at: number): string[] {
  const names = fields.map(({ name }) => name ?? "");
  const fault = faultOfNames(names);
  if (fault !== null) throw new FormatError(`${operation}: ${fault.message}`, at);
  return names;
}

function fieldColumns(bytes: Uint8Array, { fields, dataOffset, shape }: NpyHeader, itemBytes: number): ValueColumn[] {
  let offset = dataOffset;
  return fields.map((field) => {
    const column = columnOf(bytes, field, offset, itemBytes, shape[0]);
    offset += field.bytes;
    return column;
  });
}

/** The numbers of a column, as numbers: booleans as 0 and 1, integers of 8 bytes as bigints. [rows] */
function columnOf(bytes: Uint8Array, field: NpyField, offset: number, step: number, rows: number): ValueColumn {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readerOf(view, field);
  if (field.bytes === 8 && field.kind !== "f") {
    const integers = field.kind === "i" ? new BigInt64Array(rows) : new BigUint64Array(rows);
    for (let i = 0; i < rows; i++) integers[i] = read(offset + i * step) as bigint;
    return integers as ArrayLike<unknown>;
  }
  const numbers = new Float64Array(rows);
  for (let i = 0; i < rows; i++) numbers[i] = read(offset + i * step) as number;
  return numbers;
}

function readerOf(view: DataView, { kind, bytes, little }: NpyField): (at: number) => number | bigint {
  switch (`${kind}${bytes}`) {
    case "f2":
      return (at) => halfFloat(view.getUint16(at, little));
    case "f4":
      return (at) => view.getFloat32(at, little);
    case "f8":
      return (at) => view.getFloat64(at, little);
    case "i1":
      return (at) => view.getInt8(at);
    case "i2":
      return (at) => view.getInt16(at, little);
    case "i4":
      return (at) => view.getInt32(at, little);
    case "i8":
      return (at) => view.getBigInt64(at, little);
    case "u2":
      return (at) => view.getUint16(at, little);
    case "u4":
      return (at) => view.getUint32(at, little);
    case "u8":
      return (at) => view.getBigUint64(at, little);
    default:
      return (at) => view.getUint8(at);
  }
}

/** The number in the 16 bits of IEEE binary16: a sign, 5 bits of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
