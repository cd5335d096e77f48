import { FormatError } from "../formatError.ts";
import { decodeLeniently } from "../utf8.ts";
import { joined } from "./byteSource.ts";
import { crc32 } from "./crc32.ts";
import { through } from "./transforms.ts";

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** How many bytes it has, packed and unpacked. */
  readonly packed: number;
  readonly size: number;
  /** The checksum of the bytes that are unpacked. */
  readonly crc: number;
  /** 0 as it is, 8 deflated. */
  readonly method: number;
  /** Where its local header begins. */
  readonly offset: number;
  /** Where its line in the directory stands. */
  readonly place: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_LINE = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
/** In sizes and offsets that zip64 writes elsewhere. */
const ELSEWHERE = 0xffffffff;

/** The files of a zip archive, without folders. Throws FormatError. */
export function zipEntries(operation: string, bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(operation, view);
  const count = view.getUint16(end + 10, true);
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_LINE) {
      throw new FormatError(
        `${operation}: the directory of a zip archive must list ${count} files; it breaks off at byte ${at}`,
        at,
      );
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const [crc, packed, size, offset] = [16, 20, 24, 42].map((place) => view.getUint32(at + place, true));
    const name = decodeLeniently(bytes.subarray(at + 46, at + 46 + nameBytes));
    if ([packed, size, offset].includes(ELSEWHERE)) {
      throw new FormatError(
        `${operation}: a zip archive may have at most 4 GB; got one in zip64; write a smaller one`,
        at,
      );
    }
    if (view.getUint16(at + 8, true) & 1) {
      throw new FormatError(
        `${operation}: the files of a zip archive must not be encrypted; ${JSON.stringify(name)} is`,
        at,
      );
    }
    if (!name.endsWith("/"))
      entries.push({ name, crc, packed, size, method: view.getUint16(at + 10, true), offset, place: at });
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

/** Where the end of the directory begins: within the last 65,557 bytes, as a comment may follow. */
function endOfDirectory(operation: string, view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  throw new FormatError(
    `${operation}: a zip archive must end with its directory; this one is cut off`,
    view.byteLength,
  );
}

/** The bytes of a file in an archive, in one array. Throws FormatError. */
export async function zipBytes(operation: string, bytes: Uint8Array, entry: ZipEntry): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of zipStream(operation, bytes, entry)) parts.push(part);
  return joined(parts, entry.size);
}

/** The bytes of a file in an archive as they are unpacked. Throws FormatError. */
export function zipStream(operation: string, bytes: Uint8Array, entry: ZipEntry): AsyncIterable<Uint8Array> {
  const { name, offset, packed, method } = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL_HEADER) {
    throw new FormatError(
      `${operation}: a file in a zip archive must begin with its header; ${JSON.stringify(name)} does not`,
      offset,
    );
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packed > bytes.length) {
    throw new FormatError(
      `${operation}: a file must lie within its zip archive; ${JSON.stringify(name)} does not`,
      offset,
    );
  }
  if (method !== 0 && method !== 8) {
    throw new FormatError(
      `${operation}: files in a zip archive must be stored or deflated; ${JSON.stringify(name)} is packed by method ${method}`,
      offset,
    );
  }
  const data = once(bytes.subarray(start, start + packed));
  if (method === 0) return checked(operation, data, entry);
  const damage = `${operation}: deflated data must be whole; ${JSON.stringify(name)} in the zip archive is damaged`;
  return checked(operation, through(data, new DecompressionStream("deflate-raw"), damage), entry);
}

/** The bytes as they come. Throws FormatError unless they have the size and the checksum that the directory says. */
async function* checked(
  operation: string,
  chunks: AsyncIterable<Uint8Array>,
  { name, size, crc, place }: ZipEntry,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let sum = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    if (read > size) break; // no more is unpacked than was announced
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (read === size && sum === crc) return;
  const fault =
    read === size ? "has another checksum" : `has ${read > size ? `more than ${size}` : `${read} of ${size}`} bytes`;
  const rule = "a file in a zip archive must be what its directory says";
  throw new FormatError(`${operation}: ${rule}; ${JSON.stringify(name)} ${fault}`, place);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
