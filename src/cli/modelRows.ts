import { checkCells, completeRows, matrixOf } from "../density/completeRows.ts";
import { placesOfLabels } from "../density/coordinates.ts";
import type { DensityModel, GivenColumn } from "../density/index.ts";
import { type GatheredColumn, gatherColumns } from "../io/tables/gatherColumns.ts";
import { Tensor } from "../tensor/index.ts";
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
  const labelled = model.facts.conditions.filter(({ labels }) => labels !== null);
  const labels = labelled.map(({ name }) => name);
  const gathered = await gatherColumns(stream, { columns: needed, labels, onPiece: progress.onRows });
  progress.finish();
  const wording = onCommandLine(command);
  checkCells(
    gathered.columns.filter(({ name }) => !labels.includes(name)),
    wording,
  );
  const table = { ...gathered, columns: gathered.columns.map((column) => asPlaces(column, labelled, command)) };
  const rows = completeRows(table, needed, values.missing === "drop", wording);
  const places = rows.places;
  const matrix = matrixOf(rows.columns);
  const D = columns.length;
  return {
    x: part(matrix, 0, D),
    given: part(matrix, D, needed.length),
    dropped: rows.dropped,
    notes: stream.notes,
    lineOf: (row) => gathered.lineOf(places[row]),
  };
}

function asPlaces(column: GatheredColumn, conditions: readonly GivenColumn[], command: string): GatheredColumn {
  const labels = conditions.find(({ name }) => name === column.name)?.labels;
  if (!labels) return column;
  // labels that look like numbers are texts all the same
  const texts = column.labels ?? Array.from(column.values ?? [], (value) => (Number.isNaN(value) ? "" : String(value)));
  const values = placesOfLabels(command, { name: column.name, labels: [...labels, ""] }, texts);
  return { ...column, values: values.map((place) => (place === labels.length ? Number.NaN : place)) };
}

/** Columns from … to − 1. */
function part(matrix: Tensor, from: number, to: number): Tensor {
  const [N, W] = matrix.shape;
  const data = new Float64Array(N * (to - from));
  for (let i = 0; i < N; i++) data.set(matrix.data.subarray(i * W + from, i * W + to), i * (to - from));
  return new Tensor(data, [N, to - from]);
}
