import { quote } from "../io/tables/cellTexts.ts";
import type { NumberColumn } from "../io/tables/columnFacts.ts";
import type { GatheredColumn, GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Wording } from "./wording.ts";

/** Throws DomainError for the first cell that is no number; `orElse` is what can be done beside mending it. */
export function checkCells(columns: GatheredColumns["columns"], wording: Wording, orElse = ""): void {
  for (const { name, numbers, texts, firstText } of columns) {
    if (firstText === null) continue;
    const { line, cell } = firstText;
    const others = numbers > 0 ? `, as ${numbers} of its cells are` : "";
    const more = texts > 1 ? ` (and ${texts - 1} more)` : "";
    throw new DomainError(
      `${wording.operation}: cells must be numbers${others}; got ${quote(cell)} on line ${line} in column ${quote(name)}${more}: mend it, call it blank with ${wording.blank(cell)}${orElse}`,
    );
  }
}

/** The rows of a table that have all their numbers. */
export interface CompleteRows {
  /** Their columns. */
  readonly columns: NumberColumn[];
  /** Which rows of the file they are. */
  readonly places: Uint32Array;
  /** How many rows were left out. */
  readonly dropped: number;
}

/**
 * The rows in which all these columns have numbers. Others are left out if that was asked for; else DomainError names the first. The columns are those of the
 * table, which are shortened: nothing large is copied.
 */
export function completeRows(
  table: GatheredColumns,
  names: readonly string[],
  drop: boolean,
  wording: Wording,
): CompleteRows {
  const columns = names.map((name) => table.columns.find((column) => column.name === name) as GatheredColumn);
  const values = columns.map((column) => column.values as Float64Array);
  const places = new Uint32Array(table.rows);
  let N = 0;
  for (let i = 0; i < table.rows; i++) {
    if (values.every((column) => !Number.isNaN(column[i]))) places[N++] = i;
  }
  const dropped = table.rows - N;
  if (dropped > 0 && !drop) throw incomplete(table, columns, values, dropped, wording);
  if (dropped > 0) {
    for (const column of values) for (let k = 0; k < N; k++) column[k] = column[places[k]];
  }
  return {
    columns: names.map((name, j) => ({ name, values: values[j].subarray(0, N) })),
    places: places.subarray(0, N),
    dropped,
  };
}

/** The columns as a matrix [N, D]. The list is emptied on the way, so that a large table does not stand in memory twice. */
export function matrixOf(columns: NumberColumn[]): Tensor {
  const D = columns.length;
  const N = columns[0]?.values.length ?? 0;
  const data = new Float64Array(N * D);
  for (let j = 0; j < D; j++) {
    const { values } = columns.shift() as NumberColumn;
    for (let k = 0; k < N; k++) data[k * D + j] = values[k];
  }
  return new Tensor(data, [N, D]);
}

/** Some columns of a matrix, in that order; itself if they are all of them. */
export function columnsOf(matrix: Tensor, places: readonly number[]): Tensor {
  const [N, W] = matrix.shape;
  const D = places.length;
  if (D === W && places.every((place, j) => place === j)) return matrix;
  const chosen = new Float64Array(N * D);
  for (let i = 0; i < N; i++) for (let j = 0; j < D; j++) chosen[i * D + j] = matrix.data[i * W + places[j]];
  return new Tensor(chosen, [N, D]);
}

function incomplete(
  { rows, lineOf }: GatheredColumns,
  columns: readonly GatheredColumn[],
  values: readonly Float64Array[],
  count: number,
  { operation, drop }: Wording,
): DomainError {
  const remedy = `leave them out with ${drop}`;
  const infinite = columns.find(({ firstInfinite }) => firstInfinite !== null);
  if (infinite?.firstInfinite) {
    const { line, cell } = infinite.firstInfinite;
    return new DomainError(
      `${operation}: cells must be finite numbers; got ${quote(cell)} on line ${line} in column ${quote(infinite.name)}; ${remedy}`,
    );
  }
  const lines: number[] = [];
  for (let i = 0; i < rows && lines.length < 4; i++) {
    if (values.some((column) => Number.isNaN(column[i]))) lines.push(lineOf(i));
  }
  const shown = `${lines.slice(0, 3).join(", ")}${lines.length > 3 ? ", …" : ""}`;
  const which = count === 1 ? "1 row has a blank" : `${count} rows have blanks`;
  return new DomainError(`${operation}: ${which} (line ${shown}); ${remedy}`);
}
