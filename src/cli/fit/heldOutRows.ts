import type { GatheredColumn, GatheredColumns } from "../../io/tables/gatherColumns.ts";
import { type Random, Tensor } from "../../tensor/index.ts";
import { select } from "../../training/rows.ts";
import { groupEqualRows, type RowGroups, splitRows } from "../../training/split.ts";
import { CommandError } from "../commandError.ts";
import { quoted } from "./chooseColumns.ts";

/** Of the rows that are learned from, this share chooses the best weights. */
const VALIDATION_SHARE = 0.1;
/** Of different rows: copies teach nothing. */
const FEWEST_ROWS = 20;

/** The rows of a table that have all their numbers. */
export interface CompleteRows {
  /** [N, D + C] */
  readonly matrix: Tensor;
  /** Which rows of the file they are. */
  readonly places: Uint32Array;
  /** How many rows were left out. */
  readonly dropped: number;
}

/** The rows in which all these columns have numbers. Others are left out if that was asked for; else CommandError names the first. */
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
  const data = new Float64Array(N * names.length);
  values.forEach((column, j) => {
    for (let k = 0; k < N; k++) data[k * names.length + j] = column[places[k]];
  });
  return { matrix: new Tensor(data, [N, names.length]), places: places.subarray(0, N), dropped };
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
export function checkEnough({ matrix }: CompleteRows): RowGroups {
  const N = matrix.shape[0];
  const groups = groupEqualRows(matrix);
  const different = groups.sizes.length;
  if (different >= FEWEST_ROWS) return groups;
  const copies = different === N ? "" : ` (${N} rows, copies of one another)`;
  throw new CommandError(
    `fit needs at least ${FEWEST_ROWS} different rows to learn from and to hold out; got ${different}${copies}`,
  );
}

/** Shuffled and cut in three, copies of a row on one side. */
export function holdOut(
  { matrix, places }: CompleteRows,
  groups: RowGroups,
  testShare: number,
  random: Random,
): HeldOut {
  const N = matrix.shape[0];
  const counts = [Math.max(1, Math.floor(testShare * N)), Math.max(1, Math.floor(VALIDATION_SHARE * N))];
  const parts = splitRows("fit", groups, counts, random);
  const [test, validation, train] = parts.map((indices) => select({ x: matrix, context: undefined }, indices).x);
  return { train, validation, test, testPlaces: parts[0].map((k) => places[k]), different: groups.sizes.length };
}
