import { FormatError } from "../formatError.ts";
import { decodeUtf8 } from "../utf8.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads JSON out of bytes, token by token, and nothing but what is asked for: nothing is built that has not been understood. Every refusal is a
 * FormatError with its place.
 */
export class HeaderReader {
  readonly #operation: string;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** Where the next token begins, or blanks before it. */
  at: number;

  /** The bytes from `start` up to `end`, in the name of an operation. */
  constructor(operation: string, bytes: Uint8Array, start: number, end: number) {
    this.#operation = operation;
    this.#bytes = bytes;
    this.#end = end;
    this.at = start;
  }

  /** The error `operation: rule; found … at byte …`. */
  fail(rule: string, at: number = this.at): FormatError {
    const found = at < this.#end ? JSON.stringify(String.fromCharCode(this.#bytes[at])) : "the end";
    return new FormatError(`${this.#operation}: ${rule}; found ${found} at byte ${at}`, at);
  }

  /** Whether that character comes next; it is passed over if so. */
  accept(character: string): boolean {
    this.#skipBlanks();
    if (this.at >= this.#end || this.#bytes[this.at] !== character.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  /** Passes over that character. */
  expect(character: string): void {
    if (!this.accept(character)) throw this.fail(`the header must be JSON of a known form, ${character} here`);
  }

  /** The entries of an object: calls `read` behind the colon of each; it must read the value. */
  object(read: (key: string, at: number) => void): void {
    this.expect("{");
    if (this.accept("}")) return;
    do {
      this.#skipBlanks();
      const at = this.at;
      const key = this.text();
      this.expect(":");
      read(key, at);
    } while (this.accept(","));
    this.expect("}");
  }

  /** A list of integers ≥ 0. */
  naturals(): number[] {
    const numbers: number[] = [];
    this.expect("[");
    if (this.accept("]")) return numbers;
    do numbers.push(this.#natural());
    while (this.accept(","));
    this.expect("]");
    return numbers;
  }

  /** A text. */
  text(): string {
    this.#skipBlanks();
    const start = this.at;
    if (this.#bytes[start] !== QUOTE || start >= this.#end) throw this.fail("a text must begin here");
    let end = start + 1;
    while (end < this.#end && this.#bytes[end] !== QUOTE) end += this.#bytes[end] === BACKSLASH ? 2 : 1;
    if (end >= this.#end) throw this.fail("a text must end before the header does", start);
    this.at = end + 1;
    const json = decodeUtf8(this.#bytes.subarray(start, end + 1));
    try {
      if (json !== null) return JSON.parse(json);
    } catch {
      // refused below
    }
    throw this.fail("a text must be JSON in UTF-8", start);
  }

  /** Throws unless only blanks are left. */
  end(): void {
    this.#skipBlanks();
    if (this.at < this.#end) throw this.fail("only blanks may follow the header");
  }

  #natural(): number {
    this.#skipBlanks();
    const start = this.at;
    let value = 0;
    for (; this.at < this.#end; this.at++) {
      const digit = this.#bytes[this.at] - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = 10 * value + digit;
    }
    const leadingZero = this.at - start > 1 && this.#bytes[start] === 0x30;
    if (this.at === start || leadingZero || !Number.isSafeInteger(value)) {
      throw this.fail("sizes and places must be integers in [0, 2^53)", start);
    }
    return value;
  }

  #skipBlanks(): void {
    for (; this.at < this.#end; this.at++) {
      const byte = this.#bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }
}
