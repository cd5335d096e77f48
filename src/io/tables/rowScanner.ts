import { LimitError } from "../../tensor/errors.ts";

/** How the rows of a text are cut into cells. */
export interface RowRules {
  /** The bytes of the separator; unused where `runs`. */
  readonly separator: Uint8Array;
  /** Cells are separated by runs of blanks. */
  readonly runs: boolean;
  /**
   * Whether a quote may stand anywhere: one inside a cell is a character, and a cell that begins with a quote but does not end with one is
   * as it stands. If not, both are faults (RFC 4180).
   */
  readonly bareQuotes: boolean;
  /** Whether blanks may stand around a cell in quotes. */
  readonly loose: boolean;
}

/** What is wrong with a row, where it is, and in which of its cells, counted from 0. */
export interface RowFault {
  readonly rule: string;
  readonly found: string;
  readonly at: number;
  readonly cell: number;
}

const [TAB, LF, CR, SPACE, QUOTE] = [9, 10, 13, 32, 34];
/** A quoted cell is not followed further than this, so that a lost quote does not swallow a whole file. */
const LONGEST_QUOTED = 1 << 26;
/** A row must fit into memory, several times. */
const LONGEST_ROW = 1 << 28;
/** Of a row of which nothing is known yet. */
const MOST_CELLS = 1 << 20;
/** In a table of which bytes end a plain cell. */
const [INSIDE, ENDS, FAULT] = [0, 1, 2];

/** Cuts rows into cells, one row at a time: where its cells end, and where the next row begins. */
export class RowScanner {
  /** Where the cells end that have been scanned; the caller takes them and sets {@link cells} back. */
  ends: Uint32Array<ArrayBuffer> = new Uint32Array(1 << 12);
  /** How many cells that are. */
  cells = 0;
  /** Where the last row began: blanks before its first cell are left out where they separate. */
  start = 0;
  /** Whether the last row had no character. */
  empty = false;
  /** Whether the last row has a cell in quotes: only then can it spread over several lines. */
  quoted = false;
  /** What was wrong with the last row; null if nothing was. */
  fault: RowFault | null = null;
  private readonly rules: RowRules;
  private readonly mostCells: number;
  private readonly meanings: Uint8Array = new Uint8Array(256);
  private firstCell = 0;

  /** A row of more than so many cells is a fault. */
  constructor(rules: RowRules, mostCells: number = MOST_CELLS) {
    this.rules = rules;
    this.mostCells = mostCells;
    this.meanings[LF] = this.meanings[CR] = ENDS;
    if (!rules.bareQuotes) this.meanings[QUOTE] = FAULT;
    if (rules.runs) this.meanings[SPACE] = this.meanings[TAB] = ENDS;
    else this.meanings[rules.separator[0]] = ENDS;
  }

  /**
   * Scans the row that starts there. Returns where the next one starts; −1 if the row goes on beyond the bytes, of which more must come
   * (never where they are the last), or if it has a {@link fault}.
   */
  next(bytes: Uint8Array, from: number, last: boolean): number {
    this.firstCell = this.cells;
    this.fault = null;
    this.quoted = false;
    const { runs, separator } = this.rules;
    let at = runs ? this.skipBlanks(bytes, from) : from;
    this.start = at;
    for (;;) {
      at = runs ? at : this.plainCells(bytes, at);
      const end = this.endOfCell(bytes, at, last);
      if (end < 0) return this.giveBack();
      if (this.cells === this.ends.length) this.grow();
      this.ends[this.cells++] = end;
      const count = this.cells - this.firstCell;
      if (count > this.mostCells) {
        this.fail(`a row may have at most ${this.mostCells} cells`, "found more", at);
        return this.giveBack();
      }
      at = runs ? this.skipBlanks(bytes, end) : end;
      if (at >= bytes.length) {
        if (!last) return this.tooShort(bytes.length - from);
        break;
      }
      const byte = bytes[at];
      if (byte === LF || byte === CR) break;
      if (!runs) at += separator.length;
    }
    this.empty = this.cells === this.firstCell + 1 && this.ends[this.firstCell] === this.start;
    if (bytes[at] !== CR) return at + 1;
    if (at + 1 >= bytes.length && !last) return this.tooShort(bytes.length - from);
    return bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  /**
   * Takes the cells that are plain, and end in a separator of one byte, before all others: this loop is where a file of numbers
   * spends its time. Returns where the first other cell begins.
   */
  private plainCells(bytes: Uint8Array, from: number): number {
    const { meanings, ends } = this;
    const [separator, more] = this.rules.separator;
    if (more !== undefined) return from;
    const { length } = bytes;
    let { cells } = this;
    let start = from;
    const most = Math.min(ends.length, this.firstCell + this.mostCells); // one more is for the caller to notice
    for (let at = from; at < length && cells < most; at++) {
      if (meanings[bytes[at]] === INSIDE && (at > start || bytes[at] > QUOTE)) continue;
      if (bytes[at] !== separator) break;
      ends[cells++] = at;
      start = at + 1;
    }
    this.cells = cells;
    return start;
  }

  private endOfCell(bytes: Uint8Array, at: number, last: boolean): number {
    const quote = this.rules.loose ? this.skipBlanks(bytes, at) : at;
    if (bytes[quote] === QUOTE) {
      this.quoted = true;
      const end = this.endOfQuoted(bytes, quote, last);
      if (end !== null) return end;
    }
    return this.endOfPlain(bytes, at);
  }

  /** Where an unquoted cell ends: at a separator, a line break or the end of the bytes. */
  private endOfPlain(bytes: Uint8Array, start: number): number {
    const { meanings } = this;
    const { length } = bytes;
    let end = start;
    for (; end < length; end++) {
      const meaning = meanings[bytes[end]];
      if (meaning === INSIDE) continue;
      if (meaning === FAULT)
        return this.fail("a cell with a quote must be in quotes, and the quote doubled", "found a quote", end);
      if (this.rules.separator.length < 2 || this.isEnd(bytes, end)) break;
    }
    return end;
  }

  /** One past the closing quote: the first that is not doubled. Null if the cell is not in quotes after all, −1 if it cannot be told. */
  private endOfQuoted(bytes: Uint8Array, start: number, last: boolean): number | null {
    let end = bytes.indexOf(QUOTE, start + 1);
    while (end >= 0 && bytes[end + 1] === QUOTE) end = bytes.indexOf(QUOTE, end + 2);
    if (end < 0 || (!last && end + 1 >= bytes.length)) {
      if (!last && bytes.length - start < LONGEST_QUOTED) return this.tooShort(bytes.length - start);
      if (this.rules.bareQuotes) return null;
      return this.fail("a cell that begins with a quote must end with one", "the text ended first", start);
    }
    const next = this.rules.loose ? this.skipBlanks(bytes, end + 1) : end + 1;
    if (next >= bytes.length) return last ? next : this.tooShort(bytes.length - start);
    if (this.isEnd(bytes, next)) return next;
    if (this.rules.runs && next > end + 1) return end + 1;
    if (this.rules.bareQuotes) return null;
    const found = JSON.stringify(String.fromCharCode(bytes[next]));
    return this.fail("a closing quote must end the cell", `found ${found} after one`, start);
  }

  private isEnd(bytes: Uint8Array, at: number): boolean {
    if (bytes[at] === LF || bytes[at] === CR) return true;
    const { separator, runs } = this.rules;
    return runs ? bytes[at] === SPACE || bytes[at] === TAB : separator.every((byte, k) => bytes[at + k] === byte);
  }

  private skipBlanks(bytes: Uint8Array, from: number): number {
    let at = from;
    const separator = this.rules.runs ? -1 : this.rules.separator[0];
    while ((bytes[at] === SPACE || bytes[at] === TAB) && bytes[at] !== separator) at++;
    return at;
  }

  private fail(rule: string, found: string, at: number): -1 {
    this.fault = { rule, found, at, cell: this.cells - this.firstCell };
    return -1;
  }

  private tooShort(length: number): -1 {
    if (length > LONGEST_ROW) {
      throw new LimitError(
        `readTable: a line may have ${LONGEST_ROW} bytes; got more than ${length} without a line break`,
      );
    }
    return this.giveBack();
  }

  private giveBack(): -1 {
    this.cells = this.firstCell;
    return -1;
  }

  private grow(): void {
    const ends = new Uint32Array(this.ends.length * 2);
    ends.set(this.ends);
    this.ends = ends;
  }
}
