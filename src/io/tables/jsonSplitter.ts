import { LimitError } from "../../tensor/errors.ts";
import { FormatError } from "../formatError.ts";
import { decodeUtf8 } from "../utf8.ts";
import { joined } from "./byteSource.ts";
import { shortText } from "./textBlock.ts";

/** A value of a JSON text: its characters, and where it begins. */
export interface JsonPart {
  readonly text: string;
  readonly offset: number;
}

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 44, 91, 92, 93, 123, 125];
/** JSON.parse, and what prints a value, go down by recursion. */
const DEEPEST = 500;
/** The longest string that V8 can make. */
const LONGEST_VALUE = 2 ** 29 - 24;

/**
 * Cuts a JSON text into the elements of its outer list, or, if it begins with no list, into its values: NDJSON has one a line. The text is never in
 * memory as a whole.
 */
export class JsonSplitter {
  /** Whether the values are the elements of a list. */
  isList = false;
  private readonly operation: string;
  private parts: Uint8Array[] = [];
  private partBytes = 0;
  private begun = false;
  private closed = false;
  private inValue = false;
  private inString = false;
  private escaped = false;
  private comma = false;
  private depth = 0;
  private read = 0;

  constructor(operation: string) {
    this.operation = operation;
  }

  /** The values that end within these bytes. Throws FormatError. */
  feed(bytes: Uint8Array): JsonPart[] {
    const values: JsonPart[] = [];
    let start = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) {
          this.inString = false;
          if (this.depth === 0) values.push(this.end(bytes, start, i + 1));
        }
        continue;
      }
      if (this.depth === 0 && !this.inValue) {
        if (isSpace(byte) || (!this.begun && isMark(byte))) continue;
        if (!this.begun && byte === OPEN_LIST) {
          this.isList = this.begun = true;
          continue;
        }
        this.between(byte, i);
        if (byte === COMMA || (byte === CLOSE_LIST && this.isList)) continue;
        this.begun = this.inValue = true;
        this.comma = false;
        start = i;
      }
      if (byte === QUOTE) this.inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (++this.depth > DEEPEST) this.fail(`lists and objects may be nested ${DEEPEST} deep`, i);
      } else if (this.depth > 0) {
        if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && --this.depth === 0)
          values.push(this.end(bytes, start, i + 1));
      } else if (byte === COMMA || byte === CLOSE_LIST || isSpace(byte)) {
        values.push(this.end(bytes, start, i));
        if (!isSpace(byte)) this.between(byte, i);
      }
    }
    if (this.inValue) this.keep(bytes.subarray(start));
    this.read += bytes.length;
    return values;
  }

  /** The value that the end of the text ends, if there is one. Throws FormatError for a text that is cut off. */
  finish(): JsonPart[] {
    if (this.depth > 0 || this.inString || (this.isList && !this.closed)) {
      this.fail("a text in JSON must be whole; it is cut off", 0);
    }
    return this.inValue ? [this.end(new Uint8Array(0), 0, 0)] : [];
  }

  /** Looks at a byte between values. */
  private between(byte: number, at: number): void {
    if (this.closed) this.fail("nothing may follow the list", at);
    if (byte === CLOSE_LIST && this.isList) {
      if (this.comma) this.fail("a list must not end in a comma", at);
      this.closed = true;
    } else if (byte === COMMA) {
      if (!this.isList || !this.begun || this.comma) this.fail("a comma must stand between two values of a list", at);
      this.comma = true;
    }
  }

  private keep(part: Uint8Array): void {
    this.parts.push(part);
    this.partBytes += part.length;
    if (this.partBytes > LONGEST_VALUE) {
      const remedy = "write one object per line (NDJSON), or CSV";
      throw new LimitError(`${this.operation}: a value in JSON may have ${LONGEST_VALUE} bytes; got more; ${remedy}`);
    }
  }

  private end(bytes: Uint8Array, start: number, end: number): JsonPart {
    this.keep(bytes.subarray(start, end));
    const offset = this.read + end - this.partBytes;
    this.inValue = false;
    const part = joined(this.parts, this.partBytes);
    this.parts = [];
    this.partBytes = 0;
    const text = shortText(part);
    if (text !== null) return { text, offset };
    const decoded = decodeUtf8(part);
    if (decoded === null) return this.fail("a text in JSON must be UTF-8; a character is none", end);
    return { text: decoded, offset };
  }

  private fail(rule: string, at: number): never {
    const offset = this.read + at;
    throw new FormatError(`${this.operation}: ${rule}, at byte ${offset}`, offset);
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** Whether a byte is one of a byte order mark. */
function isMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}

/** The value that a JSON text spells; NaN and Infinity, which Python writes, are null and ±∞. Throws FormatError. */
export function parseJson(operation: string, { text, offset }: JsonPart): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // it may have bare words
  }
  try {
    return JSON.parse(withoutBareWords(text));
  } catch {
    throw new FormatError(`${operation}: a text in JSON must be valid; the value at byte ${offset} is not`, offset);
  }
}

/** The words outside of strings that are no JSON, as null and numbers that overflow. */
function withoutBareWords(text: string): string {
  let repaired = "";
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    repaired += text
      .slice(at, end)
      .replace(/\bNaN\b/g, "null")
      .replace(/\bInfinity\b/g, "1e999");
    at = endOfString(text, end);
    repaired += text.slice(end, at);
  }
  return repaired;
}

/** One past the quote that closes the string that begins there. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(text.length, at + 1);
}
