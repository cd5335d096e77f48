import { LimitError } from "../../tensor/errors.ts";
import { FormatError } from "../formatError.ts";
import { decodeUtf8, encodeUtf8, wholeCharacters } from "../utf8.ts";
import { type ByteSource, joined } from "./byteSource.ts";
import { trimBlanks } from "./cellTexts.ts";
import { CsvError } from "./csvError.ts";
import { type Dialect, isNumberCell, recogniseDialect, type TextHead } from "./dialect.ts";
import { checkNames, checkUnits, type FoundNames, type Header, namedHeader, numberedHeader } from "./header.ts";
import type { OpenedTable } from "./openedTable.ts";
import { endOfLine, RowBlocks } from "./rowBlocks.ts";
import { rowAt, type SampleRow } from "./sampleRows.ts";
import { rulesFor, separatorName } from "./separators.ts";
import type { TableBlock } from "./tableBlock.ts";
import type { CheckedOptions } from "./tableOptions.ts";
import { decodeText } from "./textBlock.ts";

/** Bytes that are looked at to recognise how a text is written: at first, and at most, where lines are long. */
const HEAD = 1 << 17;
const LONGEST_HEAD = 1 << 23;
/** Bytes that are cut into rows at a time. */
const PIECE = 1 << 20;

/** The table that a text in UTF-8 holds. Throws CsvError, FormatError for bytes that are no text, LimitError for a line that is too long. */
export async function openText(source: ByteSource, options: CheckedOptions): Promise<OpenedTable> {
  const { operation } = options;
  let bytes = await source.head(HEAD);
  while (!source.isWhole && !hasLines(bytes, options.skip + 8) && bytes.length < LONGEST_HEAD) {
    bytes = await source.head(bytes.length * 2);
  }
  refuseBinary(operation, bytes);
  const notes: string[] = [];
  const start = startOf(bytes, source.isWhole, options, notes);
  const { head, dialect } = start;
  if (dialect.rows.length === 0 && start.commented === null) refuseEmpty(source, bytes, head, dialect, operation);
  const header = headerOf(options, start, notes);
  notes.push(...header.notes, ...notesOf(dialect, bytes));
  const rules = {
    ...dialect.rules,
    width: header.width,
    decimal: dialect.decimal,
    padded: dialect.ruled || dialect.separator === "|",
    comment: head.comment?.charCodeAt(0) ?? null,
    strict: false,
  };
  const allNames: string[] = new Array(header.width).fill("");
  for (const [k, j] of header.positions.entries()) allNames[j] = header.names[k];
  const words = { operation, names: allNames, remedy: raggedRemedy(dialect, header) };
  const { names, positions, rowNames } = header;
  const maker = new RowBlocks(rules, words, header.line);
  const blocks = rowBlocks(source, header.from, maker, notes);
  return { names, positions, rowNames, notes, separator: dialect.separator, decimal: dialect.decimal, blocks };
}

/** Where the table begins: below a byte order mark, Excel's line `sep=;`, lines that are skipped, and comments. */
interface Start {
  readonly head: TextHead;
  readonly dialect: Dialect;
  /** The names that the last comment line above the rows gives; null if it gives none. */
  readonly commented: FoundNames | null;
  /** The first line of the text as a row, where lines are skipped. */
  readonly firstLine: SampleRow | null;
}

function startOf(bytes: Uint8Array, whole: boolean, options: CheckedOptions, notes: string[]): Start {
  let [from, line] = [bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0, 1];
  let { separator } = options;
  const next = (): string => {
    const end = endOfLine(bytes, from, whole);
    const text = decodeText(bytes, from, Math.min(end < 0 ? bytes.length : end, from + 1000));
    from = end < 0 ? bytes.length : end;
    line++;
    return text;
  };
  const excel = /^"?sep=(.)"?\r?\n?$/i.exec(
    decodeText(bytes, from, Math.min(from + 9, Math.max(from, endOfLine(bytes, from, whole)))),
  );
  if (excel !== null) {
    separator ??= excel[1];
    next();
  }
  const top = { from, line };
  for (let k = 0; k < options.skip; k++) next();
  const comment = options.comment ?? (beginsWithComment(bytes, from) ? "#" : null);
  let last: { text: string; line: number } | null = null;
  let comments = 0;
  for (let seen = { from, line }; comment !== null && from < bytes.length; seen = { from, line }) {
    const text = next().trim();
    if (text.startsWith(comment)) {
      comments++;
      last = { text: text.slice(1), line: seen.line };
    } else if (text !== "") {
      [from, line] = [seen.from, seen.line];
      break;
    }
  }
  if (comments > 0) notes.push(`${countOf(comments, "comment line")} above the table`);
  const head = { bytes, whole, from, line, comment };
  const dialect = recogniseDialect(head, separator, options.decimal);
  if (dialect.ambiguous) {
    const rule = "numbers such as 1,234 may have a decimal comma or a thousands separator";
    const remedy =
      'say which: decimal: "," (--decimal ",") reads 1.234, decimal: "." (--decimal .) sets the column aside';
    throw new CsvError(`${options.operation}: ${rule}; nothing in the first rows tells; ${remedy}`, head.line, null);
  }
  const commented = last === null ? null : namesInComment(last.text, last.line, dialect);
  const first = options.skip > 0 ? rowAt(bytes, top.from, top.line, whole, dialect.rules) : null;
  return { head, dialect, commented, firstLine: first !== null && "cells" in first ? first : null };
}

function beginsWithComment(bytes: Uint8Array, from: number): boolean {
  const text = decodeText(bytes, from, Math.min(bytes.length, from + 100)).trimStart();
  return text.startsWith("#") && !text.startsWith("#,") && !text.startsWith("#;") && !text.startsWith("#\t");
}

/** The names in a comment: as many as the rows have cells, none of them a number, and no `name: value`. */
function namesInComment(text: string, line: number, dialect: Dialect): FoundNames | null {
  const row = rowAt(encodeUtf8(text.trim()), 0, line, true, rulesFor(dialect.separator, false));
  const width = dialect.rows[0]?.cells.length ?? -1;
  if (row === null || !("cells" in row) || row.cells.length !== width) return null;
  if (row.cells.some((cell) => trimBlanks(cell) === "" || cell.endsWith(":") || isNumberCell(cell, "."))) return null;
  return { cells: row.cells, quoted: row.quoted, line };
}

/** The names of the columns, by the options, a comment, or the first row. Throws CsvError. */
function headerOf(options: CheckedOptions, { head, dialect, commented, firstLine }: Start, notes: string[]): Header {
  const { operation, header, skip, blankCells } = options;
  const [row, ...below] = dialect.rows;
  const start = row ?? { from: head.from, line: head.line };
  if (header === false) return numberedHeader(dialect, start.from, start.line);
  // a comment has the names, unless the first row has: texts over numbers
  const numbersBelow = below.some(({ cells }) => cells.some((cell) => isNumberCell(cell, dialect.decimal)));
  const namedByRow = row !== undefined && isNames(row, dialect) && numbersBelow;
  if (commented !== null && !namedByRow) return namedHeader(operation, commented, dialect, start.from, start.line);
  if (header !== true) checkNames(operation, row, below, dialect, blankCells);
  const hasNumber = row.cells.some((cell) => isNumberCell(cell, dialect.decimal));
  const first = firstLine !== null && !hasNumber && isNames(firstLine, dialect) ? firstLine : row;
  if (skip > 0 && first === row) notes.push(`${countOf(skip, "line")} above the table skipped`);
  if (first !== row) notes.push(`the names are on line ${first.line}; ${countOf(skip, "line")} below skipped`);
  const from = dialect.ruled ? (below[0]?.from ?? row.next) : row.next;
  const line = dialect.ruled ? (below[0]?.line ?? row.nextLine) : row.nextLine;
  const named = namedHeader(operation, first, dialect, from, line);
  checkRaggedHeader(operation, named, dialect);
  if (header === undefined) checkUnits(operation, named, below, dialect, blankCells);
  return named;
}

/** Whether a row names every column, once. */
function isNames({ cells }: SampleRow, { width, decimal }: Dialect): boolean {
  const names = new Set(cells.map(trimBlanks));
  return (
    cells.length === width &&
    names.size === width &&
    cells.every((cell) => trimBlanks(cell) !== "" && !isNumberCell(cell, decimal))
  );
}

function notesOf({ separator, decimal, ruled }: Dialect, bytes: Uint8Array): string[] {
  const notes = separator === "," ? [] : [`cells are separated by ${separatorName(separator)}`];
  if (decimal === ",") notes.push("decimal commas");
  if (ruled) notes.push("a ruled line below the header");
  if (!isUtf8(bytes)) notes.push("not UTF-8: read as windows-1252");
  return notes;
}

/** Whether bytes, of which the last character may be cut, are UTF-8. */
function isUtf8(bytes: Uint8Array): boolean {
  return decodeUtf8(bytes.subarray(0, wholeCharacters(bytes))) !== null;
}

/** Throws CsvError where the line of names has another number of cells than all rows: then it is a title, or the separator is another. */
function checkRaggedHeader(operation: string, { width, line }: Header, dialect: Dialect): void {
  const even = dialect.rows.findIndex((row) => row.cells.length === dialect.width);
  if (
    width === dialect.width ||
    even <= 0 ||
    dialect.rows.slice(even).some((row) => row.cells.length !== dialect.width)
  )
    return;
  const { line: first } = dialect.rows[even];
  const counts = `line ${first} has ${dialect.width}, the header ${width}`;
  const remedy =
    dialect.separator === "," && width === 1
      ? `are commas decimal? separator: ";", decimal: "," (--separator ";" --decimal ","); or is it a title?`
      : "is the line above a title?";
  const skip = `skip: ${first - 1} (--skip ${first - 1}) leaves what is above line ${first} out`;
  throw new CsvError(
    `${operation}: every row must have as many cells as the header; ${counts}; ${remedy} ${skip}`,
    Math.max(first, line),
    null,
  );
}

function raggedRemedy(dialect: Dialect, { width }: Header): string {
  const name = separatorName(dialect.separator);
  if (width === 1) return `; cells are separated by ${name}: is it another? separator: ";" (--separator ";")`;
  return `; cells are separated by ${name}: a cell that contains one must be in quotes`;
}

function hasLines(bytes: Uint8Array, lines: number): boolean {
  let at = 0;
  for (let k = 0; k < lines; k++) {
    at = endOfLine(bytes, at, false);
    if (at < 0) return false;
  }
  return true;
}

/** Throws FormatError for bytes that no text has. */
function refuseBinary(operation: string, bytes: Uint8Array): void {
  const at = bytes.indexOf(0);
  if (at < 0) return;
  throw new FormatError(
    `${operation}: a text holds no zero byte; byte ${at} is one: a binary format that is not known; write it as CSV`,
    at,
  );
}

/** Throws for a text of which no row can be read. */
function refuseEmpty(source: ByteSource, bytes: Uint8Array, head: TextHead, dialect: Dialect, operation: string): void {
  const fault = rowAt(bytes, head.from, head.line, source.isWhole, dialect.rules);
  if (fault !== null && "rule" in fault) {
    throw new CsvError(
      `${operation}: ${fault.rule}; ${fault.found} on line ${head.line}, in cell ${fault.cell + 1}`,
      head.line,
      null,
    );
  }
  if (!source.isWhole) {
    throw new LimitError(`${operation}: a row must end within the first ${bytes.length} bytes; there is none in them`);
  }
  throw new CsvError(`${operation}: a table has at least one row; the text is empty`, 1, null);
}

/** The rows from there on, in blocks; what is left out is noted at the end. */
async function* rowBlocks(
  source: ByteSource,
  from: number,
  maker: RowBlocks,
  notes: string[],
): AsyncGenerator<TableBlock> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let need = PIECE;
  let ahead = from;
  for await (const chunk of source.chunks()) {
    if (ahead >= chunk.length) {
      ahead -= chunk.length;
      continue;
    }
    parts.push(ahead > 0 ? chunk.subarray(ahead) : chunk);
    size += chunk.length - ahead;
    ahead = 0;
    if (size < need) continue;
    const bytes = joined(parts, size);
    const { blocks, used } = maker.take(bytes, false);
    yield* blocks;
    const rest = bytes.slice(used);
    parts = [rest];
    size = rest.length;
    need = Math.max(PIECE, 2 * size); // a row longer than that is looked at again when twice as much of it is there
  }
  yield* maker.take(joined(parts, size), true).blocks;
  const { comments, emptyLines, hollowRows } = maker.leftOut;
  if (comments > 0) notes.push(`${countOf(comments, "comment line")} between the rows skipped`);
  if (emptyLines > 0) notes.push(`${countOf(emptyLines, "empty line")} skipped`);
  if (hollowRows > 0 && maker.width > 1) notes.push(`${countOf(hollowRows, "empty row")} at the end left out`);
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
