import { trimBlanks } from "./cellTexts.ts";
import { EXCERPT, type TableBlock } from "./tableBlock.ts";

/** A value of a row: numbers and texts are cells as they are, null and undefined are blank, other values are written as texts. */
export type Value = unknown;

/** A column of values: a typed array of numbers, or a list of anything. */
export type ValueColumn = ArrayLike<Value>;

/** Rows that came as values: of JSON, NumPy, Parquet, Arrow or objects. */
export class ValueBlock implements TableBlock {
  readonly rows: number;
  private readonly columns: readonly ValueColumn[];
  private readonly firstLine: number;

  /** `firstLine` is the number of the first row. */
  constructor(columns: readonly ValueColumn[], rows: number, firstLine: number) {
    this.columns = columns;
    this.rows = rows;
    this.firstLine = firstLine;
  }

  lineOf(row: number): number {
    return this.firstLine + row;
  }

  lineOfCell(row: number): number {
    return this.lineOf(row);
  }

  text(row: number, column: number): string {
    return textOf(this.columns[column][row]);
  }

  excerpt(row: number, column: number): string {
    return this.text(row, column).slice(0, EXCERPT);
  }

  isNull(row: number, column: number): boolean {
    const value = this.columns[column][row];
    return value === null || value === undefined || Number.isNaN(value);
  }

  numbers(column: number, into: Float64Array): void {
    const values = this.columns[column];
    for (let i = 0; i < this.rows; i++) into[i] = numberOf(values[i]);
  }
}

/** A number, an integer of any size, or a text that spells a number; NaN for everything else. */
function numberOf(value: Value): number {
  if (typeof value === "number") return value - value === 0 ? value : Number.NaN;
  if (typeof value === "bigint") return numberOf(Number(value));
  return typeof value === "string" ? numberOfText(value) : Number.NaN;
}

/** A sign, digits with or without a fraction, an exponent: each character can be read in one way only. */
const numberGrammar = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The finite number that a text spells in decimal, blanks around it allowed; NaN if it spells none. */
export function numberOfText(text: string): number {
  const digits = trimBlanks(text);
  return numberGrammar.test(digits) ? numberOf(Number(digits)) : Number.NaN;
}

/** A value as a cell: numbers as JavaScript writes them, dates in ISO 8601, lists and objects as JSON. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object") return String(value);
  return "toISOString" in value ? isoText(value as Moment) : jsonText(value);
}

/** A date, of whatever realm it comes from. */
interface Moment {
  toISOString(): string;
}

/** A day without its midnight; a date that is none is blank. */
function isoText(moment: Moment): string {
  try {
    return moment.toISOString().replace(/T00:00:00\.000Z$/, "");
  } catch {
    return "";
  }
}

function jsonText(value: object): string {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "";
  } catch {
    return String(value); // a value that contains itself
  }
}
