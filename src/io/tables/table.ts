import { DiffeoError, DomainError, describeValue } from "../../tensor/errors.ts";
import { printedAs } from "../../tensor/print.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** A text is not a table, or a cell of the table is not the number it was asked to be. */
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

/** The cells of one row as they were written, and the line on which it begins. */
export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** What a cell may hold in {@link fromRows}; null and undefined make it blank. */
export type CellValue = number | string | null | undefined;

/** What a cell without a value looks like, unless the reader says otherwise. */
export const defaultBlanks: readonly string[] = ["", "NA"];

/**
 * A table with named columns, kept as the text it was read from; cells become numbers when they are asked for.
 *
 * A cell is a number, blank (a value is missing), or text. {@link readCsv} and {@link fromRows} make tables.
 *
 * @example
 * const table = readCsv("length,mass,sex\n39.1,3750,male\n,,\n40.3,3250,female\n");
 * const known = table.dropMissing(["length", "mass"]); // known.dropped is 1
 * const x = known.matrix(["length", "mass"]); // [2, 2]
 */
export class Table {
  /** The names of the columns, in order. */
  readonly names: readonly string[];
  /** How many rows {@link dropMissing} has left out on the way to this table. */
  readonly dropped: number;
  private readonly body: readonly Row[];
  private readonly blanks: ReadonlySet<string>;
  private readonly positions: ReadonlyMap<string, number>;

  /** Takes the rows as they are; each has one cell per name. */
  constructor(names: readonly string[], body: readonly Row[], blanks: Iterable<string>, dropped = 0) {
    this.names = names;
    this.body = body;
    this.blanks = new Set(blanks);
    this.positions = new Map(names.map((name, j) => [name, j]));
    this.dropped = dropped;
  }

  static {
    printedAs(Table.prototype, "Table", function () {
      const { length } = this.names;
      return `Table of ${this.rows} rows and ${length} columns: ${this.names.slice(0, 20).join(", ")}${length > 20 ? ", …" : ""}`;
    });
  }

  /** The number of rows, the header not counted. */
  get rows(): number {
    return this.body.length;
  }

  /** The columns to make a matrix of: at least one number, otherwise only numbers and blanks. Looks at every cell. */
  get numericColumns(): string[] {
    return this.names.filter((_, j) => {
      const cells = this.body.map((row) => row.cells[j]).filter((cell) => !this.isBlank(cell));
      return cells.length > 0 && cells.every((cell) => parseNumber(cell) !== null);
    });
  }

  /** The columns that are not among the {@link numericColumns}. */
  get skipped(): string[] {
    const numeric = new Set(this.numericColumns);
    return this.names.filter((name) => !numeric.has(name));
  }

  /** The cells of a column as they were written, e.g. the labels of a class. Throws DomainError for an unknown name. */
  cells(name: string): string[] {
    const j = this.indexOf("cells", name);
    return this.body.map((row) => row.cells[j]);
  }

  /** The numbers of a column, [rows]. Throws CsvError at the first cell that is text or blank. */
  column(name: string): Tensor {
    return new Tensor(this.numbers("column", [this.indexOf("column", name)]), [this.rows]);
  }

  /** The numbers of these columns, of all if absent, [rows, columns]. Throws CsvError at the first text or blank cell. */
  matrix(names: readonly string[] = this.names): Tensor {
    const columns = this.indicesOf("matrix", names);
    return new Tensor(this.numbers("matrix", columns), [this.rows, columns.length]);
  }

  /** The lines of the rows in which one of these columns, of all if absent, is blank. */
  missing(names: readonly string[] = this.names): number[] {
    const columns = this.indicesOf("missing", names);
    return this.body.filter((row) => this.hasBlank(row, columns)).map((row) => row.line);
  }

  /** The table without those rows; the new table's {@link dropped} counts them. */
  dropMissing(names: readonly string[] = this.names): Table {
    const columns = this.indicesOf("dropMissing", names);
    const kept = this.body.filter((row) => !this.hasBlank(row, columns));
    return new Table(this.names, kept, this.blanks, this.dropped + this.rows - kept.length);
  }

  private numbers(operation: string, columns: readonly number[]): Float64Array {
    const data = new Float64Array(this.rows * columns.length);
    let end = 0;
    for (const row of this.body) {
      for (const j of columns) {
        const value = this.isBlank(row.cells[j]) ? null : parseNumber(row.cells[j]); // -999 may be declared blank
        if (value === null) throw this.notANumber(operation, row, j);
        data[end++] = value;
      }
    }
    return data;
  }

  private notANumber(operation: string, row: Row, j: number): CsvError {
    const line = lineOfCell(row, j);
    const place = `${quote(row.cells[j])} on line ${line} in column ${quote(this.names[j])}`;
    if (this.isBlank(row.cells[j])) {
      const remedy = "dropMissing() leaves such rows out";
      return new CsvError(`${operation}: no cell may be blank; got ${place}; ${remedy}`, line, this.names[j]);
    }
    return new CsvError(`${operation}: cells must be finite numbers; got ${place}`, line, this.names[j]);
  }

  private hasBlank(row: Row, columns: readonly number[]): boolean {
    return columns.some((j) => this.isBlank(row.cells[j]));
  }

  private isBlank(cell: string): boolean {
    return this.blanks.has(trimBlanks(cell));
  }

  private indicesOf(operation: string, names: readonly string[]): number[] {
    checkTexts(operation, "names", names);
    return names.map((name) => this.indexOf(operation, name));
  }

  private indexOf(operation: string, name: string): number {
    const j = this.positions.get(name);
    if (j !== undefined) return j;
    const known = this.names.map(quote).join(", ");
    throw new DomainError(`${operation}: the table must have the column; got ${describeValue(name)}, it has ${known}`);
  }
}

/**
 * The table of these objects, one row each, with these of their own properties as columns.
 *
 * A number keeps its bits. null, undefined and an absent property make a blank cell, but a column that no object has is
 * taken for a slip. Line numbers are those of the text that `writeCsv` makes when no cell contains a line break.
 *
 * Throws DomainError for other values (NaN and infinities too), for rows that are no objects, and for names that are empty, repeated or unknown.
 *
 * @example
 * fromRows([{ x: 1, y: 2 }, { x: 3, y: null }], ["x", "y"]).missing(); // [3]
 */
export function fromRows(objects: readonly object[], columns: readonly string[]): Table {
  if (!Array.isArray(objects) || objects.some((object) => typeof object !== "object" || object === null)) {
    throw new DomainError(`fromRows: rows must be a list of objects; got ${describeValue(objects)}`);
  }
  checkTexts("fromRows", "columns", columns);
  const fault = faultOfNames(columns);
  if (fault !== null) throw new DomainError(`fromRows: ${fault.message}`);
  for (const name of columns) {
    if (objects.length > 0 && !objects.some((object) => Object.hasOwn(object, name))) {
      throw new DomainError(`fromRows: some object must have each column; none has ${quote(name)}`);
    }
  }
  const body = objects.map((object, i) => ({
    line: i + 2,
    cells: columns.map((name) => cellText(object, name, i)),
  }));
  return new Table([...columns], body, defaultBlanks);
}

function cellText(object: object, name: string, i: number): string {
  const value = Object.hasOwn(object, name) ? (object as Readonly<Record<string, CellValue>>)[name] : null;
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  throw new DomainError(
    `fromRows: values must be finite numbers, strings or null; got ${describeValue(value)} in row ${i}, column ${quote(name)}`,
  );
}

/** Throws DomainError unless it is a list of strings. */
export function checkTexts(operation: string, name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return;
  throw new DomainError(`${operation}: ${name} must be a list of strings; got ${describeValue(value)}`);
}

/** What is wrong with the names of columns, and with which; null if nothing is. */
export function faultOfNames(names: readonly string[]): { readonly message: string; readonly index: number } | null {
  if (names.length === 0) return { message: "a table has at least one column; got none", index: 0 };
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (trimBlanks(name) === "") {
      return { message: `every column must have a name; got ${quote(name)} for column ${index + 1}`, index };
    }
    if (seen.has(name)) return { message: `the names of columns must differ; got ${quote(name)} twice`, index };
    seen.add(name);
  }
  return null;
}

/** A sign, digits with or without a fraction, an exponent: each character can be read in one way only. */
const numberGrammar = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The finite number that a cell spells in decimal, blanks around it allowed; null if it spells none. */
function parseNumber(cell: string): number | null {
  const digits = trimBlanks(cell);
  if (!numberGrammar.test(digits)) return null;
  const value = Number(digits);
  return Number.isFinite(value) ? value : null;
}

/** Without the spaces and tabs at either end. (The pattern `[ \t]+$` takes quadratic time on a long run of spaces.) */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === " " || text[start] === "\t")) start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

/** The line on which cell j begins: quoted cells before it may have spread over several. */
function lineOfCell(row: Row, j: number): number {
  let line = row.line;
  for (let k = 0; k < j; k++) line += countLineBreaks(row.cells[k]);
  return line;
}

/** How many line breaks (LF, CR or CRLF) a text contains. */
export function countLineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** A cell or a name as an error message shows it: quoted, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
