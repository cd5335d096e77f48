import { FormatError } from "../formatError.ts";
import type { ByteSource } from "./byteSource.ts";
import { CsvError } from "./csvError.ts";
import { isRecord, type JsonRecord, jsonDocument } from "./jsonDocument.ts";
import { type JsonPart, JsonSplitter, parseJson } from "./jsonSplitter.ts";
import { faultOfNames, numberedNames } from "./names.ts";
import { type OpenedTable, valueTable } from "./openedTable.ts";
import type { TableBlock } from "./tableBlock.ts";
import type { CheckedOptions } from "./tableOptions.ts";
import { numberOfText, ValueBlock } from "./valueBlock.ts";

/** Values that make a block. */
const BLOCK_ROWS = 4096;
/** Bytes that are cut into values at a time. */
const PIECE = 1 << 18;

/**
 * The table in a JSON text: objects, one a line or in a list; lists of numbers; or an object that holds the columns, as pandas, Polars and R write it.
 * Throws FormatError, and CsvError for names that are missing or repeated.
 */
export async function openJson(source: ByteSource, options: CheckedOptions): Promise<OpenedTable> {
  const { operation } = options;
  const splitter = new JsonSplitter(operation);
  const batches = batchesOf(operation, source, splitter);
  try {
    const first = (await batches.next()).value as unknown[] | undefined;
    if (first === undefined || first.length === 0) {
      throw new FormatError(`${operation}: a table has at least one row; the JSON has none`, 0);
    }
    const rows = rowsOf(batches, first);
    if (first.every(isRecord)) {
      const [document] = first;
      const table = first.length === 1 && !splitter.isList ? jsonDocument(operation, document) : null;
      if (table === null) return recordTable(operation, first as JsonRecord[], rows, splitter.isList);
      const block = new ValueBlock(table.columns, table.rows, 1);
      return checkedTable(operation, table.names, onlyBlock(block), table.notes, table.rowNames);
    }
    return listTable(options, first, rows);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function recordTable(
  operation: string,
  first: readonly JsonRecord[],
  rows: AsyncIterable<unknown[]>,
  isList: boolean,
): OpenedTable {
  const names = [...new Set(first.flatMap((record) => Object.keys(record)))];
  const known = new Set(names);
  const notes = [isList ? "JSON: a list of objects" : "JSON: an object per line"];
  let late = false;
  const blocks = blocksOf(rows, names.length, (value, line) => {
    if (!isRecord(value))
      throw new FormatError(`${operation}: every value must be an object like the first; number ${line} is none`, 0);
    if (!late && Object.keys(value).some((key) => !known.has(key))) {
      late = true;
      notes.push(`object ${line} has a key that the first ${first.length} do not have: it is left out`);
    }
    return names.map((name) => (Object.hasOwn(value, name) ? value[name] : null));
  });
  return checkedTable(operation, names, blocks, notes);
}

/** A list of lists is a list of rows, the first of which may name the columns; a list of numbers is a column. */
function listTable(
  { operation, header }: CheckedOptions,
  first: readonly unknown[],
  rows: AsyncIterable<unknown[]>,
): OpenedTable {
  const [head, second] = first.map((value) => (Array.isArray(value) ? value : [value]));
  const isNames =
    header ?? (head.every((cell) => typeof cell === "string") && (second ?? []).some((cell) => isNumeric(cell)));
  const names = isNames ? head.map(String) : numberedNames(head.length);
  const notes = isNames
    ? ["JSON: a list of rows, the first of names"]
    : ["JSON: a list of rows without names: columns are called c1, c2, …"];
  let skip = isNames;
  const blocks = blocksOf(rows, names.length, (value, line) => {
    if (skip) {
      skip = false;
      return null;
    }
    const row = Array.isArray(value) ? value : [value];
    if (row.length === names.length) return row;
    const counts = `row ${line} has ${row.length}, the first ${names.length}`;
    throw new CsvError(`${operation}: every row must have as many cells as the first; ${counts}`, line, null);
  });
  return checkedTable(operation, names, blocks, notes);
}

function isNumeric(cell: unknown): boolean {
  return typeof cell === "number" || (typeof cell === "string" && !Number.isNaN(numberOfText(cell)));
}

function checkedTable(
  operation: string,
  names: readonly string[],
  blocks: AsyncIterable<TableBlock>,
  notes: string[],
  rowNames: OpenedTable["rowNames"] = null,
): OpenedTable {
  const fault = faultOfNames(names);
  if (fault !== null) throw new CsvError(`${operation}: ${fault.message}`, 1, names[fault.index] ?? null);
  return valueTable(names, blocks, notes, rowNames);
}

/** The rows as blocks; a row that `cellsOf` makes null is none. */
async function* blocksOf(
  rows: AsyncIterable<unknown[]>,
  width: number,
  cellsOf: (value: unknown, line: number) => readonly unknown[] | null,
): AsyncGenerator<TableBlock> {
  let line = 0;
  for await (const batch of rows) {
    const columns: unknown[][] = Array.from({ length: width }, () => []);
    const before = line;
    let left = 0;
    for (const value of batch) {
      const cells = cellsOf(value, ++line);
      if (cells === null) left++;
      else for (let j = 0; j < width; j++) columns[j].push(cells[j]);
    }
    yield new ValueBlock(columns, batch.length - left, before + left + 1);
  }
}

async function* onlyBlock(block: TableBlock): AsyncGenerator<TableBlock> {
  yield block;
}

async function* rowsOf(batches: AsyncGenerator<unknown[]>, first: unknown[]): AsyncGenerator<unknown[]> {
  yield first;
  yield* batches;
}

/** The values of a JSON text, in batches. */
async function* batchesOf(operation: string, source: ByteSource, splitter: JsonSplitter): AsyncGenerator<unknown[]> {
  let values: unknown[] = [];
  const add = (parts: readonly JsonPart[]): void => {
    for (const part of parts) values.push(parseJson(operation, part));
  };
  for await (const chunk of source.chunks()) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      add(splitter.feed(chunk.subarray(at, at + PIECE)));
      if (values.length < BLOCK_ROWS) continue;
      yield values;
      values = [];
    }
  }
  add(splitter.finish());
  if (values.length > 0) yield values;
}
