import { CsvError } from "./csvError.ts";
import { type RowRules, RowScanner } from "./rowScanner.ts";
import type { TableBlock } from "./tableBlock.ts";
import { decodeText, lineBreaks, TextBlock } from "./textBlock.ts";
import { ValueBlock } from "./valueBlock.ts";

/** How the rows below the header are read. */
export interface BodyRules extends RowRules {
  /** How many cells every row has. */
  readonly width: number;
  readonly decimal: "." | ",";
  /** Blanks around cells are padding, as psql and markdown write them. */
  readonly padded: boolean;
  /** The byte that begins a comment line; null if none does. */
  readonly comment: number | null;
  /** RFC 4180: an empty line between rows is a fault, and rows of empty cells stay. If not, both are left out, at the end or everywhere. */
  readonly strict: boolean;
}

/** What is said about rows that are refused. */
export interface BodyWords {
  readonly operation: string;
  /** What each cell of a row is called, for the messages: the names of all columns, those that are set aside among them. */
  readonly names: readonly string[];
  /** What may be done about a row with other cells. */
  readonly remedy: string;
}

/** What was left out of a text. */
export interface LeftOut {
  comments: number;
  emptyLines: number;
  hollowRows: number;
}

/** A row with so many more cells than twice those of the header is not followed to its end. */
const SURPLUS = 1000;
/** Rows of empty cells that make a block. */
const HOLLOW_ROWS = 1 << 16;
const [SPACE, TAB, HASH] = [32, 9, 35];

/** Makes blocks of the rows of a text, piece by piece. */
export class RowBlocks {
  /** What has been left out so far; rows of empty cells are counted at the end. */
  readonly leftOut: LeftOut = { comments: 0, emptyLines: 0, hollowRows: 0 };
  private readonly scanner: RowScanner;
  private readonly rules: BodyRules;
  private readonly words: BodyWords;
  private line: number;
  /** The first of the empty lines that wait for a row below them, 0 if there is none, and their number: at the end they do not count. */
  private emptyLine = 0;
  private emptyLines = 0;
  /** Rows of empty cells that wait for a row with a value: at the end of a file they are none. */
  private hollow = 0;
  private hollowLine = 0;

  /** `line` is that of the first row. */
  constructor(rules: BodyRules, words: BodyWords, line: number) {
    this.scanner = new RowScanner(rules, 2 * rules.width + SURPLUS);
    this.rules = rules;
    this.words = words;
    this.line = line;
  }

  /** How many cells every row has. */
  get width(): number {
    return this.rules.width;
  }

  /** The blocks of all rows that end within the bytes, or in the last bytes, and how many bytes those are. Throws CsvError. */
  take(bytes: Uint8Array, last: boolean): { readonly blocks: TableBlock[]; readonly used: number } {
    const { scanner } = this;
    const blocks: TableBlock[] = [];
    const starts: number[] = [];
    const lines: number[] = [];
    let [solidRows, solidCells, used] = [0, 0, 0];
    scanner.cells = 0;
    while (used < bytes.length) {
      const before = scanner.cells;
      const comment = this.endOfComment(bytes, used, last);
      const next = comment === null ? scanner.next(bytes, used, last) : comment;
      if (next < 0) {
        if (comment === null && scanner.fault !== null) this.refuse(bytes, used, scanner.fault);
        break;
      }
      if (comment === null && this.isRow(bytes, before, used)) {
        starts.push(scanner.start);
        lines.push(this.line);
        if (!this.rules.strict && this.isHollow(before)) {
          if (starts.length === solidRows + 1 && this.hollow === 0) this.hollowLine = this.line;
        } else {
          blocks.push(...this.hollowBlocks());
          solidRows = starts.length;
          solidCells = scanner.cells;
        }
      } else scanner.cells = before;
      this.line += comment === null && scanner.quoted ? Math.max(1, lineBreaks(bytes, used, next)) : 1;
      used = next;
    }
    if (solidRows > 0) blocks.push(this.block(bytes, starts.slice(0, solidRows), solidCells, lines));
    this.hollow += starts.length - solidRows;
    this.leftOut.hollowRows = this.hollow;
    return { blocks, used };
  }

  private block(bytes: Uint8Array, starts: readonly number[], cells: number, lines: readonly number[]): TableBlock {
    const { width, runs, separator, decimal, padded } = this.rules;
    const together = lines[starts.length - 1] - lines[0] === starts.length - 1;
    return new TextBlock({
      bytes,
      starts: Uint32Array.from(starts),
      ends: this.scanner.ends.slice(0, cells),
      width,
      separatorBytes: runs ? 0 : separator.length,
      firstLine: lines[0],
      lines: together ? null : Uint32Array.from(lines),
      decimal,
      padded: padded || runs,
    });
  }

  /** The rows of empty cells that have waited. */
  private *hollowBlocks(): Generator<TableBlock> {
    for (; this.hollow > 0; this.hollow -= HOLLOW_ROWS, this.hollowLine += HOLLOW_ROWS) {
      const rows = Math.min(this.hollow, HOLLOW_ROWS);
      const cells = { length: rows };
      yield new ValueBlock(new Array(this.rules.width).fill(cells), rows, this.hollowLine);
    }
    this.hollow = 0;
  }

  /** Where the next line begins if this one is a comment; −1 if it does not end yet, null if it is none. */
  private endOfComment(bytes: Uint8Array, from: number, last: boolean): number | null {
    const { comment } = this.rules;
    if (comment === null) return null;
    let at = from;
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    if (bytes[at] !== comment) return null;
    const end = endOfLine(bytes, at, last);
    if (end >= 0) this.leftOut.comments++;
    return end;
  }

  /** Whether what was scanned is a row of the table: not an empty line, not a footer. Throws CsvError for other numbers of cells. */
  private isRow(bytes: Uint8Array, before: number, from: number): boolean {
    const { scanner, rules } = this;
    if (scanner.empty && (rules.strict || rules.width > 1)) {
      this.emptyLine ||= this.line;
      this.emptyLines++;
      return false;
    }
    if (this.emptyLine > 0 && rules.strict) this.refuseEmptyLine();
    this.leftOut.emptyLines += this.emptyLines;
    this.emptyLines = 0;
    const count = scanner.cells - before;
    if (rules.padded && count === 1 && isFooter(decodeText(bytes, from, scanner.ends[before]))) return false;
    if (count === rules.width) return true;
    return this.refuseCount(this.line, String(count), bytes[from] === HASH);
  }

  private refuseCount(line: number, count: string, hash = false): never {
    const { operation, remedy } = this.words;
    const counts = `line ${line} has ${count}, the header ${this.rules.width}`;
    const comment = '; comment: "#" (--comment "#") leaves lines out that begin with #';
    const rule = "every row must have as many cells as the header";
    throw new CsvError(`${operation}: ${rule}; ${counts}${hash ? comment : remedy}`, line, null);
  }

  /** Whether a row has separators only. */
  private isHollow(before: number): boolean {
    const { ends, cells, start } = this.scanner;
    const { width, runs, separator } = this.rules;
    return !runs && ends[cells - 1] - start === (width - 1) * separator.length && cells - before === width;
  }

  private refuseEmptyLine(): never {
    const { operation } = this.words;
    const rule = `no line between rows may be empty; line ${this.emptyLine} is; write "" or NA for a missing value`;
    throw new CsvError(`${operation}: ${rule}`, this.emptyLine, null);
  }

  private refuse(bytes: Uint8Array, from: number, fault: NonNullable<RowScanner["fault"]>): never {
    if (this.emptyLine > 0 && this.rules.strict) this.refuseEmptyLine();
    const line = this.line + lineBreaks(bytes, from, fault.at);
    const { operation, names } = this.words;
    if (fault.cell > this.rules.width) this.refuseCount(line, `more than ${fault.cell - 1}`);
    const place = `${fault.found} on line ${line}, in cell ${fault.cell + 1}`;
    throw new CsvError(`${operation}: ${fault.rule}; ${place}`, line, names[fault.cell] ?? null);
  }
}

/** `(40 rows)`, which psql writes below a table. */
function isFooter(line: string): boolean {
  return /^\s*\(\d+ rows?\)\s*$/.test(line);
}

/** Where the line after this one begins; −1 if this one does not end within the bytes, of which more must come. */
export function endOfLine(bytes: Uint8Array, from: number, last: boolean): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 10) return at + 1;
    if (bytes[at] !== 13) continue;
    if (at + 1 >= bytes.length && !last) return -1;
    return bytes[at + 1] === 10 ? at + 2 : at + 1;
  }
  return last ? bytes.length : -1;
}
