import type { TableSource } from "./byteSource.ts";
import type { OpenedTable } from "./openedTable.ts";
import { openTable } from "./openTable.ts";
import { Table } from "./table.ts";
import type { TableBlock } from "./tableBlock.ts";
import { type CheckedOptions, checkTableOptions, type TableOptions } from "./tableOptions.ts";

/** A table of which the head has been read, and the rows come piece by piece. */
export interface TableStream {
  /** The names of the columns, in order. */
  readonly names: readonly string[];
  /** What was recognised in the file, in sentences. What is seen only while the rows are read is added by then. */
  readonly notes: readonly string[];
  /** The character between cells, `" "` for runs of blanks; null for formats that have none. */
  readonly separator: string | null;
  /** The decimal sign. */
  readonly decimal: "." | ",";
  /** The name given to a first column without a name, as {@link Table} has it; null if there is none. */
  readonly rowNames: string | null;
  /** The rows, some thousand at a time, in order. They can be read once; nothing is kept. The source is closed after the last, or where the loop is left. */
  readonly pieces: AsyncIterable<Table>;
}

/**
 * The table in a file, whatever program wrote it: CSV and its relatives with any separator, decimal commas, comments and quotes; JSON and NDJSON;
 * arrays of NumPy (.npy, .npz); packed with gzip or zip; Parquet and Arrow with a reader. The first bytes tell the format, the first rows how
 * a text is written, and {@link Table.notes} say what was recognised. {@link readCsv} guesses nothing.
 *
 * A first row of numbers over numbers is never taken for names; column names are trimmed. Cells become numbers when they are asked for.
 *
 * Cost: linear in the size of the file. Memory: the bytes of a text, unpacked, and 4 bytes for every cell. {@link streamTable} keeps nothing.
 *
 * Throws (the promise rejects) CsvError with line and column for rows and names that make no table, FormatError with the offset for damaged
 * files and formats that are not read, named with a remedy; LimitError for what is too large; DomainError for options that are not known, and for Parquet and Arrow
 * without a reader. An error of the source is passed on.
 *
 * @example
 * const table = await readTable("length;mass\n39,1;3750\n40,3;3250\n");
 * table.notes; // ["cells are separated by \";\"", "decimal commas"]
 * table.matrix(["length", "mass"]); // [[39.1, 3750], [40.3, 3250]]
 * // of a file: readTable(createReadStream("penguins.csv")), of a page: readTable((await fetch(url)).body)
 */
export async function readTable(source: TableSource, options: TableOptions = {}): Promise<Table> {
  const checked = checkTableOptions("readTable", options);
  const opened = await openTable(source, checked);
  const blocks: TableBlock[] = [];
  for await (const block of opened.blocks) blocks.push(block);
  return tableOf(opened, blocks, checked);
}

/**
 * The head of the table in a file, and its rows in pieces: {@link readTable} for files that are larger than memory. The rows of a text or of
 * NDJSON are read as they are asked for; other formats are held as bytes.
 *
 * Throws (the promise, or the loop over the pieces, rejects) what readTable throws.
 *
 * @example
 * const { names, pieces } = await streamTable("x,y\n1,2\n3,4\n");
 * let rows = 0;
 * for await (const piece of pieces) rows += piece.rows;
 * rows; // 2
 */
export async function streamTable(source: TableSource, options: TableOptions = {}): Promise<TableStream> {
  const checked = checkTableOptions("streamTable", options);
  const opened = await openTable(source, checked);
  const { names, notes, separator, decimal, rowNames } = opened;
  return { names, notes, separator, decimal, rowNames: rowNames?.name ?? null, pieces: piecesOf(opened, checked) };
}

async function* piecesOf(opened: OpenedTable, options: CheckedOptions): AsyncGenerator<Table> {
  for await (const block of opened.blocks) yield tableOf(opened, [block], options);
}

function tableOf(opened: OpenedTable, blocks: readonly TableBlock[], { blankCells }: CheckedOptions): Table {
  const { names, positions, rowNames, notes } = opened;
  return new Table({ names, positions, rowNames, notes: [...notes], blocks, blanks: blankCells });
}
