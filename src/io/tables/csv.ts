import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { CsvError, checkTexts, countLineBreaks, defaultBlanks, faultOfNames, quote, type Row, Table } from "./table.ts";

/** How {@link readCsv} reads a text. */
export interface CsvOptions {
  /** The one character between cells; a comma if absent. */
  readonly separator?: string;
  /** What a blank cell may hold, spaces and tabs around it not counted; `""` and `"NA"` if absent. */
  readonly blanks?: readonly string[];
}

/**
 * The table that a text in CSV (RFC 4180) describes; its first line names the columns.
 *
 * Lines may end in LF, CRLF or CR, the last one in nothing; a byte order mark and empty lines at the end are ignored.
 * A cell in quotes may contain separators, line breaks and doubled quotes; apart from that, quotes mean nothing.
 *
 * Cost: one pass, linear in the length of the text. Cells are checked to be numbers when they are asked for.
 *
 * Throws CsvError, with the line, for a row with more or fewer cells than the header, an empty line between rows, a
 * quote inside an unquoted cell or never closed, a column without a name or with the name of another, an empty text. Throws
 * DomainError for anything but a string, and for options that are not known.
 *
 * @example
 * const x = readCsv("eruptions,waiting\n3.6,79\n1.8,54\n").matrix(); // [[3.6, 79], [1.8, 54]]
 */
export function readCsv(text: string, options: CsvOptions = {}): Table {
  checkOptions("readCsv", options, { separator: true, blanks: true });
  const { separator = ",", blanks = defaultBlanks } = options;
  if (typeof text !== "string") throw new DomainError(`readCsv: the CSV must be a string; got ${describeValue(text)}`);
  if (typeof separator !== "string" || separator.length !== 1 || ['"', "\r", "\n"].includes(separator)) {
    throw new DomainError(`readCsv: the separator must be one character, no quote; got ${describeValue(separator)}`);
  }
  checkTexts("readCsv", "blanks", blanks);
  const [header, ...body] = parseRows(text, separator);
  if (header === undefined) throw new CsvError("readCsv: a line with names comes first; the text is empty", 1, null);
  const names = header.cells;
  const fault = faultOfNames(names);
  if (fault !== null) throw new CsvError(`readCsv: ${fault.message}`, header.line, names[fault.index]);
  for (const { cells, line } of body) {
    if (cells.length === names.length) continue;
    const counts = `line ${line} has ${cells.length}, the header ${names.length}`;
    throw new CsvError(`readCsv: every row must have as many cells as the header; ${counts}`, line, null);
  }
  return new Table(names, body, blanks);
}

/**
 * The text from which {@link readCsv}, with the same `blanks`, makes this table again: cells as they are, in quotes where
 * they need them, commas between them, and an LF at the end of every line. Throws DomainError for what is no Table.
 */
export function writeCsv(table: Table): string {
  if (!(table instanceof Table)) {
    throw new DomainError(`writeCsv: needs a Table, as readCsv and fromRows make it; got ${describeValue(table)}`);
  }
  const columns = table.names.map((name) => table.cells(name).map(written));
  const lines = [table.names.map(written).join(",")];
  for (let i = 0; i < table.rows; i++) {
    // The only cell of a row must not leave its line empty.
    lines.push(columns.map((cells) => cells[i]).join(",") || '""');
  }
  return `${lines.join("\n")}\n`;
}

/** A cell, in quotes if it would be read differently without them; a byte order mark would vanish from the start. */
function written(cell: string): string {
  return /[",\r\n\uFEFF]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The rows of the text, the header among them, before anyone has counted their cells. */
function parseRows(text: string, separator: string): Row[] {
  const rows: Row[] = [];
  let cells: string[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  let emptyLine = 0;
  const fail: Fail = (rule, found) => {
    const column = rows[0]?.cells[cells.length] ?? null;
    throw new CsvError(`readCsv: ${rule}; ${found} on line ${line}, in cell ${cells.length + 1}`, line, column);
  };
  while (at < text.length) {
    const start = at;
    cells = [];
    const row: Row = { cells, line };
    for (;;) {
      if (text[at] === '"') {
        const end = endOfQuoted(text, at, separator, fail);
        const cell = text.slice(at + 1, end - 1).replaceAll('""', '"');
        cells.push(cell);
        line += countLineBreaks(cell);
        at = end;
      } else {
        const end = endOfPlain(text, at, separator, fail);
        cells.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== separator) break;
      at++;
    }
    if (at === start) {
      emptyLine ||= line;
    } else {
      if (emptyLine > 0) {
        const remedy = 'write "" or NA for a missing value';
        throw new CsvError(
          `readCsv: no line between rows may be empty; line ${emptyLine} is; ${remedy}`,
          emptyLine,
          null,
        );
      }
      rows.push(row);
    }
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line++;
  }
  return rows;
}

type Fail = (rule: string, found: string) => never;

/** Where an unquoted cell ends: at a separator, a line break or the end of the text. */
function endOfPlain(text: string, start: number, separator: string, fail: Fail): number {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") {
    if (text[end] === '"') fail("a cell with a quote must be in quotes, and the quote doubled", "found a quote");
    end++;
  }
  return end;
}

/** Where a quoted cell ends, one past its closing quote: the first quote that is not doubled. */
function endOfQuoted(text: string, start: number, separator: string, fail: Fail): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) fail("a cell that begins with a quote must end with one", "the text ended first");
  const next = text[end + 1];
  if (next !== undefined && next !== separator && next !== "\n" && next !== "\r") {
    fail("a closing quote must end the cell", `found ${quote(next)} after one`);
  }
  return end + 1;
}
