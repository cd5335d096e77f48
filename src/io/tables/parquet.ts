import { DomainError } from "../../tensor/errors.ts";
import { FormatError } from "../formatError.ts";
import { faultOfNames } from "./names.ts";
import { columnTable, type OpenedTable, PANDAS_INDEX } from "./openedTable.ts";
import type { TableBlock } from "./tableBlock.ts";
import { type CheckedOptions, loaded } from "./tableOptions.ts";
import { ValueBlock, type ValueColumn } from "./valueBlock.ts";

/** What is used of the module `hyparquet`, which is handed in: diffeo has no dependencies. */
export interface ParquetModule {
  /** Reads the rows of a file. */
  // biome-ignore lint/suspicious/noExplicitAny: of another package, whose types may change
  parquetRead(options: any): Promise<void>;
  /** Reads what a file says about itself. */
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  parquetMetadata(file: ArrayBuffer): any;
  /** The columns that it has. */
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  parquetSchema(metadata: any): any;
  /** The functions of `hyparquet-compressors`, for files that are packed by other means than Snappy. */
  readonly compressors?: object;
}

/** What is used of the description of a file. */
interface Metadata {
  readonly row_groups: readonly { readonly num_rows: bigint }[];
}

/** Rows that are decoded at a time. */
const BLOCK_ROWS = 1 << 16;

/** The table in a Parquet file, of which only the columns that are kept are decoded. Throws DomainError without a reader, FormatError. */
export async function openParquet(bytes: Uint8Array, options: CheckedOptions): Promise<OpenedTable> {
  const { operation, readers, columns: wanted } = options;
  const module = await loaded(readers?.parquet);
  if (typeof module?.parquetRead !== "function") {
    const remedy =
      "npm install hyparquet hyparquet-compressors, and hand it in: readers: { parquet: { ...hyparquet, compressors } }";
    throw new DomainError(`${operation}: a Parquet file needs the package hyparquet; got no reader; ${remedy}`);
  }
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const describe = (): { metadata: Metadata; names: string[] } => {
    const metadata = module.parquetMetadata(file);
    const { children } = module.parquetSchema(metadata) as { children: { element: { name: string } }[] };
    const names = children.map(({ element }) => element.name);
    const groups = (metadata as Metadata).row_groups;
    if (!names.every((name) => typeof name === "string") || !groups.every(({ num_rows }) => num_rows >= 0n)) {
      throw new Error("a column without a name, or a group without rows");
    }
    return { metadata, names };
  };
  const { metadata, names } = attempt(operation, describe);
  const fault = faultOfNames(names);
  if (fault !== null) throw new FormatError(`${operation}: ${fault.message}`, bytes.length);
  const kept = wanted === undefined ? names : names.filter((name) => wanted.includes(name) || name === PANDAS_INDEX);
  const places = new Map(kept.map((name, j) => [name, j]));
  async function* blocks(): AsyncGenerator<TableBlock> {
    let start = 0;
    for (const { num_rows } of metadata.row_groups) {
      const end = start + Number(num_rows);
      for (let rowStart = start; rowStart < end; rowStart += BLOCK_ROWS) {
        const rowEnd = Math.min(end, rowStart + BLOCK_ROWS);
        const columns = await decoded(operation, module as ParquetModule, file, metadata, kept, rowStart, rowEnd);
        yield new ValueBlock(
          names.map((name) => columns[places.get(name) ?? -1]),
          rowEnd - rowStart,
          rowStart + 1,
        );
      }
      start = end;
    }
  }
  return columnTable(names, blocks(), "a Parquet file");
}

async function decoded(
  operation: string,
  { parquetRead, compressors }: ParquetModule,
  file: ArrayBuffer,
  metadata: Metadata,
  names: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<ValueColumn[]> {
  let rows: readonly (readonly unknown[])[] = [];
  const options = {
    file: { byteLength: file.byteLength, slice: (start: number, end?: number) => file.slice(start, end) },
    metadata,
    columns: names,
    rowStart,
    rowEnd,
    rowFormat: "array",
    onComplete: (read: unknown[][]) => {
      rows = read;
    },
    ...(compressors === undefined ? {} : { compressors }),
  };
  try {
    await parquetRead(options);
  } catch (error) {
    throw refusal(operation, error);
  }
  if (rows.length !== rowEnd - rowStart) {
    throw new FormatError(
      `${operation}: a Parquet file must have the rows that it says; ${rowEnd - rowStart} rows from ${rowStart} are ${rows.length}`,
      0,
    );
  }
  return names.map((_, j) => rows.map((row) => row[j]));
}

function attempt<Result>(operation: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw refusal(operation, error);
  }
}

function refusal(operation: string, error: unknown): FormatError {
  const reason = String((error as Error | null)?.message ?? error).split("\n")[0];
  const remedy = /compression codec/.test(reason)
    ? "; readers: { parquet: { ...hyparquet, compressors } } with the compressors of hyparquet-compressors reads it"
    : "";
  return new FormatError(`${operation}: hyparquet must be able to read the file; it says: ${reason}${remedy}`, 0);
}
