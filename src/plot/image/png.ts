import { DomainError, describeValue } from "../../tensor/errors.ts";
import { base64 } from "./base64.ts";

/** Compresses bytes in the zlib format: `zlib.deflateSync` in Node, `CompressionStream("deflate")` in a browser. */
export type Deflate = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

const SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A PNG file of 8-bit RGB pixels, three bytes each, rows from the top.
 *
 * Reference: PNG (Third Edition), W3C Recommendation, https://www.w3.org/TR/png-3/.
 */
export async function encodePng(width: number, height: number, rgb: Uint8Array, deflate: Deflate): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, the only compression and filter methods, not interlaced
  // every row begins with its filter: 0, none
  const rows = new Uint8Array(height * (1 + 3 * width));
  for (let i = 0; i < height; i++) {
    rows.set(rgb.subarray(3 * i * width, 3 * (i + 1) * width), i * (1 + 3 * width) + 1);
  }
  const compressed: unknown = await deflate(rows);
  if (!(compressed instanceof Uint8Array)) {
    throw new DomainError(`deflate: it must give a Uint8Array; got ${describeValue(compressed)}`);
  }
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", compressed),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

/** `data:image/png;base64,…` */
export function toDataUri(png: Uint8Array): string {
  return `data:image/png;base64,${base64(png)}`;
}

/** Length, type, data, and the CRC of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** CRC-32 with the reversed polynomial 0xedb88320, bit by bit: chunks are small. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
