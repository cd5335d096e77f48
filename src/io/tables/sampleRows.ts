import { type RowFault, type RowRules, RowScanner } from "./rowScanner.ts";
import { cellText, lineBreaks } from "./textBlock.ts";

/** A row at the beginning of a text, looked at before it is known what its cells are. */
export interface SampleRow {
  /** Where it begins, and where the next one does. */
  readonly from: number;
  readonly next: number;
  readonly line: number;
  /** The line of the next row. */
  readonly nextLine: number;
  readonly cells: readonly string[];
  /** Whether each cell is in quotes. */
  readonly quoted: readonly boolean[];
}

/** The row that starts there; null if it does not end within the bytes, or a fault. A scanner of those rules may be used again. */
export function rowAt(
  bytes: Uint8Array,
  from: number,
  line: number,
  last: boolean,
  rules: RowRules,
  scanner: RowScanner = new RowScanner(rules),
): SampleRow | RowFault | null {
  scanner.cells = 0;
  const next = scanner.next(bytes, from, last);
  if (next < 0) return scanner.fault;
  const cells: string[] = [];
  const quoted: boolean[] = [];
  const step = rules.runs ? 0 : rules.separator.length;
  let start = scanner.start;
  for (const end of scanner.ends.subarray(0, scanner.cells)) {
    cells.push(cellText(bytes, start, end, rules.runs));
    quoted.push(cells[cells.length - 1].length <= end - start - 2 && beginsWithQuote(bytes, start));
    start = end + step;
  }
  const nextLine = line + (scanner.quoted ? Math.max(1, lineBreaks(bytes, from, next)) : 1);
  return { from, next, line, nextLine, cells, quoted };
}

function beginsWithQuote(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  return bytes[at] === 34;
}

/** Whether a line has no character. */
export function isEmptyRow({ cells, quoted }: SampleRow): boolean {
  return cells.length === 1 && cells[0] === "" && !quoted[0];
}
