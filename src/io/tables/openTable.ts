import { FormatError } from "../formatError.ts";
import { decodeLeniently } from "../utf8.ts";
import { openNpy, openZip } from "./archive.ts";
import { openArrow } from "./arrow.ts";
import { ByteSource, bytesOf, type TableSource } from "./byteSource.ts";
import { openJson } from "./jsonTable.ts";
import { chosenColumns, type OpenedTable } from "./openedTable.ts";
import { openParquet } from "./parquet.ts";
import { foreignFormat } from "./signatures.ts";
import type { CheckedOptions } from "./tableOptions.ts";
import { openText } from "./textTable.ts";
import { gunzip, recoded } from "./transforms.ts";

/** Packed files within packed files are followed this far. */
const DEEPEST = 4;

/** The table in a file of any format, by its first bytes. The source is closed where it is refused. */
export async function openTable(source: TableSource, options: CheckedOptions): Promise<OpenedTable> {
  const bytes = bytesOf(options.operation, source, options.onProgress);
  try {
    const wrapping: string[] = [];
    const table = chosenColumns(await recognised(bytes, options, wrapping), options);
    return { ...table, notes: prepended(table.notes, wrapping) };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** The notes are added to while the table is read: they stay one list. */
function prepended(notes: string[], before: readonly string[]): string[] {
  notes.unshift(...before);
  return notes;
}

async function recognised(source: ByteSource, options: CheckedOptions, wrapping: string[]): Promise<OpenedTable> {
  const { operation } = options;
  const head = await source.head(512);
  const begins = (...magic: number[]): boolean => magic.every((byte, i) => head[i] === byte);
  const within = (chunks: AsyncIterable<Uint8Array>, note: string): Promise<OpenedTable> => {
    if (wrapping.length === DEEPEST) {
      throw new FormatError(`${operation}: files may be packed ${DEEPEST} times within each other; got more`, 0);
    }
    wrapping.push(note);
    const inner = new ByteSource(chunks);
    return recognised(inner, options, wrapping).catch(async (error): Promise<never> => {
      await inner.close();
      throw error;
    });
  };
  if (begins(0x1f, 0x8b)) return within(gunzip(operation, source.chunks()), "packed with gzip");
  if (isText(head, "PK\x03\x04") || isText(head, "PK\x05\x06")) {
    const opened = await openZip(source, options);
    return Symbol.asyncIterator in opened ? within(opened, "a file in a zip archive") : opened;
  }
  const foreign = foreignFormat(head);
  if (foreign !== null) {
    const { name, remedy } = foreign;
    throw new FormatError(
      `${operation}: the file must be a table in a format that diffeo reads; got ${name}; ${remedy}`,
      0,
    );
  }
  if (isText(head, "PAR1")) return openParquet(await source.whole(), options);
  if (isText(head, "ARROW1") || begins(0xff, 0xff, 0xff, 0xff)) return openArrow(await source.whole(), options);
  if (isText(head, "\x93NUMPY")) return openNpy(source, options);
  const encoding = utf16(head);
  if (encoding !== null) return within(recoded(source.chunks(), encoding), "a text in UTF-16");
  const first = decodeLeniently(head).trimStart().slice(0, 1);
  return first === "{" || first === "[" ? openJson(source, options) : openText(source, options);
}

function isText(head: Uint8Array, magic: string): boolean {
  return String.fromCharCode(...head.subarray(0, magic.length)) === magic;
}

/** The kind of UTF-16, by its byte order mark, or by the zero bytes of characters of ASCII. */
function utf16(head: Uint8Array): string | null {
  const [a, b, c, d] = head;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0)) return "utf-16be";
  return null;
}
