import { FormatError } from "../formatError.ts";
import type { ByteSource } from "./byteSource.ts";
import { quote } from "./cellTexts.ts";
import { faultOfNames } from "./names.ts";
import { type NpyTable, npyNames, npyTable } from "./npy.ts";
import { type OpenedTable, valueTable } from "./openedTable.ts";
import type { TableBlock } from "./tableBlock.ts";
import type { CheckedOptions } from "./tableOptions.ts";
import { ValueBlock, type ValueColumn } from "./valueBlock.ts";
import { type ZipEntry, zipBytes, zipEntries, zipStream } from "./zip.ts";

/** Rows of an array that make a block. */
const BLOCK_ROWS = 1 << 16;

/** The only table in a zip archive: its arrays if it is one of NumPy, else the bytes of its only file. Throws FormatError. */
export async function openZip(
  source: ByteSource,
  options: CheckedOptions,
): Promise<OpenedTable | AsyncIterable<Uint8Array>> {
  const { operation } = options;
  const bytes = await source.whole();
  const entries = zipEntries(operation, bytes);
  refuseDocuments(operation, entries);
  const files = entries.filter(({ name }) => !/(?:^|\/)(?:__MACOSX|\.)/.test(name));
  if (files.length > 0 && files.every(({ name }) => name.endsWith(".npy"))) return arraysOf(operation, bytes, files);
  if (files.length === 1) return zipStream(operation, bytes, files[0]);
  const names = files.slice(0, 5).map(({ name }) => quote(name));
  const rule = "a zip archive must hold one table";
  throw new FormatError(
    `${operation}: ${rule}; got ${files.length} files ${names.join(", ")}; unpack it and read one of them`,
    0,
  );
}

/** Throws FormatError for documents that are zip archives inside. */
function refuseDocuments(operation: string, entries: readonly ZipEntry[]): void {
  const has = (start: string): boolean => entries.some(({ name }) => name.startsWith(start));
  const kind = has("xl/")
    ? "an Excel workbook"
    : has("content.xml")
      ? "an OpenDocument spreadsheet"
      : has("Index/") && has("Metadata/")
        ? "a Numbers spreadsheet"
        : has("word/")
          ? "a Word document"
          : null;
  if (kind === null) return;
  throw new FormatError(
    `${operation}: the file must be a table in a format that diffeo reads; got ${kind}; export it as CSV`,
    0,
  );
}

async function arraysOf(operation: string, bytes: Uint8Array, files: readonly ZipEntry[]): Promise<OpenedTable> {
  const arrays: (NpyTable & { readonly name: string })[] = [];
  for (const file of files) {
    const table = npyTable(operation, await zipBytes(operation, bytes, file), file.offset);
    arrays.push({ ...table, name: file.name.replace(/\.npy$/, "") });
  }
  const [{ rows }] = arrays;
  if (arrays.some((array) => array.rows !== rows)) {
    const sizes = arrays.map(({ name, rows, columns }) => `${quote(name)} ${rows} × ${columns.length}`).join(", ");
    throw new FormatError(
      `${operation}: arrays that make a table must have as many rows as each other; got ${sizes}; save the one to read by itself (np.save)`,
      0,
    );
  }
  const names = arrays.length === 1 && !arrays[0].vector ? npyNames(arrays[0]) : arrays.flatMap(namesWithin);
  return arrayTable(
    operation,
    names,
    arrays.flatMap(({ columns }) => columns),
    rows,
    "arrays of NumPy",
  );
}

/** The names of the columns of one array among others. */
function namesWithin({ name, vector, names, columns }: NpyTable & { readonly name: string }): readonly string[] {
  return vector ? [name] : (names ?? columns.map((_, j) => `${name}${j + 1}`));
}

/** The table of an array of NumPy in a file of its own. Throws FormatError. */
export async function openNpy(source: ByteSource, { operation }: CheckedOptions): Promise<OpenedTable> {
  const table = npyTable(operation, await source.whole());
  return arrayTable(operation, npyNames(table), table.columns, table.rows, "an array of NumPy");
}

function arrayTable(
  operation: string,
  names: readonly string[],
  columns: readonly ValueColumn[],
  rows: number,
  note: string,
): OpenedTable {
  const fault = faultOfNames(names);
  if (fault !== null) throw new FormatError(`${operation}: ${fault.message}`, 0);
  return valueTable(names, slices(columns, rows), [note]);
}

async function* slices(columns: readonly ValueColumn[], rows: number): AsyncGenerator<TableBlock> {
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(rows, start + BLOCK_ROWS);
    yield new ValueBlock(
      columns.map(
        (column) => (column as Float64Array).subarray?.(start, end) ?? Array.prototype.slice.call(column, start, end),
      ),
      end - start,
      start + 1,
    );
  }
}
