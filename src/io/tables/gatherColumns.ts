import { DomainError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import type { BlankCells } from "./cellTexts.ts";
import { type ColumnReport, countCells, emptyReport, type OpenReport } from "./columnReport.ts";
import { checkTexts, placeOf } from "./names.ts";
import type { TableStream } from "./readTable.ts";
import type { Table } from "./table.ts";
import type { TableBlock } from "./tableBlock.ts";

/** Rows in pieces: a stream, or a table that is there. */
export interface GatherSource extends Pick<TableStream, "names"> {
  readonly pieces: Iterable<Table> | AsyncIterable<Table>;
}

/** Which columns are gathered. */
export interface GatherOptions {
  /** Only these, in this order. */
  readonly columns?: readonly string[];
  /** All but these. */
  readonly exclude?: readonly string[];
  /** The columns whose texts are kept, too: labels. */
  readonly labels?: readonly string[];
  /** Is told after each piece how many rows have been read. */
  readonly onPiece?: (rows: number) => void;
}

/** A column that was gathered. */
export interface GatheredColumn extends ColumnReport {
  /** The finite numbers, NaN elsewhere; null for a column with a text. [rows] */
  readonly values: Float64Array | null;
  /** The texts of all cells, where they were asked for; null otherwise. [rows] */
  readonly labels: readonly string[] | null;
}

/** What came of one pass over a table. */
export interface GatheredColumns {
  readonly columns: readonly GatheredColumn[];
  readonly rows: number;
  /** The line of the file on which row i begins. */
  lineOf(row: number): number;
}

/**
 * The numbers of the columns of a stream, and what else is in them, in one pass. Other columns are not parsed; of a column with a text only the counts are kept.
 *
 * Cost: linear. Memory: 8 bytes for a number, and the piece that is being read.
 */
export async function gatherColumns(stream: GatherSource, options: GatherOptions = {}): Promise<GatheredColumns> {
  checkOptions("gatherColumns", options, { columns: true, exclude: true, labels: true, onPiece: true });
  const names = chosenNames(stream.names, options);
  const columns = names.map((name) => new GrowingColumn(name, options.labels?.includes(name) === true));
  const known = new Map(stream.names.map((name, j) => [name, j]));
  const places = names.map((name) => placeOf("gatherColumns", name, known));
  const lines = new LineIndex();
  let rows = 0;
  for await (const piece of stream.pieces) {
    const { blocks, positions, blanks } = piece.parts;
    for (const block of blocks) {
      for (const [k, column] of columns.entries()) column.add(block, positions?.[places[k]] ?? places[k], blanks);
      lines.add(block);
      rows += block.rows;
    }
    options.onPiece?.(rows);
  }
  return { columns: columns.map((column) => column.finish()), rows, lineOf: (row) => lines.lineOf(row) };
}

function chosenNames(known: readonly string[], { columns = known, exclude = [] }: GatherOptions): string[] {
  checkTexts("gatherColumns", "columns", columns);
  checkTexts("gatherColumns", "exclude", exclude);
  const places = new Map(known.map((name, j) => [name, j]));
  for (const name of [...columns, ...exclude]) placeOf("gatherColumns", name, places);
  return columns.filter((name) => !exclude.includes(name));
}

/** Rows that a column has room for at first. */
const FIRST_ROWS = 1 << 14;

/**
 * A column whose length is not known yet. It doubles its room, and what is beyond its end is never written to: untouched memory takes none, and
 * there is no copy at the end.
 */
class GrowingColumn {
  readonly report: OpenReport;
  private values: Float64Array = new Float64Array(FIRST_ROWS);
  private rows = 0;
  /** Null unless texts are kept. */
  private readonly texts: string[] | null;

  constructor(name: string, keepTexts: boolean) {
    this.report = emptyReport(name);
    this.texts = keepTexts ? [] : null;
  }

  add(block: TableBlock, column: number, blanks: BlankCells): void {
    if (this.texts !== null) for (let i = 0; i < block.rows; i++) this.texts.push(block.text(i, column));
    // of a column with a text only the counts are kept
    if (this.report.texts > 0) {
      countCells(this.report, block, column, blanks);
      return;
    }
    const end = this.rows + block.rows;
    if (end > this.values.length) {
      const larger = new Float64Array(Math.max(end, 2 * this.values.length));
      larger.set(this.values.subarray(0, this.rows));
      this.values = larger;
    }
    countCells(this.report, block, column, blanks, this.values.subarray(this.rows, end));
    if (this.report.texts > 0) this.values = new Float64Array(0);
    this.rows = end;
  }

  finish(): GatheredColumn {
    const values = this.report.texts > 0 ? null : this.values.subarray(0, this.rows);
    return { ...this.report, values, labels: this.texts };
  }
}

/** The lines of rows; those of consecutive rows, by the first. */
class LineIndex {
  private readonly firstRows: number[] = [];
  private readonly blocks: { readonly first: number; readonly lines: Uint32Array | null }[] = [];
  private rows = 0;

  add(block: TableBlock): void {
    if (block.rows === 0) return;
    const first = block.lineOf(0);
    const together = block.lineOf(block.rows - 1) - first === block.rows - 1;
    const lines = together ? null : Uint32Array.from({ length: block.rows }, (_, i) => block.lineOf(i));
    this.firstRows.push(this.rows);
    this.blocks.push({ first, lines });
    this.rows += block.rows;
  }

  lineOf(row: number): number {
    if (!(row >= 0 && row < this.rows))
      throw new DomainError(`lineOf: the row must be one of ${this.rows}; got ${row}`);
    let [low, high] = [0, this.firstRows.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.firstRows[middle] <= row) low = middle;
      else high = middle;
    }
    const { first, lines } = this.blocks[low];
    const within = row - this.firstRows[low];
    return lines === null ? first + within : lines[within];
  }
}
