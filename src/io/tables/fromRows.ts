import { DomainError, describeValue } from "../../tensor/errors.ts";
import { blankCells, quote } from "./cellTexts.ts";
import { checkTexts, faultOfNames } from "./names.ts";
import { Table } from "./table.ts";
import { ValueBlock } from "./valueBlock.ts";

/** What a cell may hold in {@link fromRows}; null and undefined make it blank. */
export type CellValue = number | string | null | undefined;

/**
 * The table of these objects, one row each, with these of their own properties as columns.
 *
 * A number keeps its bits. null, undefined and an absent property make a blank cell, but a column that no object has is
 * taken for a slip. Line numbers are those of the text that `writeCsv` makes when no cell contains a line break.
 *
 * Throws DomainError for other values (NaN and infinities too), for rows that are no objects, and for names that are empty, repeated or unknown.
 *
 * @example
 * const table = fromRows([{ x: 1, y: 2 }, { x: 3, y: null }], ["x", "y"]);
 * table.column("x"); // [1, 3]
 * table.missing(); // [3], the line of the row
 */
export function fromRows(objects: readonly object[], columns: readonly string[]): Table {
  if (!Array.isArray(objects) || objects.some((object) => typeof object !== "object" || object === null)) {
    throw new DomainError(`fromRows: rows must be a list of objects; got ${describeValue(objects)}`);
  }
  checkTexts("fromRows", "columns", columns);
  const fault = faultOfNames(columns);
  if (fault !== null) throw new DomainError(`fromRows: ${fault.message}`);
  for (const name of columns) {
    if (objects.length > 0 && !objects.some((object) => Object.hasOwn(object, name))) {
      throw new DomainError(`fromRows: some object must have each column; none has ${quote(name)}`);
    }
  }
  const cells: CellValue[][] = columns.map(() => []);
  for (const [i, object] of objects.entries()) {
    for (const [j, name] of columns.entries()) cells[j].push(cellOf(object, name, i));
  }
  const blocks = [new ValueBlock(cells, objects.length, 2)];
  return new Table({ names: [...columns], blocks, blanks: blankCells(["", "NA"]) });
}

function cellOf(object: object, name: string, i: number): CellValue {
  const value = Object.hasOwn(object, name) ? (object as Readonly<Record<string, CellValue>>)[name] : null;
  if (value === null || value === undefined || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new DomainError(
    `fromRows: values must be finite numbers, strings or null; got ${describeValue(value)} in row ${i}, column ${quote(name)}`,
  );
}
