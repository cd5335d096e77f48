import { quote } from "../io/tables/cellTexts.ts";
import { isCounted } from "../io/tables/columnFacts.ts";
import { asSetAside } from "../io/tables/columnReport.ts";
import type { GatheredColumn, GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError } from "../tensor/errors.ts";
import { checkCells } from "./completeRows.ts";
import type { Wording } from "./wording.ts";

/** The columns of a table that a model is of, and what is to be said about the others. */
export interface ChosenColumns {
  /** Modelled. */
  readonly columns: readonly string[];
  /** Given. */
  readonly conditions: readonly string[];
  /** Lines for the report. */
  readonly remarks: readonly string[];
}

/** What was asked for by name. */
export interface AskedColumns {
  /** The columns to model; empty for those that can be modelled. */
  readonly columns: readonly string[];
  readonly conditions: readonly string[];
  /** Whether a column of two values is modelled, too. */
  withTwoValues(name: string): boolean;
}

/** Of a column of which so many cells are numbers, a cell that is none is an error, not a reason to set it aside. */
const MOSTLY = 0.9;

/**
 * The columns to model: those asked for, or all that are numbers, but for those that number the rows and those that have one value or two. A verdict depends on the file alone.
 *
 * Throws DomainError for a bad cell in a column that was asked for, or that is a column of numbers but for it.
 */
export function chooseColumns(
  { columns: all, rows }: GatheredColumns,
  { columns: asked, conditions, withTwoValues }: AskedColumns,
  wording: Wording,
): ChosenColumns {
  const remarks: string[] = [];
  for (const column of all) {
    if (asked.includes(column.name)) checkNumbers(column, wording);
    if (conditions.includes(column.name) && (column.texts === 0 || isMostlyNumbers(column)))
      checkNumbers(column, wording);
  }
  if (asked.length > 0) {
    const both = asked.find((name) => conditions.includes(name));
    if (both !== undefined)
      throw new DomainError(`${wording.operation}: a column is given or modelled; got ${both} as both`);
    return { columns: asked, conditions, remarks };
  }
  const open = all.filter(({ name }) => !conditions.includes(name));
  checkMostlyNumbers(open, wording);
  const skipped = open.flatMap((column) => asSetAside(column) ?? []);
  if (skipped.length > 0) {
    remarks.push(`skipped, not numeric: ${skipped.map(({ name }) => name).join(", ")}`);
    for (const { name, reason, line, cell } of skipped) {
      remarks.push(`  ${name}: ${reason}${line === null ? "" : `, ${quote(cell ?? "")} on line ${line}`}`);
    }
  }
  const numeric = open.filter((column) => asSetAside(column) === null);
  const columns = numeric.filter((column) => {
    const values = column.values as Float64Array;
    if (isCounted(values)) {
      remarks.push(`left out, it numbers the rows: ${column.name} (${wording.include(column.name)} takes it)`);
      return false;
    }
    const few = fewValues(values);
    if (few === null || few.length === 1 || rows < 2 || withTwoValues(column.name)) return true;
    remarks.push(
      `left out, it has two values only (${few.join(" and ")}), and no density: ${column.name} (${wording.condition(column.name)} takes it)`,
    );
    return false;
  });
  return { columns: columns.map(({ name }) => name), conditions, remarks };
}

/** Throws DomainError for a column that is one of numbers but for some cells. */
function checkMostlyNumbers(columns: readonly GatheredColumn[], wording: Wording): void {
  for (const column of columns) if (column.texts > 0 && isMostlyNumbers(column)) checkNumbers(column, wording);
}

function isMostlyNumbers({ numbers, infinities, texts }: GatheredColumn): boolean {
  return numbers > 0 && numbers + infinities >= MOSTLY * (numbers + infinities + texts);
}

/** Throws DomainError for the first cell that is no number, and for a column without any. */
function checkNumbers(column: GatheredColumn, wording: Wording): void {
  const remedy = `leave the column out with ${wording.exclude(column.name)}`;
  checkCells([column], wording, `, or ${remedy}`);
  if (column.numbers === 0) {
    throw new DomainError(`${wording.operation}: column ${quote(column.name)} has no numbers; ${remedy}`);
  }
}

/** The values of a column that has one or two; null if there are more. */
function fewValues(values: Float64Array): number[] | null {
  const few: number[] = [];
  for (const value of values) {
    if (Number.isNaN(value) || few.includes(value)) continue;
    if (few.length === 2) return null;
    few.push(value);
  }
  return few.sort((a, b) => a - b);
}
