// The format safetensors: a header in JSON that says where which tensor lies, and the numbers. It holds no code.
//
//     8 bytes    N, the length of the header, little-endian
//     N bytes    {"__metadata__":{"key":"text", …},"name":{"dtype":"F64","shape":[2,3],"data_offsets":[0,48]}, …}, blanks at the end
//     the rest   the numbers, little-endian, row-major; offsets count from here, leave no gap and do not overlap
//
// Reference: https://github.com/huggingface/safetensors, README, section Format.

import { DomainError, describeValue } from "../../tensor/errors.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { FormatError } from "../formatError.ts";
import { encodeUtf8 } from "../utf8.ts";
import { HeaderReader } from "./headerReader.ts";

/** The types of numbers there are, and how many bits each takes. */
const BITS: ReadonlyMap<string, number> = /*#__PURE__*/ new Map([
  ...["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"].map((type): [string, number] => [type, 8]),
  ...["I16", "U16", "F16", "BF16"].map((type): [string, number] => [type, 16]),
  ...["I32", "U32", "F32"].map((type): [string, number] => [type, 32]),
  ...["I64", "U64", "F64", "C64"].map((type): [string, number] => [type, 64]),
]);

/** The longest header that readers of the format take. */
const LONGEST_HEADER = 100_000_000;
const LENGTH_BYTES = 8;

/** A tensor in a file. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: Shape;
  /** Where its bytes begin in the file, and where they end. */
  readonly start: number;
  readonly end: number;
}

/** What a file of this format holds. */
export interface Safetensors {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The file of these tensors, float64, in their order. NaN has one form, 7ff8000000000000, whatever engine made it.
 *
 * The same tensors and texts give the same bytes. Throws DomainError for names and texts that are no Unicode. Cost: linear; the file is made once.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, size }]): [string, object] => {
    end += 8 * size;
    return [name, { dtype: "F64", shape: [...shape], data_offsets: [end - 8 * size, end] }];
  });
  const header = headerOf([["__metadata__", Object.fromEntries(metadata)], ...entries]);
  const file = new Uint8Array(header.length + end);
  file.set(header);
  let at = header.length;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(canonical(data).buffer), at);
    at += 8 * data.length;
  }
  return file;
}

/** The length and the header, padded so that numbers begin at a multiple of 8. */
function headerOf(entries: readonly [string, object][]): Uint8Array {
  const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  if (/\\ud[89a-f]/i.test(text))
    throw new DomainError("saveFlow: names and texts must be Unicode; got half a character");
  const json = encodeUtf8(text);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setUint32(0, length, true);
  new DataView(header.buffer).setUint32(4, 0, true);
  header.set(json, LENGTH_BYTES);
  return header;
}

/** A copy of the numbers, little-endian, with one kind of NaN. */
function canonical(data: Float64Array): Float64Array {
  const copy = new Float64Array(data.length);
  const view = new DataView(copy.buffer);
  const { littleEndian } = HOST;
  if (littleEndian) copy.set(data);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (value !== value) view.setBigUint64(8 * i, 0x7ff8000000000000n, true);
    else if (!littleEndian) view.setFloat64(8 * i, value, true);
  }
  return copy;
}

/** How this machine writes numbers; all that engines run on are little-endian, but the language does not say so. */
const HOST: { readonly littleEndian: boolean } = {
  littleEndian: /*#__PURE__*/ new Uint8Array(/*#__PURE__*/ Uint16Array.of(1).buffer)[0] === 1,
};

/**
 * Reads the header of a file, and checks all of it: the layout, and that every byte belongs to one tensor. Numbers are not looked at: {@link tensorIn}.
 *
 * Throws FormatError. Cost: linear in the header, O(n log n) in the number of tensors.
 */
export function readSafetensors(operation: string, bytes: Uint8Array): Safetensors {
  const fail = (rule: string, offset: number): FormatError => new FormatError(`${operation}: ${rule}`, offset);
  const { length } = bytes;
  if (length < LENGTH_BYTES) throw fail(`a safetensors file has at least 8 bytes; got ${length}`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const headerLength = view.getUint32(4, true) * 4_294_967_296 + view.getUint32(0, true);
  const begin = LENGTH_BYTES + headerLength;
  if (headerLength > LONGEST_HEADER || begin > length) {
    throw fail(
      `the header must lie within the file (is it a safetensors file?); got ${headerLength} of ${length} bytes`,
      0,
    );
  }
  if (bytes[LENGTH_BYTES] !== 0x7b)
    throw fail("the header must begin with { (is it a safetensors file?)", LENGTH_BYTES);
  const reader = new HeaderReader(operation, bytes, LENGTH_BYTES, begin);
  const tensors = new Map<string, StoredTensor>();
  const metadata = new Map<string, string>();
  let seen = false;
  reader.object((name, at) => {
    if (name === "__metadata__") {
      if (seen) throw reader.fail("__metadata__ may come once", at);
      seen = true;
      reader.object((key, place) => {
        if (metadata.has(key)) throw reader.fail(`${describeValue(key)} may come once in __metadata__`, place);
        metadata.set(key, reader.text());
      });
      return;
    }
    if (tensors.has(name)) throw reader.fail(`the tensor ${describeValue(name)} may come once`, at);
    tensors.set(name, readEntry(reader, begin, length, name, at));
  });
  reader.end();
  checkLayout(operation, tensors, begin, length);
  return { bytes, tensors, metadata };
}

/** What the header says about one tensor. */
function readEntry(reader: HeaderReader, begin: number, length: number, name: string, at: number): StoredTensor {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object((field, place) => {
    if (field === "dtype" && dtype === undefined) dtype = reader.text();
    else if (field === "shape" && shape === undefined) shape = reader.naturals();
    else if (field === "data_offsets" && offsets === undefined) offsets = reader.naturals();
    else throw reader.fail("a tensor has dtype, shape and data_offsets, each once", place);
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    throw reader.fail(`the tensor ${describeValue(name)} must have dtype, shape and two data_offsets`, at);
  }
  const bits = BITS.get(dtype);
  if (bits === undefined)
    throw reader.fail(`the type ${describeValue(dtype)} of ${describeValue(name)} must be known`, at);
  const [start, end] = [begin + offsets[0], begin + offsets[1]];
  // a product past 2⁵³ may be rounded, but is then far beyond any file
  if (start > end || end > length || sizeOf(shape) * (bits / 8) !== end - start) {
    throw reader.fail(
      `${describeValue(name)}, ${dtype} [${shape.join(",")}], must fill its bytes, which must lie within the file`,
      at,
    );
  }
  return { dtype, shape, start, end };
}

/** Throws unless tensors fill what follows the header, each byte once. */
function checkLayout(
  operation: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  begin: number,
  length: number,
): void {
  let at = begin;
  for (const [name, { start, end }] of [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== at) {
      const rule = "tensors must follow each other without gap or overlap";
      throw new FormatError(`${operation}: ${rule}; ${describeValue(name)} begins at byte ${start}, not ${at}`, start);
    }
    at = end;
  }
  if (at === length) return;
  throw new FormatError(`${operation}: the file must end with the last tensor; ${length - at} more bytes follow`, at);
}

/** A tensor of the file, float64, with numbers of its own. Throws FormatError for another type. Cost: linear, and its size in memory. */
export function tensorIn(operation: string, { bytes, tensors }: Safetensors, name: string): Tensor {
  const { dtype, shape, start, end } = tensors.get(name) as StoredTensor;
  if (dtype !== "F64") {
    throw new FormatError(`${operation}: numbers must be float64 (F64); ${describeValue(name)} is ${dtype}`, start);
  }
  const data = new Float64Array((end - start) / 8);
  new Uint8Array(data.buffer).set(bytes.subarray(start, end));
  if (HOST.littleEndian) return new Tensor(data, shape);
  const view = new DataView(data.buffer);
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat64(8 * i, true);
  return new Tensor(data, shape);
}
