// Files of binary formats, written by hand.

import { crc32 } from "node:zlib";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** An array in NumPy's format, version 1: its header, padded to a multiple of 64 bytes, and its data. */
export function npy(descr: string, fortran: boolean, shape: readonly number[], data: Uint8Array): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': ${descr}, 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${sizes}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = [padded.length & 255, padded.length >> 8];
  return Uint8Array.from([...ascii("\x93NUMPY\x01\0"), ...length, ...ascii(padded), ...data]);
}

/** A zip archive of these files, stored or packed; null makes a folder. */
export function zip(
  files: Readonly<Record<string, Uint8Array | null>>,
  deflate?: (data: Uint8Array) => Uint8Array,
): Uint8Array {
  const bytes: number[] = [];
  const directory: number[] = [];
  const number = (value: number, size: number): number[] =>
    Array.from({ length: size }, (_, k) => (value >>> (8 * k)) & 255);
  for (const [name, data] of Object.entries(files)) {
    const content = data ?? new Uint8Array(0);
    const packed = deflate === undefined ? content : deflate(content);
    const method = number(deflate === undefined ? 0 : 8, 2);
    const sum = number(crc32(content), 4);
    const sumAndSizes = [...sum, ...number(packed.length, 4), ...number(content.length, 4), ...number(name.length, 2)];
    const offset = number(bytes.length, 4);
    bytes.push(
      ...ascii("PK\x03\x04"),
      ...number(20, 2),
      ...number(0, 2),
      ...method,
      ...number(0, 4),
      ...sumAndSizes,
      ...number(0, 2),
    );
    bytes.push(...ascii(name), ...packed);
    directory.push(
      ...ascii("PK\x01\x02"),
      ...number(20, 4),
      ...number(0, 2),
      ...method,
      ...number(0, 4),
      ...sumAndSizes,
    );
    directory.push(...number(0, 12), ...offset, ...ascii(name));
  }
  const count = number(Object.keys(files).length, 2);
  const end = [...ascii("PK\x05\x06"), ...number(0, 4), ...count, ...count, ...number(directory.length, 4)];
  return Uint8Array.from([...bytes, ...directory, ...end, ...number(bytes.length, 4), ...number(0, 2)]);
}
