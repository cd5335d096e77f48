import { quote } from "../../io/tables/cellTexts.ts";
import { isCounted } from "../../io/tables/columnFacts.ts";
import { asSetAside } from "../../io/tables/columnReport.ts";
import type { GatheredColumn, GatheredColumns } from "../../io/tables/gatherColumns.ts";
import { CommandError } from "../commandError.ts";
import type { NameList, Values } from "../commandOptions.ts";
import { checkCells } from "../tableRows.ts";

/** The columns of a table that a model is of, and what is to be said about the others. */
export interface ChosenColumns {
  /** Modelled. */
  readonly columns: readonly string[];
  /** Given. */
  readonly conditions: readonly string[];
  /** Lines for the report. */
  readonly remarks: readonly string[];
}

/** Of a column of which so many cells are numbers, a cell that is none is an error, not a reason to set it aside. */
const MOSTLY = 0.9;

/** Names on the command line, as those of the table. Throws CommandError for one that the table has not, or that comes twice. */
export function namesIn(option: string, list: NameList | undefined, known: readonly string[]): readonly string[] {
  if (list === undefined) return [];
  const names = known.includes(list.asItStands) ? [list.asItStands] : list.names;
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new CommandError(`--${option}: each column once; got ${repeated} twice`, 2);
  const absent = names.find((name) => !known.includes(name));
  if (absent === undefined) return names;
  throw new CommandError(`--${option}: the table has no column ${JSON.stringify(absent)}; it has ${listed(known)}`);
}

/** Names for a message. */
export function listed(names: readonly string[]): string {
  return names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")}, … (${names.length} in all)`;
}

/**
 * The columns to model: those asked for, or all that are numbers, but for those that number the rows and those that have one value or two. A verdict depends on the file alone.
 *
 * Throws CommandError for a bad cell in a column that was asked for, or that is a column of numbers but for it.
 */
export function chooseColumns({ columns: all, rows }: GatheredColumns, values: Values): ChosenColumns {
  const known = all.map(({ name }) => name);
  const conditions = namesIn("condition", values.condition, known);
  const asked = namesIn("columns", values.columns, known);
  const remarks: string[] = [];
  for (const column of all) if (asked.includes(column.name) || conditions.includes(column.name)) checkNumbers(column);
  if (asked.length > 0) {
    const both = asked.find((name) => conditions.includes(name));
    if (both !== undefined)
      throw new CommandError(`--condition: a column is given or modelled; got ${both} as both`, 2);
    return { columns: asked, conditions, remarks };
  }
  const open = all.filter(({ name }) => !conditions.includes(name));
  checkMostlyNumbers(open);
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
      remarks.push(`left out, it numbers the rows: ${column.name} (--columns takes it)`);
      return false;
    }
    const few = fewValues(values);
    if (few === null || rows < 2) return true;
    remarks.push(
      few.length === 1
        ? `left out, it is constant (${few[0]}) and has no density: ${column.name}`
        : `left out, it has two values only (${few.join(" and ")}), and no density: ${column.name} (--condition takes it)`,
    );
    return false;
  });
  return { columns: columns.map(({ name }) => name), conditions, remarks };
}

/** Throws CommandError for a column that is one of numbers but for some cells. */
function checkMostlyNumbers(columns: readonly GatheredColumn[]): void {
  for (const column of columns) {
    const { numbers, infinities, texts } = column;
    const mostly = numbers > 0 && numbers + infinities >= MOSTLY * (numbers + infinities + texts);
    if (texts > 0 && mostly) checkNumbers(column);
  }
}

/** Throws CommandError for the first cell that is no number, and for a column without any. */
function checkNumbers(column: GatheredColumn): void {
  const remedy = `leave the column out with --exclude ${quote(column.name)}`;
  checkCells([column], `, or ${remedy}`);
  if (column.numbers === 0) throw new CommandError(`column ${quote(column.name)} has no numbers; ${remedy}`);
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
