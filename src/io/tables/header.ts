import { type BlankCells, isInfinite, quote, trimBlanks } from "./cellTexts.ts";
import { CsvError } from "./csvError.ts";
import { type Dialect, isNumberCell, numberOfCell } from "./dialect.ts";
import { faultOfNames, numberedNames } from "./names.ts";
import type { SampleRow } from "./sampleRows.ts";

/** What a column without a name is called, and which cell of a row it is. */
export interface RowNames {
  readonly name: string;
  readonly position: number;
}

/** What the columns of a text are called, and where its first row is. */
export interface Header {
  readonly names: readonly string[];
  /** Which cell of a row each name stands for. */
  readonly positions: readonly number[];
  /** How many cells every row has. */
  readonly width: number;
  /** The name of the row names, and which cell they are; null if there are none. */
  readonly rowNames: RowNames | null;
  /** Where the first row begins, and on which line. */
  readonly from: number;
  readonly line: number;
  readonly notes: readonly string[];
}

/** Names as they were found, and where the rows begin below them. */
export interface FoundNames {
  readonly cells: readonly string[];
  readonly quoted: readonly boolean[];
  readonly line: number;
}

/** The names c1 … cD of a text without a header. */
export function numberedHeader(dialect: Dialect, from: number, line: number): Header {
  const { width } = dialect;
  const sample = dialect.rows.filter((row) => row.from >= from);
  const used = hollowEdges(sample, width);
  const positions = Array.from({ length: width }, (_, j) => j).filter((j) => j >= used.first && j < used.end);
  const notes = ["there is no header: columns are called c1, c2, …", ...used.notes];
  return { names: numberedNames(positions.length), positions, width, rowNames: null, from, line, notes };
}

/** The header that a row of names makes. Throws CsvError for names that are missing or repeated. */
export function namedHeader(
  operation: string,
  found: FoundNames,
  dialect: Dialect,
  from: number,
  line: number,
): Header {
  const sample = dialect.rows.filter((row) => row.from >= from);
  const short =
    found.cells.length === dialect.width - 1 && sample.length > 0 && mayHaveRowNames(found, dialect, sample);
  const unended = !short && found.cells.length === dialect.width - 1 && endsHollow(dialect, sample);
  const cells = [...(short ? [""] : []), ...found.cells, ...(unended ? [""] : [])].map(trimBlanks);
  const width = cells.length;
  const notes: string[] = [];
  const edges = hollowEdges(sample, width, cells);
  const nameless = cells[edges.first] === "" && edges.end - edges.first > 1;
  const first = nameless ? edges.first + 1 : edges.first;
  const positions = [];
  for (let j = first; j < edges.end; j++) {
    if (cells[j] !== "" || sample.some((row) => trimBlanks(row.cells[j] ?? "") !== "")) positions.push(j);
  }
  if (positions.length < edges.end - first) notes.push("columns without a name and without a cell are left out");
  const names = positions.map((j) => cells[j]);
  const fault = faultOfNames(names);
  if (fault !== null) {
    const remedy =
      "; name the columns in the file, or leave the line out: skip: 1, header: false (--skip 1 --no-header)";
    throw new CsvError(
      `${operation}: ${fault.message} on line ${found.line}${remedy}`,
      found.line,
      names[fault.index] ?? null,
    );
  }
  const rowNames = nameless ? { name: freeName(names), position: edges.first } : null;
  if (rowNames !== null) notes.push("the first column has no name: row names, set aside");
  return { names, positions, width, rowNames, from, line, notes: [...notes, ...edges.notes] };
}

/**
 * Whether a header that is one cell short is that of R, which does not name its row names. A header of one cell is more often that of a single
 * column whose commas are decimal.
 */
function mayHaveRowNames(found: FoundNames, dialect: Dialect, sample: readonly SampleRow[]): boolean {
  if (endsHollow(dialect, sample)) return false;
  return found.cells.length > 1 || dialect.rules.runs || (found.quoted[0] && sample[0].quoted[0]);
}

/** Whether all rows end in a separator. */
function endsHollow({ rules, width }: Dialect, sample: readonly SampleRow[]): boolean {
  return !rules.runs && sample.length > 0 && sample.every((row) => trimBlanks(row.cells[width - 1] ?? "") === "");
}

/** Columns at either end that have neither a name nor a cell: separators at the ends of lines, the frame of markdown. */
function hollowEdges(
  sample: readonly SampleRow[],
  width: number,
  cells: readonly string[] = [],
): { readonly first: number; readonly end: number; readonly notes: readonly string[] } {
  const hollow = (j: number): boolean =>
    (cells[j] ?? "") === "" && sample.every((row) => trimBlanks(row.cells[j] ?? "") === "" && !row.quoted[j]);
  let end = width;
  while (end > 1 && hollow(end - 1)) end--;
  const framed = width - end === 1 && end > 1 && hollow(0) && sample.length > 0;
  const notes =
    end < width && !framed
      ? [`${width - end} empty ${width - end === 1 ? "column" : "columns"} at the end left out`]
      : [];
  return { first: framed ? 1 : 0, end, notes };
}

/** A name for row names that no column has. */
function freeName(names: readonly string[]): string {
  let name = "row name";
  while (names.includes(name)) name += "_";
  return name;
}

/**
 * Throws CsvError if the first row of a text has numbers where the rows below have numbers: it is data, and must not be taken for names. Not
 * data are names in quotes over numbers that are not, and the integers 0 … D−1 or 1 … D, with which pandas names columns, over other numbers.
 */
export function checkNames(
  operation: string,
  found: FoundNames,
  rows: readonly SampleRow[],
  dialect: Dialect,
  blanks: BlankCells,
): void {
  const { decimal } = dialect;
  const shift = rows.length > 0 && found.cells.length === dialect.width - 1 ? 1 : 0;
  const numeric = found.cells.map((_, j) => rows.length === 0 || isNumericBelow(rows, j + shift, decimal, blanks));
  const over = found.cells.flatMap((cell, j) => (numeric[j] && isNumberCell(cell, decimal) ? [j] : []));
  if (over.length === 0) return;
  if (rows.length > 0 && over.every((j) => found.quoted[j] && rows.every((row) => !row.quoted[j + shift]))) return;
  if (isCounted(found.cells, decimal) && rows.length > 0 && !isLikeData(found, over, rows, shift, decimal)) return;
  const cells = over.slice(0, 3).map((j) => quote(trimBlanks(found.cells[j])));
  const rule = `the first row must name the columns; line ${found.line} has numbers like the rows below: ${cells.join(", ")}`;
  const remedy =
    "header: false (--no-header) calls the columns c1, c2, …; header: true (--header) takes the numbers for names";
  throw new CsvError(`${operation}: ${rule}; ${remedy}`, found.line, null);
}

/** Whether the cells below are numbers, or blank, and at least one is a number. */
function isNumericBelow(rows: readonly SampleRow[], j: number, decimal: "." | ",", blanks: BlankCells): boolean {
  const cells = rows.map((row) => trimBlanks(row.cells[j] ?? "")).filter((cell) => !blanks.texts.has(cell));
  return cells.some((cell) => isNumberCell(cell, decimal));
}

/** 0, 1, 2 … or 1, 2, 3 …, a first cell without a name left out. */
function isCounted(cells: readonly string[], decimal: "." | ","): boolean {
  const counted = cells[0] === "" ? cells.slice(1) : cells;
  const first = numberOfCell(counted[0] ?? "", decimal);
  return (first === 0 || first === 1) && counted.every((cell, j) => trimBlanks(cell) === String(first + j));
}

/** Whether integers stand over integers of their size, or over those that continue the count: then they may be a row. */
function isLikeData(
  found: FoundNames,
  over: readonly number[],
  rows: readonly SampleRow[],
  shift: number,
  decimal: "." | ",",
): boolean {
  if (found.cells[0] === "") return false; // a row has its first cell
  const next = over.map(
    (j) => numberOfCell(rows[0].cells[j + shift] ?? "", decimal) - numberOfCell(found.cells[j], decimal),
  );
  if (next.every((step) => step === 1) || next.every((step) => step === over.length)) return true;
  return over.every((j) => {
    const below = rows.map((row) => numberOfCell(row.cells[j + shift] ?? "", decimal)).filter((x) => !Number.isNaN(x));
    const [least, most] = [Math.min(...below), Math.max(...below)];
    const own = numberOfCell(found.cells[j], decimal);
    return below.every(Number.isInteger) && own >= least - 1 && own <= most + 1;
  });
}

/** Throws CsvError if the first row below the names is no row of numbers where all others are: a row of units. */
export function checkUnits(
  operation: string,
  header: Header,
  rows: readonly SampleRow[],
  dialect: Dialect,
  blanks: BlankCells,
): void {
  const [first, ...others] = rows;
  if (first === undefined || others.length === 0) return;
  const { decimal } = dialect;
  const isText = (cell: string): boolean =>
    !blanks.texts.has(trimBlanks(cell)) && !isNumberCell(cell, decimal) && !isInfinite(cell);
  const numeric = header.positions.filter((j) => {
    const cells = others.map((row) => row.cells[j] ?? "");
    return cells.some((cell) => isNumberCell(cell, decimal)) && !cells.some(isText);
  });
  const texts = numeric.filter((j) => isText(first.cells[j] ?? ""));
  if (texts.length === 0 || numeric.some((j) => isNumberCell(first.cells[j] ?? "", decimal))) return;
  const cells = texts.slice(0, 3).map((j) => quote(trimBlanks(first.cells[j])));
  const name = header.names[header.positions.indexOf(texts[0])];
  const rule = `cells must be numbers where all below them are; line ${first.line} has ${cells.join(", ")}`;
  const remedy = "a row of units? skip: 1 (--skip 1) leaves it out";
  throw new CsvError(`${operation}: ${rule}; ${remedy}`, first.line, name);
}
