import { DomainError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { type ColumnReport, countCells, emptyReport, type OpenReport } from "./columnReport.ts";
import { checkTexts, placeOf } from "./names.ts";
import type { TableStream } from "./readTable.ts";
import type { TableBlock } from "./tableBlock.ts";

/** Which columns are gathered. */
export interface GatherOptions {
  /** Only these, in this order. */
  readonly columns?: readonly string[];
  /** All but these. */
  readonly exclude?: readonly string[];
  /** Is told after each piece how many rows have been read. */
  readonly onPiece?: (rows: number) => void;
}

/** A column that was gathered. */
export interface GatheredColumn extends ColumnReport {
  /** The finite numbers, NaN elsewhere; null for a column with a text. [rows] */
  readonly values: Float64Array | null;
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
export async function gatherColumns(stream: TableStream, options: GatherOptions = {}): Promise<GatheredColumns> {
  checkOptions("gatherColumns", options, { columns: true, exclude: true, onPiece: true });
  const names = chosenNames(stream.names, options);
  const columns = names.map((name) => new GrowingColumn(name));
  const lines = new LineIndex();
  let rows = 0;
  for await (const piece of stream.pieces) {
    const { blocks, positions, blanks } = piece.parts;
    for (const block of blocks) {
      for (const column of columns) {
        const j = stream.names.indexOf(column.report.name);
        column.add(countCells(column.report, block, positions?.[j] ?? j, blanks));
      }
      lines.add(block);
      rows += block.rows;
    }
    options.onPiece?.(rows);
  }
  return { columns: columns.map((column) => column.finish(rows)), rows, lineOf: (row) => lines.lineOf(row) };
}

function chosenNames(known: readonly string[], { columns = known, exclude = [] }: GatherOptions): string[] {
  checkTexts("gatherColumns", "columns", columns);
  checkTexts("gatherColumns", "exclude", exclude);
  const places = new Map(known.map((name, j) => [name, j]));
  for (const name of [...columns, ...exclude]) placeOf("gatherColumns", name, places);
  return columns.filter((name) => !exclude.includes(name));
}

/** A column whose length is not known yet. */
class GrowingColumn {
  readonly report: OpenReport;
  /** null once a text has been seen. */
  private parts: Float64Array[] | null = [];

  constructor(name: string) {
    this.report = emptyReport(name);
  }

  add(values: Float64Array): void {
    if (this.report.texts > 0) this.parts = null;
    this.parts?.push(values);
  }

  /** The column in one array; its parts are let go. */
  finish(rows: number): GatheredColumn {
    if (this.parts === null) return { ...this.report, values: null };
    const values = new Float64Array(rows);
    let end = 0;
    for (const part of this.parts.splice(0)) {
      values.set(part, end);
      end += part.length;
    }
    return { ...this.report, values };
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
