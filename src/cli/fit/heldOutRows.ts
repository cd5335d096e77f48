import type { NumberColumn } from "../../io/tables/columnFacts.ts";
import type { GatheredColumn, GatheredColumns } from "../../io/tables/gatherColumns.ts";
import { type Random, Tensor } from "../../tensor/index.ts";
import { groupEqualRows, type RowGroups, splitRows } from "../../training/split.ts";
import { CommandError } from "../commandError.ts";
import { quoted } from "./chooseColumns.ts";

/** This share of all rows chooses the best weights. */
const VALIDATION_SHARE = 0.1;
/** Of different rows: copies teach nothing. */
const FEWEST_ROWS = 20;

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
 * The rows in which all these columns have numbers. Others are left out if that was asked for; else CommandError names the first. The columns are those of the
 * table, which are shortened: nothing large is copied.
 */
export function completeRows(table: GatheredColumns, names: readonly string[], drop: boolean): CompleteRows {
  const columns = names.map((name) => table.columns.find((column) => column.name === name) as GatheredColumn);
  const values = columns.map((column) => column.values as Float64Array);
  const places = new Uint32Array(table.rows);
  let N = 0;
  for (let i = 0; i < table.rows; i++) {
    if (values.every((column) => !Number.isNaN(column[i]))) places[N++] = i;
  }
  const dropped = table.rows - N;
  if (dropped > 0 && !drop) throw incomplete(table, columns, values, dropped);
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

function incomplete(
  { rows, lineOf }: GatheredColumns,
  columns: readonly GatheredColumn[],
  values: readonly Float64Array[],
  count: number,
): CommandError {
  const remedy = "leave them out with --missing drop";
  const infinite = columns.find(({ firstInfinite }) => firstInfinite !== null);
  if (infinite?.firstInfinite) {
    const { line, cell } = infinite.firstInfinite;
    return new CommandError(
      `cells must be finite numbers; got ${quoted(cell)} on line ${line} in column ${quoted(infinite.name)}; ${remedy}`,
    );
  }
  const lines: number[] = [];
  for (let i = 0; i < rows && lines.length < 4; i++) {
    if (values.some((column) => Number.isNaN(column[i]))) lines.push(lineOf(i));
  }
  const shown = `${lines.slice(0, 3).join(", ")}${lines.length > 3 ? ", …" : ""}`;
  return new CommandError(`${count} rows have blanks (line ${shown}); ${remedy}`);
}

/** Rows to learn from, to choose the best weights by, and to judge the model by. */
export interface HeldOut {
  readonly train: Tensor;
  readonly validation: Tensor;
  readonly test: Tensor;
  /** Which rows of the table the test rows are. */
  readonly testPlaces: readonly number[];
  /** How many different rows there are. */
  readonly different: number;
}

/** Which rows are copies of each other. Throws CommandError if there are too few different ones to learn from. */
export function checkEnough(matrix: Tensor): RowGroups {
  const N = matrix.shape[0];
  const groups = groupEqualRows(matrix);
  const different = groups.sizes.length;
  if (different >= FEWEST_ROWS) return groups;
  const copies = different === N ? "" : ` (${N} rows, copies of one another)`;
  throw new CommandError(
    `fit needs at least ${FEWEST_ROWS} different rows to learn from and to hold out; got ${different}${copies}`,
  );
}

/** Shuffled and cut in three, copies of a row on one side. The matrix itself is rearranged: a large one does not stand in memory twice. */
export function holdOut(
  matrix: Tensor,
  places: Uint32Array,
  groups: RowGroups,
  testShare: number,
  random: Random,
): HeldOut {
  const [N, D] = matrix.shape;
  const counts = [Math.max(1, Math.floor(testShare * N)), Math.max(1, Math.floor(VALIDATION_SHARE * N))];
  const parts = splitRows("fit", groups, counts, random);
  rearrange(matrix, parts.flat());
  let end = 0;
  const [test, validation, train] = parts.map(({ length }) => {
    end += length;
    return new Tensor(matrix.data.subarray((end - length) * D, end * D), [length, D]);
  });
  return { train, validation, test, testPlaces: parts[0].map((k) => places[k]), different: groups.sizes.length };
}

/** Row order[i] of the matrix becomes row i, cycle after cycle. */
function rearrange({ data, shape: [N, D] }: Tensor, order: readonly number[]): void {
  const done = new Uint8Array(N);
  const kept = new Float64Array(D);
  for (let start = 0; start < N; start++) {
    if (done[start]) continue;
    kept.set(data.subarray(start * D, (start + 1) * D));
    let to = start;
    for (let from = order[to]; from !== start; from = order[to]) {
      data.copyWithin(to * D, from * D, (from + 1) * D);
      done[to] = 1;
      to = from;
    }
    data.set(kept, to * D);
    done[to] = 1;
  }
}
