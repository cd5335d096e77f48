import { dataHash } from "../../io/files/dataHash.ts";
import { columnFacts, type NumberColumn } from "../../io/tables/columnFacts.ts";
import { type GatheredColumns, gatherColumns } from "../../io/tables/gatherColumns.ts";
import type { Random, Tensor } from "../../tensor/index.ts";
import { CommandError } from "../commandError.ts";
import type { Values } from "../commandOptions.ts";
import { ReadingProgress } from "../progress.ts";
import { openTableFile } from "../tableInput.ts";
import { checkFacts } from "./checkFacts.ts";
import { type ChosenColumns, chooseColumns, listed, namesIn } from "./chooseColumns.ts";
import { type CompleteRows, checkEnough, completeRows, type HeldOut, holdOut } from "./heldOutRows.ts";

/** A table as it is fitted. */
export interface Subject {
  readonly file: string;
  readonly chosen: ChosenColumns;
  readonly parts: HeldOut;
  readonly lineOf: (row: number) => number;
  readonly rows: number;
  readonly dropped: number;
  /** What was recognised in the file, and what is to be said of its columns. */
  readonly remarks: readonly string[];
  /** The hash of all numbers. */
  readonly hash: string;
}

/** Reads the table, chooses columns, and holds rows out. What it has read is let go, but for the rows. */
export async function readSubject(file: string, values: Values, testShare: number, random: Random): Promise<Subject> {
  const progress = new ReadingProgress(values.json || values.quiet ? null : process.stdout);
  const stream = await openTableFile(file, values, progress);
  const asked = [
    ...namesIn("columns", values.columns, stream.names),
    ...namesIn("condition", values.condition, stream.names),
  ];
  const table = await gatherColumns(stream, {
    ...(values.columns !== undefined && { columns: [...new Set(asked)] }),
    exclude: namesIn("exclude", values.exclude, stream.names),
    onPiece: progress.onRows,
  });
  progress.finish();
  const chosen = chooseColumns(table, values);
  const complete = rowsToFit(table, chosen, values);
  const groups = checkEnough(complete);
  const facts = checkFacts(columnFacts(columnsOf(complete.matrix, [...chosen.columns, ...chosen.conditions])));
  const hash = dataHash([complete.matrix]);
  const parts = holdOut(complete, groups, testShare, random);
  const rows = complete.matrix.shape[0];
  const duplicates = rows - parts.different;
  return {
    ...{ file, chosen, parts, rows, hash, lineOf: table.lineOf, dropped: complete.dropped },
    remarks: [
      ...stream.notes,
      ...chosen.remarks,
      ...facts,
      ...(complete.dropped > 0 ? [`dropped ${complete.dropped} rows with blanks`] : []),
      ...(duplicates > 0
        ? [
            `${duplicates} rows are copies of others: ${parts.different} are different, and copies stay on one side of the split`,
          ]
        : []),
    ],
  };
}

/** The columns of a matrix, by name. */
function columnsOf({ data, shape: [N, width] }: Tensor, names: readonly string[]): NumberColumn[] {
  return names.map((name, j) => ({ name, values: Float64Array.from({ length: N }, (_, i) => data[i * width + j]) }));
}

/** The rows with all their numbers. Throws CommandError if there are no columns to fit. */
function rowsToFit(
  table: GatheredColumns,
  { columns, conditions, remarks }: ChosenColumns,
  { missing }: Values,
): CompleteRows {
  if (columns.length === 0) {
    const why = remarks.length === 0 ? "" : ` (${remarks.join("; ")})`;
    const known = table.columns.map(({ name }) => name);
    throw new CommandError(`fit needs at least one numeric column; got none of ${listed(known)}${why}`);
  }
  return completeRows(table, [...columns, ...conditions], missing === "drop");
}
