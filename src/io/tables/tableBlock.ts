import { type BlankCells, isInfinite, trimBlanks } from "./cellTexts.ts";

/**
 * Some consecutive rows of a table. A table is a list of blocks: what was read from text keeps its bytes, what was read
 * from numbers keeps those. Rows and columns count from 0.
 */
export interface TableBlock {
  readonly rows: number;
  /** The line on which row i begins; for formats without lines its number, counted from 1. */
  lineOf(row: number): number;
  /** The line on which a cell begins: quoted cells before it may have spread over several. */
  lineOfCell(row: number, column: number): number;
  /** The cell as it was written. */
  text(row: number, column: number): string;
  /** The same, but of a long cell only the beginning: what is not kept should not cost. */
  excerpt(row: number, column: number): string;
  /** Writes the finite numbers of a column into an array, NaN where a cell is something else. [rows] */
  numbers(column: number, into: Float64Array): void;
  /** Whether a cell is blank whatever its text: null, or the NaN of a binary format. */
  isNull(row: number, column: number): boolean;
}

/** Bytes or characters of a cell that an excerpt has at most. */
export const EXCERPT = 1000;

/** What a cell is. */
export type CellKind = "number" | "blank" | "infinite" | "text";

/** What a cell is that is no finite number. */
export function kindOfOther(block: TableBlock, row: number, column: number, blanks: BlankCells): CellKind {
  if (block.isNull(row, column)) return "blank";
  const text = block.excerpt(row, column);
  const trimmed = trimBlanks(text);
  if (blanks.texts.has(text) || blanks.texts.has(trimmed)) return "blank";
  if (trimmed !== "" && blanks.values.has(Number(trimmed.replace(",", ".")))) return "blank";
  return isInfinite(text) ? "infinite" : "text";
}

/** Writes the finite numbers of a column that are not declared blank into an array, NaN elsewhere. Returns the array. [rows] */
export function finiteNumbers(
  block: TableBlock,
  column: number,
  blanks: BlankCells,
  into: Float64Array = new Float64Array(block.rows),
): Float64Array {
  block.numbers(column, into);
  if (blanks.values.size === 0) return into;
  for (let i = 0; i < block.rows; i++) if (blanks.values.has(into[i])) into[i] = Number.NaN;
  return into;
}

/** The rows of a block that were chosen, in order. */
export function chosenRows(block: TableBlock, chosen: Uint32Array): TableBlock {
  return {
    rows: chosen.length,
    lineOf: (row) => block.lineOf(chosen[row]),
    lineOfCell: (row, column) => block.lineOfCell(chosen[row], column),
    text: (row, column) => block.text(chosen[row], column),
    excerpt: (row, column) => block.excerpt(chosen[row], column),
    isNull: (row, column) => block.isNull(chosen[row], column),
    numbers(column, into) {
      const all = new Float64Array(block.rows);
      block.numbers(column, all);
      for (let i = 0; i < chosen.length; i++) into[i] = all[chosen[i]];
    },
  };
}
