import { FormatError } from "../formatError.ts";
import type { ValueColumn } from "./valueBlock.ts";

/** An object of a JSON text. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether a value is an object, neither null nor a list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A table that is one JSON object. */
export interface JsonDocument {
  readonly names: readonly string[];
  /** The columns, and after them the row names if there are any. */
  readonly columns: readonly ValueColumn[];
  readonly rows: number;
  readonly rowNames: { readonly name: string; readonly position: number } | null;
  readonly notes: string[];
}

/** The table that an object holds as a whole; null if it is the only row of one. Throws FormatError for columns of different lengths. */
export function jsonDocument(operation: string, document: JsonRecord): JsonDocument | null {
  const { columns, data, schema } = document;
  if (Array.isArray(columns) && columns.length > 0 && columns.every(isNamedColumn))
    return polarsColumns(operation, columns);
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray))
    return splitRows(operation, columns, data);
  if (isRecord(schema) && Array.isArray(data) && data.every(isRecord)) return pandasTable(operation, schema, data);
  const entries = Object.entries(document);
  if (entries.length === 0) return null;
  if (entries.every(([, value]) => Array.isArray(value))) {
    return made(operation, entries as [string, unknown[]][], "JSON: an object of columns");
  }
  if (entries.every(([, value]) => isRecord(value))) return nested(operation, entries as [string, JsonRecord][]);
  const lists = entries.filter(([, value]) => Array.isArray(value) && value.length > 0 && value.every(isRecord));
  if (lists.length !== 1) return null;
  const [[name, list]] = lists as [[string, JsonRecord[]]];
  return records(operation, list, `JSON: the list of objects under ${JSON.stringify(name)}`);
}

interface NamedColumn {
  readonly name: string;
  readonly values: readonly unknown[];
}

function isNamedColumn(value: unknown): value is NamedColumn {
  return isRecord(value) && typeof value.name === "string" && Array.isArray(value.values);
}

function polarsColumns(operation: string, columns: readonly NamedColumn[]): JsonDocument {
  return made(
    operation,
    columns.map(({ name, values }) => [name, values]),
    "JSON: columns as Polars writes them",
  );
}

/** `{"columns": […], "index": […], "data": [[…], …]}`: pandas, orient="split". */
function splitRows(operation: string, names: readonly unknown[], data: readonly (readonly unknown[])[]): JsonDocument {
  const bad = data.findIndex((row) => row.length !== names.length);
  if (bad >= 0)
    throw new FormatError(
      `${operation}: every row must have ${names.length} cells; row ${bad + 1} has ${data[bad].length}`,
      0,
    );
  return made(
    operation,
    names.map((name, j) => [String(name), data.map((row) => row[j])]),
    "JSON: columns and rows as pandas splits them",
  );
}

/** `{"schema": {"fields": […], "primaryKey": ["index"]}, "data": [{…}, …]}`: pandas, orient="table". */
function pandasTable(operation: string, schema: JsonRecord, data: readonly JsonRecord[]): JsonDocument {
  const keys = Array.isArray(schema.primaryKey) ? schema.primaryKey : [];
  return records(operation, data, "JSON: a table as pandas writes it", keys.length === 1 ? String(keys[0]) : null);
}

/** `{"x": {"0": 1, "1": 2}, …}` of pandas; its keys inside are those of rows, unless only those outside are numbers (orient="index"). */
function nested(operation: string, entries: readonly [string, JsonRecord][]): JsonDocument {
  const inner = Object.keys(entries[0][1]);
  if (entries.every(([key]) => isIndex(key)) && !inner.every(isIndex)) {
    return records(
      operation,
      entries.map(([, record]) => record),
      "JSON: rows by their index, as pandas writes them",
    );
  }
  const keys = [...new Set(entries.flatMap(([, column]) => Object.keys(column)))];
  const columns = entries.map(([name, column]): [string, unknown[]] => [
    name,
    keys.map((key) => (Object.hasOwn(column, key) ? column[key] : null)),
  ]);
  const isCounted = keys.every((key, i) => key === String(i));
  return made(operation, columns, "JSON: columns as pandas writes them", isCounted ? null : keys);
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key);
}

function records(
  operation: string,
  list: readonly JsonRecord[],
  note: string,
  index: string | null = null,
): JsonDocument {
  const names = [...new Set(list.flatMap((record) => Object.keys(record)))].filter((name) => name !== index);
  const cells = (name: string): unknown[] => list.map((record) => (Object.hasOwn(record, name) ? record[name] : null));
  return made(
    operation,
    names.map((name) => [name, cells(name)]),
    note,
    index === null ? null : cells(index),
  );
}

function made(
  operation: string,
  columns: readonly (readonly [string, readonly unknown[]])[],
  note: string,
  rowNames: readonly unknown[] | null = null,
): JsonDocument {
  const rows = columns[0]?.[1].length ?? 0;
  const uneven = columns.find(([, cells]) => cells.length !== rows);
  if (uneven !== undefined) {
    const [name, cells] = uneven;
    throw new FormatError(
      `${operation}: columns must be as long as each other; ${JSON.stringify(name.slice(0, 40))} has ${cells.length} cells, the first ${rows}`,
      0,
    );
  }
  const names = columns.map(([name]) => name);
  let free = "row name";
  while (names.includes(free)) free += "_";
  return {
    names,
    columns: [...columns.map(([, cells]) => cells), ...(rowNames === null ? [] : [rowNames])],
    rows,
    rowNames: rowNames === null ? null : { name: free, position: names.length },
    notes: rowNames === null ? [note] : [note, "the index is set aside as row names"],
  };
}
