import { trimBlanks } from "./cellTexts.ts";
import { endOfLine } from "./rowBlocks.ts";
import { type RowRules, RowScanner } from "./rowScanner.ts";
import { isEmptyRow, rowAt, type SampleRow } from "./sampleRows.ts";
import { rulesFor } from "./separators.ts";
import { decodeText } from "./textBlock.ts";
import { numberOfText } from "./valueBlock.ts";

/** The beginning of a text, and where the table may begin in it. */
export interface TextHead {
  readonly bytes: Uint8Array;
  /** Whether it is the whole text. */
  readonly whole: boolean;
  readonly from: number;
  readonly line: number;
  /** The character that begins a comment line; null if none does. */
  readonly comment: string | null;
}

/** How a text is cut into cells, as far as its first rows tell. */
export interface Dialect {
  readonly separator: string;
  readonly rules: RowRules;
  readonly decimal: "." | ",";
  /** Whether `1,234` may be 1.234 or 1234: nothing in these rows tells. */
  readonly ambiguous: boolean;
  /** How many cells most rows have, the first left out. */
  readonly width: number;
  /** The first rows, without comments, empty lines and ruled lines. */
  readonly rows: readonly SampleRow[];
  /** Columns are aligned by blanks, and ruled lines stand between header and rows (psql, markdown). */
  readonly ruled: boolean;
}

const MOST_ROWS = 200;
/** Empty lines and comments among them. */
const MOST_LINES = 10_000;
/** In this order where two are as good. */
const CANDIDATES: readonly string[] = ["\t", ";", "|", ",", " "];

/**
 * The separator under which the first rows have the most even numbers of cells, and those most often are numbers: the comma of
 * `70,10;1,50` gives cells like `10;1`, the semicolon numbers with decimal commas.
 */
export function recogniseDialect(head: TextHead, separator?: string, decimal?: "." | ","): Dialect {
  const candidates = separator === undefined ? CANDIDATES.filter((candidate) => candidate !== decimal) : [separator];
  const tried = candidates.map((candidate) => dialectOf(head, candidate, decimal));
  const best = tried.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  // a single column: whatever separates nothing, and a comma may be read as RFC 4180 has it
  return best.width < 2 && separator === undefined ? dialectOf(head, decimal === "," ? ";" : ",", decimal) : best;
}

function dialectOf(head: TextHead, separator: string, decimal: "." | "," | undefined): Dialect {
  const rules = rulesFor(separator, false);
  const { rows, ruled } = sampleOf(head, rules);
  const body = rows.length > 1 ? rows.slice(1) : rows;
  const sign = decimal ?? (separator === "," ? "." : decimalOf(body));
  const [found, ambiguous] = [sign ?? ",", sign === null] as const;
  return { separator, rules, decimal: found, ambiguous, width: usualWidth(body, rows[0]?.cells.length), rows, ruled };
}

/** Evenness of the numbers of cells, from 0 to 1, times the share of numbers among them, between ½ and 1½. */
function rank({ separator, rows, width, decimal }: Dialect): number {
  if (width < 2) return 0;
  const body = rows.length > 1 ? rows.slice(1) : rows;
  const even = body.filter(({ cells }) => cells.length === width).length / body.length;
  const cells = body.flatMap((row) => row.cells).filter((cell) => trimBlanks(cell) !== "");
  const numbers = cells.filter((cell) => isNumberCell(cell, decimal)).length / Math.max(1, cells.length);
  // words of a text are separated by blanks, too
  if (separator === " " && (numbers === 0 || (even < 1 && numbers < 0.5))) return 0;
  return even * (0.5 + numbers);
}

/** The rows at the beginning, up to the first that is at fault. */
function sampleOf(head: TextHead, rules: RowRules): { readonly rows: SampleRow[]; readonly ruled: boolean } {
  const { bytes, whole, comment } = head;
  const rows: SampleRow[] = [];
  let ruled = false;
  let [at, line] = [head.from, head.line];
  const scanner = new RowScanner(rules);
  for (let lines = 0; at < bytes.length && rows.length < MOST_ROWS && lines < MOST_LINES; lines++) {
    const end = endOfLine(bytes, at, whole);
    const text = decodeText(bytes, at, Math.min(end < 0 ? bytes.length : end, at + 1000));
    if (
      end >= 0 &&
      ((comment !== null && text.trimStart().startsWith(comment)) || (rows.length < 2 && isRuled(text)))
    ) {
      ruled ||= rows.length < 2 && isRuled(text);
      at = end;
      line++;
      continue;
    }
    const row = rowAt(bytes, at, line, whole, rules, scanner);
    if (row === null || !("cells" in row)) break;
    if (!isEmptyRow(row)) rows.push(row);
    at = row.next;
    line = row.nextLine;
  }
  return { rows, ruled };
}

/** `----+----` of psql, `|---|---:|` of markdown. */
function isRuled(line: string): boolean {
  return /^[ |+]*:?-{2,}[-+|: ]*\s*$/.test(line) && line.length < 1000;
}

/** The number of cells that most rows have; of two as frequent, that of the header. */
function usualWidth(rows: readonly SampleRow[], header: number | undefined): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const weight = ([cells, count]: readonly [number, number]): number => count + (cells === header ? 0.5 : 0);
  return [...counts].reduce((a, b) => (weight(b) > weight(a) ? b : a), [1, 0])[0];
}

/**
 * The decimal sign of most fractions; a point where there are none. Groups of three digits are no fractions if others are; if all cells with a comma are
 * such groups, nobody can tell: null.
 */
function decimalOf(rows: readonly SampleRow[]): "." | "," | null {
  const cells = rows.flatMap((row) => row.cells).map(trimBlanks);
  const commas = cells.filter((cell) => /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/.test(cell));
  const points = cells.filter((cell) => /^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/.test(cell));
  const grouped = (some: readonly string[]): boolean => some.every((cell) => /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(cell));
  if (commas.length === 0) return ".";
  if (grouped(commas)) return points.length > 0 && !grouped(points) ? "." : null;
  if (points.length === 0 || grouped(points)) return ",";
  return commas.length > points.length ? "," : ".";
}

/** Whether a cell at the beginning of a text is a number, with that decimal sign. */
export function isNumberCell(cell: string, decimal: "." | ","): boolean {
  return !Number.isNaN(numberOfCell(cell, decimal));
}

/** The number in a cell, NaN if there is none. */
export function numberOfCell(cell: string, decimal: "." | ","): number {
  if (decimal === ".") return numberOfText(cell);
  return cell.includes(".") ? Number.NaN : numberOfText(cell.replace(",", "."));
}
