import { DomainError, describeValue } from "../../tensor/errors.ts";
import { checkOptions, type Known } from "../../tensor/options.ts";
import type { ArrowModule } from "./arrow.ts";
import { type BlankCells, blankCells } from "./cellTexts.ts";
import { checkTexts } from "./names.ts";
import type { ParquetModule } from "./parquet.ts";
import { checkDecimal, checkSeparator } from "./separators.ts";

/** A module that is handed in, or a function that loads it: it is called for a file that needs it, and no other. */
export type Handed<Module extends object> = Module | (() => Promise<Module>);

/** The module. */
export async function loaded<Module extends object>(handed: Handed<Module> | undefined): Promise<Module | undefined> {
  return typeof handed === "function" ? handed() : handed;
}

/** Modules that read formats which diffeo does not read by itself. Of damaged files they may make anything: read such formats from whom you trust. */
export interface TableReaders {
  /** The module `hyparquet`; with the compressors of `hyparquet-compressors`: `{ ...hyparquet, compressors }`. */
  readonly parquet?: Handed<ParquetModule>;
  /** The module `apache-arrow`. */
  readonly arrow?: Handed<ArrowModule>;
}

/** How {@link readTable} and {@link streamTable} read a file; what is absent is recognised. */
export interface TableOptions {
  /** The character between cells; `" "` stands for runs of blanks. */
  readonly separator?: string;
  /** The decimal sign, `"."` or `","`. */
  readonly decimal?: "." | ",";
  /** Whether the first row names the columns; if not, they are called c1, c2, …. */
  readonly header?: boolean;
  /**
   * How many lines to leave out at the beginning; the line after them names the columns. But if the first line names every column and the line
   * after them is no row of numbers, the first line is kept and as many lines below it are left out: rows of units, descriptions.
   */
  readonly skip?: number;
  /** What a blank cell may hold, blanks around it not counted; if absent, the empty cell and what programs write: NA, NaN, NULL, None, `-` …. */
  readonly blanks?: readonly string[];
  /** The columns to keep, in this order; all if absent. */
  readonly columns?: readonly string[];
  /** The character that begins a line which is no row; `#` where the file begins with such a line. */
  readonly comment?: string;
  /** Modules for Parquet and Arrow files. */
  readonly readers?: TableReaders;
  /** Is told how many bytes of the source have been read. */
  readonly onProgress?: (bytes: number) => void;
}

/** What programs write where there is no value. */
const commonBlanks: readonly string[] = [
  ...[
    "",
    "NA",
    "N/A",
    "n/a",
    "na",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "<NA>",
    "NaN",
    "nan",
    "-NaN",
    "-nan",
    "NAN",
    "NaT",
    "NULL",
  ],
  ...["null", "Null", "None", "none", "missing", "Missing", "nil", "\\N", "?", "-", "--", ".", "-1.#IND", "1.#QNAN"],
  ...["-1.#QNAN", "1.#IND", "#NULL!", "#VALUE!", "#DIV/0!", "#NUM!", "(null)", "–", "—"],
];

const KNOWN: Known<TableOptions> = {
  separator: true,
  decimal: true,
  header: true,
  skip: true,
  blanks: true,
  columns: true,
  comment: true,
  readers: true,
  onProgress: true,
};

/** Options that have been checked. */
export interface CheckedOptions extends TableOptions {
  /** The function that was called, for the messages. */
  readonly operation: string;
  /** How many lines to leave out. */
  readonly skip: number;
  /** What blank cells hold. */
  readonly blankCells: BlankCells;
}

/** The options, with defaults. Throws DomainError for those that are none. */
export function checkTableOptions(operation: string, options: TableOptions): CheckedOptions {
  checkOptions(operation, options, KNOWN);
  const {
    separator,
    decimal,
    header,
    skip = 0,
    blanks = commonBlanks,
    columns,
    comment,
    readers,
    onProgress,
  } = options;
  if (separator !== undefined) checkSeparator(operation, separator);
  if (decimal !== undefined) checkDecimal(operation, decimal);
  if (decimal !== undefined && decimal === separator) {
    throw new DomainError(`${operation}: separator and decimal must differ; got ${describeValue(decimal)} for both`);
  }
  const refuse = (rule: string, value: unknown): never => {
    throw new DomainError(`${operation}: ${rule}; got ${describeValue(value)}`);
  };
  if (header !== undefined && typeof header !== "boolean") refuse("header must be true or false", header);
  if (!Number.isSafeInteger(skip) || skip < 0) refuse("skip must be a number of lines", skip);
  checkTexts(operation, "blanks", blanks);
  if (columns !== undefined) checkTexts(operation, "columns", columns);
  if (columns !== undefined && new Set(columns).size < Math.max(1, columns.length)) {
    refuse("columns must be names, each once, and at least one", columns);
  }
  if (comment !== undefined && !(typeof comment === "string" && /^[!-~]$/.test(comment) && comment !== '"')) {
    refuse("comment must be one character of ASCII, no blank and no quote", comment);
  }
  if (readers !== undefined) checkOptions(`${operation}: readers`, readers, { parquet: true, arrow: true });
  if (onProgress !== undefined && typeof onProgress !== "function") refuse("onProgress must be a function", onProgress);
  return { ...options, operation, skip, blankCells: blankCells(blanks) };
}
