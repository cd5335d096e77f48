// Columns of labels, as places of the labels in a list.

import type { GatheredColumn, GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Wording } from "./wording.ts";

/** A condition, and its labels; null for numbers. */
export interface LabelledCondition {
  readonly name: string;
  readonly labels: readonly string[] | null;
}

/** With more different texts a column has no labels, but names. */
const MOST_LABELS = 100;

/** The labels of a condition that has texts, in alphabetical order; null for numbers. Throws DomainError for too many. */
export function labelsOf({ columns }: GatheredColumns, name: string, wording: Wording): string[] | null {
  const column = columns.find((each) => each.name === name);
  if (column === undefined || column.texts === 0 || column.labels === null) return null;
  const labels = [...new Set(column.labels)].filter((label) => label.trim() !== "").sort();
  if (labels.length <= MOST_LABELS) return labels;
  throw new DomainError(
    `${wording.operation}: column ${name} must have at most ${MOST_LABELS} labels to be given; got ${labels.length}; leave it out with ${wording.exclude(name)}`,
  );
}

/** A column of labels, whatever they look like, as the places of its labels, NaN for blanks; other columns as they are. Throws DomainError for a label that is not known. */
export function asPlaces(
  column: GatheredColumn,
  conditions: readonly LabelledCondition[],
  operation: string,
): GatheredColumn {
  const { name, labels: texts } = column;
  const labels = conditions.find((condition) => condition.name === name)?.labels ?? null;
  if (labels === null || texts === null) return column;
  return { ...column, values: placesOfLabels(operation, { name, labels }, texts) };
}

/** The places of labels in the list of a condition, NaN for blanks. Throws DomainError for one that is not there. */
export function placesOfLabels(
  operation: string,
  { name, labels }: { readonly name: string; readonly labels: readonly string[] },
  values: readonly unknown[],
): Float64Array {
  const places = new Map(labels.map((label, k) => [label, k]));
  return Float64Array.from(values, (value) => {
    const text = String(value);
    if (text.trim() === "") return Number.NaN;
    const place = places.get(text);
    if (place !== undefined) return place;
    const known = `${labels.slice(0, 10).join(", ")}${labels.length > 10 ? ", …" : ""}`;
    throw new DomainError(`${operation}: ${name} must be one of ${known}; got ${describeValue(value)}`);
  });
}
