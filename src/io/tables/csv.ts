import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { encodeUtf8 } from "../utf8.ts";
import { blankCells } from "./cellTexts.ts";
import { CsvError } from "./csvError.ts";
import { checkTexts, faultOfNames, numberedNames } from "./names.ts";
import { RowBlocks } from "./rowBlocks.ts";
import { rowAt, type SampleRow } from "./sampleRows.ts";
import { checkDecimal, checkSeparator, rulesFor } from "./separators.ts";
import { Table } from "./table.ts";
import type { TableBlock } from "./tableBlock.ts";
import { lineBreaks } from "./textBlock.ts";

/** How {@link readCsv} reads a text. */
export interface CsvOptions {
  /** The one character between cells; a comma if absent. */
  readonly separator?: string;
  /** What a blank cell may hold, spaces and tabs around it not counted; `""` and `"NA"` if absent. */
  readonly blanks?: readonly string[];
  /** The decimal sign, `"."` or `","`; a point if absent. */
  readonly decimal?: "." | ",";
  /** Whether the first line names the columns; if not, they are called c1, c2, …; true if absent. */
  readonly header?: boolean;
}

/** What a cell without a value looks like, unless the reader says otherwise. */
const csvBlanks: readonly string[] = ["", "NA"];
/** Bytes that are cut into rows at a time. */
const PIECE = 1 << 20;

/**
 * The table that a text in CSV (RFC 4180) describes; its first line names the columns. {@link readTable} reads what does not keep to the
 * rules.
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
 * readCsv("eruptions,waiting\n3.6,79\n1.8,54\n").matrix(); // [[3.6, 79], [1.8, 54]]
 * readCsv("1;2,5\n", { separator: ";", decimal: ",", header: false }).matrix(); // [[1, 2.5]]
 */
export function readCsv(text: string, options: CsvOptions = {}): Table {
  checkOptions("readCsv", options, { separator: true, blanks: true, decimal: true, header: true });
  const { separator = ",", blanks = csvBlanks, decimal = ".", header = true } = options;
  if (typeof text !== "string") throw new DomainError(`readCsv: the CSV must be a string; got ${describeValue(text)}`);
  checkSeparator("readCsv", separator);
  checkTexts("readCsv", "blanks", blanks);
  checkDecimal("readCsv", decimal);
  if (typeof header !== "boolean") {
    throw new DomainError(`readCsv: header must be true or false; got ${describeValue(header)}`);
  }
  const bytes = encodeUtf8(text.startsWith("\uFEFF") ? text.slice(1) : text);
  const rules = rulesFor(separator, true);
  const first = firstRow(bytes, rules);
  const names = header ? first.cells : numberedNames(first.cells.length);
  const fault = faultOfNames(names);
  if (fault !== null) throw new CsvError(`readCsv: ${fault.message}`, first.line, names[fault.index]);
  const body = { ...rules, width: names.length, decimal, padded: false, comment: null, strict: true };
  const words = { operation: "readCsv", names, remedy: "" };
  const maker = new RowBlocks(body, words, header ? first.nextLine : first.line);
  const blocks = allBlocks(maker, bytes, header ? first.next : first.from);
  return new Table({ names, blocks, blanks: blankCells(blanks) });
}

/** The first row of a text that must have one. */
function firstRow(bytes: Uint8Array, rules: ReturnType<typeof rulesFor>): SampleRow {
  const end = bytes.findIndex((byte) => byte !== 10 && byte !== 13);
  if (end < 0) throw new CsvError("readCsv: a line with names comes first; the text is empty", 1, null);
  if (end > 0) {
    throw new CsvError(
      'readCsv: no line between rows may be empty; line 1 is; write "" or NA for a missing value',
      1,
      null,
    );
  }
  const row = rowAt(bytes, 0, 1, true, rules);
  if (row !== null && "cells" in row) return row;
  if (row === null) throw new CsvError("readCsv: a line with names comes first; the text is empty", 1, null);
  const line = 1 + lineBreaks(bytes, 0, row.at);
  throw new CsvError(`readCsv: ${row.rule}; ${row.found} on line ${line}, in cell ${row.cell + 1}`, line, null);
}

/** All rows, in pieces of which each ends with a row. */
function allBlocks(maker: RowBlocks, bytes: Uint8Array, from: number): TableBlock[] {
  const blocks: TableBlock[] = [];
  let size = PIECE;
  for (let at = from; at < bytes.length; ) {
    const last = at + size >= bytes.length;
    const piece = maker.take(bytes.subarray(at, at + size), last);
    blocks.push(...piece.blocks);
    at += piece.used;
    size = piece.used === 0 ? size * 2 : PIECE; // a row longer than a piece
  }
  return blocks;
}

/**
 * The text from which {@link readCsv}, with the same `blanks`, makes this table again: cells as they are, in quotes where
 * they need them, commas between them, and an LF at the end of every line. Row names are left out.
 *
 * Cost: linear. Throws DomainError for what is no Table.
 *
 * @example
 * writeCsv(fromRows([{ x: 1, y: null }], ["x", "y"])); // "x,y\n1,\n"
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
