import { checkCells, columnsOf, completeRows, matrixOf } from "../density/completeRows.ts";
import type { DensityModel } from "../density/index.ts";
import { asPlaces } from "../density/labels.ts";
import { gatherColumns } from "../io/tables/gatherColumns.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Values } from "./commandOptions.ts";
import { checkColumns } from "./modelInput.ts";
import { onCommandLine } from "./onCommandLine.ts";
import type { ReadingProgress } from "./progress.ts";
import { nameOfInput, openTableFile } from "./tableInput.ts";

/** The rows of a table that a model is shown. */
export interface ModelRows {
  /** [N, D], in the units of the table. */
  readonly x: Tensor;
  /** What is given, [N, conditions]; of labels their places. */
  readonly given: Tensor;
  readonly dropped: number;
  readonly notes: readonly string[];
  lineOf(row: number): number;
}

/** Reads the columns of a model from a table. Throws CommandError for one that lacks some, DomainError for cells that are no numbers, and blanks unless they are to be dropped. */
export async function readModelRows(
  command: string,
  model: DensityModel,
  file: string,
  values: Values,
  progress: ReadingProgress,
): Promise<ModelRows> {
  const { columns, conditions } = model;
  const stream = await openTableFile(file, values, progress);
  const needed = [...columns, ...conditions];
  checkColumns(stream.names, needed, nameOfInput(file));
  const labels = model.facts.conditions.filter((condition) => condition.labels !== null).map(({ name }) => name);
  const gathered = await gatherColumns(stream, { columns: needed, labels, onPiece: progress.onRows });
  progress.finish();
  const wording = onCommandLine(command);
  checkCells(
    gathered.columns.filter(({ name }) => !labels.includes(name)),
    wording,
  );
  const table = {
    ...gathered,
    columns: gathered.columns.map((column) => asPlaces(column, model.facts.conditions, command)),
  };
  const rows = completeRows(table, needed, values.missing === "drop", wording);
  const places = rows.places;
  const matrix = matrixOf(rows.columns);
  const D = columns.length;
  return {
    x: columnsOf(matrix, [...columns.keys()]),
    given: columnsOf(
      matrix,
      Array.from(conditions.keys(), (k) => D + k),
    ),
    dropped: rows.dropped,
    notes: stream.notes,
    lineOf: (row) => gathered.lineOf(places[row]),
  };
}
