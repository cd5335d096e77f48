import { DomainError } from "../../tensor/errors.ts";
import { FormatError } from "../formatError.ts";
import { faultOfNames } from "./names.ts";
import { columnTable, type OpenedTable } from "./openedTable.ts";
import type { TableBlock } from "./tableBlock.ts";
import { type CheckedOptions, loaded } from "./tableOptions.ts";
import { ValueBlock, type ValueColumn } from "./valueBlock.ts";

/** What is used of the module `apache-arrow`, which is handed in: diffeo has no dependencies. */
export interface ArrowModule {
  /** Reads a file, or a stream, of Arrow. */
  // biome-ignore lint/suspicious/noExplicitAny: of another package, whose types may change
  tableFromIPC(bytes: any): any;
}

/** What is used of a table of Arrow. */
interface ArrowTable {
  readonly schema: { readonly fields: readonly ArrowField[] };
  readonly batches: readonly ArrowBatch[];
}

interface ArrowField {
  readonly name: string;
  readonly type: { toString(): string; readonly scale?: number };
}

interface ArrowBatch {
  readonly numRows: number;
  getChildAt(column: number): ArrowVector | null;
}

interface ArrowVector {
  readonly length: number;
  readonly nullCount: number;
  get(row: number): unknown;
  toArray(): ArrayLike<unknown>;
}

/** The table in an Arrow file or stream (Feather of version 2). Throws DomainError without a reader, FormatError. */
export async function openArrow(bytes: Uint8Array, { operation, readers }: CheckedOptions): Promise<OpenedTable> {
  const module = await loaded(readers?.arrow);
  if (typeof module?.tableFromIPC !== "function") {
    const remedy = "npm install apache-arrow, and hand it in: readers: { arrow }";
    throw new DomainError(`${operation}: an Arrow file needs the package apache-arrow; got no reader; ${remedy}`);
  }
  const { table, batches } = decoded(operation, module, bytes);
  const { fields } = table.schema;
  const names = fields.map(({ name }) => String(name ?? ""));
  const fault = faultOfNames(names);
  if (fault !== null) throw new FormatError(`${operation}: ${fault.message}`, 0);
  async function* blocks(): AsyncGenerator<TableBlock> {
    let line = 1;
    for (const { columns, rows } of batches) {
      yield new ValueBlock(columns, rows, line);
      line += rows;
    }
  }
  return columnTable(names, blocks(), "an Arrow file");
}

interface Batch {
  readonly columns: readonly ValueColumn[];
  readonly rows: number;
}

function decoded(operation: string, module: ArrowModule, bytes: Uint8Array): { table: ArrowTable; batches: Batch[] } {
  try {
    const table = module.tableFromIPC(bytes) as ArrowTable;
    const batches = table.batches.map((batch) => ({
      rows: batch.numRows,
      columns: table.schema.fields.map((field, j) => columnOf(field, batch.getChildAt(j), batch.numRows)),
    }));
    return { table, batches };
  } catch (error) {
    const reason = String((error as Error | null)?.message ?? error).split("\n")[0];
    const remedy = /codec|compress/i.test(reason) ? '; write it without compression: compression="uncompressed"' : "";
    throw new FormatError(`${operation}: apache-arrow must be able to read the file; it says: ${reason}${remedy}`, 0);
  }
}

/** The values of a column; dates, which Arrow keeps as numbers, become texts, and decimals numbers. */
function columnOf({ type }: ArrowField, vector: ArrowVector | null, rows: number): ValueColumn {
  if (vector === null) return Array.from({ length: rows }, () => null);
  const kind = String(type);
  if (/^(?:Float32|Float64|Int\d+|Uint\d+)$/.test(kind) && vector.nullCount === 0) return vector.toArray();
  const values = Array.from({ length: rows }, (_, i) => vector.get(i));
  if (/^(?:Date|Timestamp)/.test(kind))
    return values.map((value) => (typeof value === "number" ? isoTime(value) : value));
  if (/^(?:Time|Duration|Interval)/.test(kind))
    return values.map((value) => (value === null ? null : `${kind} ${value}`));
  if (/^Decimal/.test(kind))
    return values.map((value) => (value === null ? null : decimalText(String(value), type.scale ?? 0)));
  return values;
}

/** Milliseconds since 1970 as a day, and the time of the day if there is one. */
function isoTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / 86_400_000);
  // the days of the Gregorian calendar, counted from 1 March of the year 0: https://howardhinnant.github.io/date_algorithms.html
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1)}`;
  const seconds = Math.floor((milliseconds - day * 86_400_000) / 1000);
  if (milliseconds === day * 86_400_000) return date;
  return `${date}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** An integer as a decimal fraction: 12345 of scale 2 is 123.45. */
function decimalText(digits: string, scale: number): string {
  const negative = digits.startsWith("-");
  const padded = digits.slice(negative ? 1 : 0).padStart(scale + 1, "0");
  const whole = `${negative ? "-" : ""}${padded.slice(0, padded.length - scale)}`;
  return scale > 0 ? `${whole}.${padded.slice(padded.length - scale)}` : whole;
}
