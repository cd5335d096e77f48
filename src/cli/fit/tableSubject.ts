import { dataHash } from "../../io/files/dataHash.ts";
import { columnFacts } from "../../io/tables/columnFacts.ts";
import { gatherColumns } from "../../io/tables/gatherColumns.ts";
import type { Random } from "../../tensor/index.ts";
import { CommandError } from "../commandError.ts";
import type { Values } from "../commandOptions.ts";
import { ReadingProgress } from "../progress.ts";
import { openTableFile } from "../tableInput.ts";
import { type CompleteRows, completeRows, matrixOf } from "../tableRows.ts";
import { checkFacts } from "./checkFacts.ts";
import { type ChosenColumns, chooseColumns, listed, namesIn } from "./chooseColumns.ts";
import { checkEnough, type HeldOut, holdOut } from "./heldOutRows.ts";

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
  const { chosen, complete, lineOf, notes } = await readColumns(file, values, progress);
  const { columns, places, dropped } = complete;
  progress.onStage(`looking at ${columns.length} columns`, places.length);
  const facts = columns[0].values.length === 0 ? [] : columnFacts(columns);
  const matrix = matrixOf(columns);
  progress.onStage("looking for copies of rows", places.length);
  const groups = checkEnough(matrix);
  const remarks = checkFacts(facts, chosen.columns);
  const hash = dataHash([matrix]);
  const parts = holdOut(matrix, places, groups, testShare, random);
  const [rows] = matrix.shape;
  const duplicates = rows - parts.different;
  return {
    ...{ file, chosen, parts, rows, hash, lineOf, dropped },
    remarks: [
      ...notes,
      ...chosen.remarks,
      ...remarks,
      ...(dropped > 0 ? [`dropped ${dropped} rows with blanks`] : []),
      ...(duplicates > 0
        ? [
            `${duplicates} rows are copies of others: ${parts.different} are different, and copies stay on one side of the split`,
          ]
        : []),
    ],
  };
}

/** The columns to fit, of the rows that have all their numbers. */
async function readColumns(
  file: string,
  values: Values,
  progress: ReadingProgress,
): Promise<{
  chosen: ChosenColumns;
  complete: CompleteRows;
  lineOf: (row: number) => number;
  notes: readonly string[];
}> {
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
  const { columns, conditions, remarks } = chosen;
  if (columns.length === 0) {
    const why = remarks.length === 0 ? "" : ` (${remarks.join("; ")})`;
    const known = table.columns.map(({ name }) => name);
    throw new CommandError(`fit needs at least one numeric column; got none of ${listed(known)}${why}`);
  }
  const complete = completeRows(table, [...columns, ...conditions], values.missing === "drop");
  return { chosen, complete, lineOf: table.lineOf, notes: stream.notes };
}
