import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** [x, …, the double nearest to f(x, …), what it lacks in units of its last place] */
export type ExactRow = readonly number[];

/** What scripts/elementary-table.mjs printed: values to six digits behind the last place of a double. */
const TABLE = JSON.parse(
  readFileSync(new URL("../tensor/kernels/data/elementary.json", import.meta.url), "utf8"),
) as Readonly<Record<"functions" | "derivatives", Readonly<Record<string, readonly ExactRow[]>>>>;

/** The rows of a function, or of its derivative; a row is `[...arguments, nearest, tail]`. */
export function exactRows(kind: "functions" | "derivatives", name: string): readonly ExactRow[] {
  const rows = TABLE[kind][name];
  expect(rows.length).toBeGreaterThan(50);
  return rows;
}

/** The arguments of a row. */
export const argumentsOf = (row: ExactRow): readonly number[] => row.slice(0, -2);

/** The distance from |v| to the next double away from zero. */
export function unitInLastPlace(v: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(v));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0) - Math.abs(v);
}

/** How far a value is from the exact one of the row, in units of its last place. */
export function ulpsOff(value: number, row: ExactRow): number {
  const [nearest, tail] = row.slice(-2);
  return Math.abs((value - nearest) / unitInLastPlace(nearest) - tail);
}

/** Fails unless f is within `promised` ULP at every row; NaN fails. */
export function expectWithinUlps(rows: readonly ExactRow[], f: (...xs: number[]) => number, promised: number): void {
  const wrong = rows.filter((row) => !(ulpsOff(f(...argumentsOf(row)), row) <= promised));
  expect(wrong.map((row) => `f(${argumentsOf(row)}): off by ${ulpsOff(f(...argumentsOf(row)), row)} ULP`)).toEqual([]);
}
