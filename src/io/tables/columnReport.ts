import { type BlankCells, reasonOf } from "./cellTexts.ts";
import { finiteNumbers, kindOfOther, type TableBlock } from "./tableBlock.ts";

/** A cell of a column: its line in the file, and what was written in it, at most 1000 characters. */
export interface CellPlace {
  /** Counted from 1. */
  readonly line: number;
  /** As it was written. */
  readonly cell: string;
}

/** What the cells of a column are: every cell is counted once. */
export interface ColumnReport {
  /** The name of the column. */
  readonly name: string;
  /** Cells that are finite numbers. */
  readonly numbers: number;
  /** Cells without a value. */
  readonly blanks: number;
  /** Cells that are ±∞. */
  readonly infinities: number;
  /** Cells that are none of these. */
  readonly texts: number;
  /** The first text; null if there is none. */
  readonly firstText: CellPlace | null;
  /** The first ±∞. */
  readonly firstInfinite: CellPlace | null;
  /** The line of the first blank cell. */
  readonly firstBlankLine: number | null;
}

/** A column that is no column of numbers, and why. */
export interface SetAsideColumn {
  /** The name of the column. */
  readonly name: string;
  /** `"dates"`, `"thousands separators"`, `"percent signs"`, `"true/false"`, `"lists or objects"`, `"text"`, `"no numbers"` … */
  readonly reason: string;
  /** The first cell that is no number, and its line; null where all are blank. */
  readonly line: number | null;
  /** The cell, as it was written. */
  readonly cell: string | null;
}

/** A report that is being written. */
export type OpenReport = { -readonly [Key in keyof ColumnReport]: ColumnReport[Key] };

/** The report of a column of which nothing has been seen. */
export function emptyReport(name: string): OpenReport {
  const counts = { numbers: 0, blanks: 0, infinities: 0, texts: 0 };
  return { name, ...counts, firstText: null, firstInfinite: null, firstBlankLine: null };
}

/** Counts the cells of a column of a block, and writes its finite numbers into an array if one is given, NaN elsewhere. [rows] */
export function countCells(
  report: OpenReport,
  block: TableBlock,
  column: number,
  blanks: BlankCells,
  into?: Float64Array,
): void {
  const values = finiteNumbers(block, column, blanks, into);
  for (let i = 0; i < block.rows; i++) {
    if (values[i] === values[i]) report.numbers++;
    else countOther(report, block, i, column, blanks);
  }
}

function countOther(report: OpenReport, block: TableBlock, row: number, column: number, blanks: BlankCells): void {
  const kind = kindOfOther(block, row, column, blanks);
  const place = (): CellPlace => ({ line: block.lineOfCell(row, column), cell: block.excerpt(row, column) });
  if (kind === "blank") {
    report.blanks++;
    report.firstBlankLine ??= block.lineOfCell(row, column);
  } else if (kind === "infinite") {
    report.infinities++;
    report.firstInfinite ??= place();
  } else {
    report.texts++;
    report.firstText ??= place();
  }
}

/** Whether a column is one to make a matrix of: at least one number, otherwise only blanks. */
export function isNumeric({ numbers, infinities, texts }: ColumnReport): boolean {
  return numbers > 0 && infinities === 0 && texts === 0;
}

/** The column as one that is set aside; null if it has numbers and no text. */
export function asSetAside({ name, numbers, infinities, firstText }: ColumnReport): SetAsideColumn | null {
  if (firstText !== null) return { name, reason: reasonOf(firstText.cell), ...firstText };
  return numbers + infinities > 0 ? null : { name, reason: "no numbers", line: null, cell: null };
}
