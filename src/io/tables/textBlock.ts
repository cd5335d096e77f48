import { decodeLeniently, decodeUtf8 } from "../utf8.ts";
import { numberAt } from "./byteNumber.ts";
import { EXCERPT, type TableBlock } from "./tableBlock.ts";

/** Whole rows of a text as its bytes, with the places where their cells end. */
export interface CellBytes {
  readonly bytes: Uint8Array;
  /** Where each row starts. [rows] */
  readonly starts: Uint32Array;
  /** Where each cell ends; the next begins one separator later. [rows, width] */
  readonly ends: Uint32Array;
  /** How many cells a row has. */
  readonly width: number;
  /** How many bytes the separator takes. */
  readonly separatorBytes: number;
  /** The line of the first row, counted from 1. */
  readonly firstLine: number;
  /** The line of every row, null where they follow each other. */
  readonly lines: Uint32Array | null;
  readonly decimal: "." | ",";
  /** Whether blanks around a cell are padding: psql and markdown align their columns. */
  readonly padded: boolean;
}

const QUOTE = 34;
/** What the bytes 0x80 to 0x9f are in windows-1252. (The decoders of Node 20 to 24 take them for ISO 8859-1: findings/node-windows-1252.sh.) */
const WESTERN = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** Rows of a text. Numbers are parsed when a column is asked for, texts when a cell is. */
export class TextBlock implements TableBlock {
  readonly rows: number;
  private readonly cells: CellBytes;

  constructor(cells: CellBytes) {
    this.cells = cells;
    this.rows = cells.starts.length;
  }

  lineOf(row: number): number {
    const { lines, firstLine } = this.cells;
    return lines === null ? firstLine + row : lines[row];
  }

  lineOfCell(row: number, column: number): number {
    const { bytes, starts } = this.cells;
    return this.lineOf(row) + lineBreaks(bytes, starts[row], this.startOf(row, column));
  }

  text(row: number, column: number): string {
    const { bytes, ends, width, padded } = this.cells;
    return cellText(bytes, this.startOf(row, column), ends[row * width + column], padded);
  }

  excerpt(row: number, column: number): string {
    const { bytes, ends, width, padded } = this.cells;
    let start = this.startOf(row, column);
    const end = ends[row * width + column];
    if (end - start <= EXCERPT) return cellText(bytes, start, end, padded);
    while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
    return cellText(bytes, start, Math.min(end, start + EXCERPT), padded);
  }

  isNull(): boolean {
    return false;
  }

  numbers(column: number, into: Float64Array): void {
    const { bytes, starts, ends, width, separatorBytes, decimal } = this.cells;
    const sign = decimal.charCodeAt(0);
    const slow = (from: number, to: number): number => {
      const digits = asciiText(bytes, from, to);
      return Number(decimal === "," ? digits.replace(",", ".") : digits);
    };
    for (let i = 0, end = column; i < this.rows; i++, end += width) {
      const start = column === 0 ? starts[i] : ends[end - 1] + separatorBytes;
      into[i] = numberAt(bytes, start, ends[end], sign, slow);
    }
  }

  private startOf(row: number, column: number): number {
    const { starts, ends, width, separatorBytes } = this.cells;
    return column === 0 ? starts[row] : ends[row * width + column - 1] + separatorBytes;
  }
}

/** The text of a cell: without its quotes if it has any, else with the blanks around it, unless they are padding. */
export function cellText(bytes: Uint8Array, from: number, to: number, padded: boolean): string {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
  while (end > start && (bytes[end - 1] === 32 || bytes[end - 1] === 9)) end--;
  if (bytes[start] === QUOTE && isQuoted(bytes, start, end)) {
    const inner = decodeText(bytes, start + 1, end - 1);
    return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
  }
  return padded ? decodeText(bytes, start, end) : decodeText(bytes, from, to);
}

/** Whether a quote opens, another closes, and all between are doubled. */
function isQuoted(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || bytes[end - 1] !== QUOTE) return false;
  let at = bytes.indexOf(QUOTE, start + 1);
  while (at < end - 1) {
    if (bytes[at + 1] !== QUOTE || at + 1 === end - 1) return false;
    at = bytes.indexOf(QUOTE, at + 2);
  }
  return at === end - 1;
}

/** Bytes as text: UTF-8, and where they are none, windows-1252. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  if (to <= from) return "";
  const part = bytes.subarray(from, to);
  const short = shortText(part);
  if (short !== null) return short;
  return decodeUtf8(part) ?? westernText(part);
}

function westernText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte >= 0x80 && byte < 0xa0 ? WESTERN[byte - 0x80] : String.fromCharCode(byte);
  return text;
}

/** A few characters of ASCII, without the cost of a decoder; null for other bytes. */
export function shortText(bytes: Uint8Array): string | null {
  if (bytes.length > 32) return null;
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] > 127) return null;
    text += String.fromCharCode(bytes[i]);
  }
  return text;
}

/** The block that was decoded last, so that the columns of a block decode it once. Null where bytes are no characters. */
let recent: { readonly bytes: Uint8Array; readonly text: string | null } | null = null;

/** A few bytes of ASCII as text: 4 times faster as a slice of a whole block than decoded each by itself (17 digits, Node 20). */
function asciiText(bytes: Uint8Array, from: number, to: number): string {
  if (recent?.bytes !== bytes) {
    const text = decodeLeniently(bytes);
    recent = { bytes, text: text.length === bytes.length ? text : null }; // as long: every byte is one character
  }
  return recent.text?.slice(from, to) ?? decodeText(bytes, from, to);
}

/** How many line breaks (LF, CR or CRLF) bytes contain. */
export function lineBreaks(bytes: Uint8Array, from: number, to: number): number {
  let breaks = 0;
  for (let at = from; at < to; at++) {
    if (bytes[at] === 10 || (bytes[at] === 13 && (at + 1 >= to || bytes[at + 1] !== 10))) breaks++;
  }
  return breaks;
}
