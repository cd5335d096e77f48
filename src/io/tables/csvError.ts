import { DiffeoError } from "../../tensor/errors.ts";

/**
 * A text is not a table, or a cell of the table is not the number it was asked to be.
 *
 * @example
 * readCsv("x,y\n1,2\n3\n"); // throws CsvError
 * readCsv("x,y\n1,two\n").matrix(); // throws CsvError
 */
export class CsvError extends DiffeoError {
  readonly code = "CSV";
  override readonly name = "CsvError";
  /** The line of the text, counted from 1, on which the cell (or the row) at fault begins. */
  readonly line: number;
  /** The name of the column at fault; null where the whole row is. */
  readonly column: string | null;

  constructor(message: string, line: number, column: string | null) {
    super(message);
    this.line = line;
    this.column = column;
  }
}
