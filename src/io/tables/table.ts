import { DomainError, describeValue } from "../../tensor/errors.ts";
import { printedAs } from "../../tensor/print.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type BlankCells, quote, reasonOf, remedyFor } from "./cellTexts.ts";
import {
  asSetAside,
  type ColumnReport,
  countCells,
  emptyReport,
  isNumeric,
  type SetAsideColumn,
} from "./columnReport.ts";
import { CsvError } from "./csvError.ts";
import { placeOf, placesOf } from "./names.ts";
import { chosenRows, finiteNumbers, kindOfOther, type TableBlock } from "./tableBlock.ts";

/** What a table is made of. */
export interface TableParts {
  readonly names: readonly string[];
  /** Which cell of a row each name stands for; 0, 1, 2 … if absent. */
  readonly positions?: readonly number[];
  readonly blocks: readonly TableBlock[];
  readonly blanks: BlankCells;
  /** The name of the row names, and which cell of a row they are; null or absent if there are none. */
  readonly rowNames?: { readonly name: string; readonly position: number } | null;
  readonly notes?: readonly string[];
  readonly dropped?: number;
}

/**
 * A table with named columns, kept as it was read; cells become numbers when they are asked for.
 *
 * A cell is a number, infinite, blank (a value is missing), or text. {@link readTable}, {@link readCsv} and {@link fromRows} make
 * tables.
 *
 * @example
 * const table = readCsv("length,mass,sex\n39.1,3750,male\n,,\n40.3,3250,female\n");
 * table.numericColumns; // ["length", "mass"]
 * const known = table.dropMissing(["length", "mass"]);
 * known.dropped; // 1
 * known.matrix(["length", "mass"]); // [[39.1, 3750], [40.3, 3250]]
 * known.cells("sex"); // ["male", "female"]
 */
export class Table {
  /** The names of the columns, in order. */
  readonly names: readonly string[];
  /** The number of rows, the header not counted. */
  readonly rows: number;
  /** How many rows {@link dropMissing} has left out on the way to this table. */
  readonly dropped: number;
  /** What was recognised in the file, in sentences: separators, decimal commas, lines that were skipped. */
  readonly notes: readonly string[];
  /**
   * The name given to a first column without a name, the row names of R or the index of pandas; null if there is none. It is not among
   * the {@link names}, but {@link cells} gives its cells.
   */
  readonly rowNames: string | null;
  /** For other files of this folder. */
  readonly parts: TableParts;
  private readonly places: ReadonlyMap<string, number>;
  private reports: readonly ColumnReport[] | null = null;

  /** Takes the blocks as they are; each has a cell for every position. */
  constructor(parts: TableParts) {
    const { names, positions, blocks, rowNames = null, notes = [], dropped = 0 } = parts;
    this.parts = parts;
    this.names = names;
    this.rows = blocks.reduce((rows, block) => rows + block.rows, 0);
    this.dropped = dropped;
    this.notes = notes;
    this.rowNames = rowNames?.name ?? null;
    this.places = new Map(names.map((name, j) => [name, positions?.[j] ?? j]));
  }

  static {
    printedAs(Table.prototype, "Table", function () {
      const { length } = this.names;
      return `Table of ${this.rows} rows and ${length} columns: ${this.names.slice(0, 20).join(", ")}${length > 20 ? ", …" : ""}`;
    });
  }

  /** What the cells of each column are, counted, in the order of {@link names}. Looks at every cell, once. */
  get columnReports(): readonly ColumnReport[] {
    this.reports ??= this.names.map((name) => this.reportOf(name));
    return this.reports;
  }

  /** The columns to make a matrix of: at least one number, otherwise only numbers and blanks. Looks at every cell. */
  get numericColumns(): string[] {
    return this.columnReports.filter(isNumeric).map(({ name }) => name);
  }

  /** The columns that are not among the {@link numericColumns}. */
  get skipped(): string[] {
    return this.columnReports.filter((report) => !isNumeric(report)).map(({ name }) => name);
  }

  /** The columns that are no numbers, with the reason and the first cell that is none. Columns with ±∞ are not among them. */
  get setAside(): SetAsideColumn[] {
    return this.columnReports.flatMap((report) => asSetAside(report) ?? []);
  }

  /** The line of the file on which row i begins, counted from 1; of formats without lines the number of the row. Throws DomainError for a row that is not there. */
  lineOf(row: number): number {
    let first = 0;
    for (const block of this.parts.blocks) {
      if (row >= first && row < first + block.rows) return block.lineOf(Math.floor(row - first));
      first += block.rows;
    }
    throw new DomainError(`lineOf: the row must be one of ${this.rows}, from 0; got ${describeValue(row)}`);
  }

  /**
   * The cells of a column as they were written, e.g. the labels of a class; `cells(table.rowNames)` are the row names. Throws DomainError for
   * an unknown name.
   */
  cells(name: string): string[] {
    const { rowNames } = this.parts;
    const isRowNames = rowNames !== null && rowNames !== undefined && rowNames.name === name;
    const column = isRowNames ? rowNames.position : placeOf("cells", name, this.places);
    return this.parts.blocks.flatMap((block) => Array.from({ length: block.rows }, (_, i) => block.text(i, column)));
  }

  /** The numbers of a column, [rows]. Throws CsvError at the first cell that is text, infinite or blank, DomainError for an unknown name. */
  column(name: string): Tensor {
    return new Tensor(this.numbers("column", [placeOf("column", name, this.places)], [name]), [this.rows]);
  }

  /** The numbers of these columns, of all if absent, [rows, columns]. Throws CsvError at the first cell that is no number, DomainError for unknown names. */
  matrix(names: readonly string[] = this.names): Tensor {
    const columns = placesOf("matrix", names, this.places);
    return new Tensor(this.numbers("matrix", columns, names), [this.rows, columns.length]);
  }

  /** The lines of the rows in which one of these columns, of all if absent, is blank or infinite. Throws DomainError for unknown names. */
  missing(names: readonly string[] = this.names): number[] {
    const columns = placesOf("missing", names, this.places);
    return this.parts.blocks.flatMap((block) => {
      const complete = this.completeRows(block, columns);
      return Array.from({ length: block.rows }, (_, i) => i)
        .filter((i) => complete[i] === 0)
        .map((i) => block.lineOf(i));
    });
  }

  /** The table without those rows; the new table's {@link dropped} counts them. Throws as {@link missing}. */
  dropMissing(names: readonly string[] = this.names): Table {
    const columns = placesOf("dropMissing", names, this.places);
    const blocks = this.parts.blocks.map((block) => {
      const complete = this.completeRows(block, columns);
      const kept = Uint32Array.from({ length: block.rows }, (_, i) => i).filter((i) => complete[i] === 1);
      return kept.length === block.rows ? block : chosenRows(block, kept);
    });
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
    return new Table({ ...this.parts, blocks, dropped: this.dropped + this.rows - rows });
  }

  private reportOf(name: string): ColumnReport {
    const report = emptyReport(name);
    for (const block of this.parts.blocks) {
      countCells(report, block, placeOf("columnReports", name, this.places), this.parts.blanks);
    }
    return report;
  }

  /** 1 for each row without a blank or infinite cell, 0 for the others. [rows of the block] */
  private completeRows(block: TableBlock, columns: readonly number[]): Uint8Array {
    const { blanks } = this.parts;
    const complete = new Uint8Array(block.rows).fill(1);
    for (const column of columns) {
      const values = finiteNumbers(block, column, blanks);
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== values[i] && kindOfOther(block, i, column, blanks) !== "text") complete[i] = 0;
      }
    }
    return complete;
  }

  private numbers(operation: string, columns: readonly number[], names: readonly string[]): Float64Array {
    const D = columns.length;
    const data = new Float64Array(this.rows * D);
    let first = 0;
    for (const block of this.parts.blocks) {
      let bad = { row: block.rows, j: 0 };
      for (let j = 0; j < D; j++) {
        const values = finiteNumbers(block, columns[j], this.parts.blanks);
        for (let i = 0; i < values.length; i++) {
          data[(first + i) * D + j] = values[i];
          if (values[i] !== values[i] && i < bad.row) bad = { row: i, j };
        }
      }
      if (bad.row < block.rows) throw this.notANumber(operation, block, bad.row, columns[bad.j], names[bad.j]);
      first += block.rows;
    }
    return data;
  }

  private notANumber(operation: string, block: TableBlock, row: number, column: number, name: string): CsvError {
    const line = block.lineOfCell(row, column);
    const cell = block.excerpt(row, column);
    const place = `${quote(cell)} on line ${line} in column ${quote(name)}`;
    const kind = kindOfOther(block, row, column, this.parts.blanks);
    const rule = kind === "blank" ? "no cell may be blank" : "cells must be finite numbers";
    const remedy = kind === "text" ? remedyFor(reasonOf(cell)) : "; dropMissing() leaves such rows out";
    return new CsvError(`${operation}: ${rule}; got ${place}${remedy}`, line, name);
  }
}
