import { dataHash } from "../io/files/dataHash.ts";
import { columnFacts, type NumberColumn } from "../io/tables/columnFacts.ts";
import type { GatheredColumn, GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { groupEqualRows } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkFacts, someOf } from "./checkFacts.ts";
import { chooseColumns } from "./chooseColumns.ts";
import { completeRows, matrixOf } from "./completeRows.ts";
import { type ConstantColumn, placesOfLabels } from "./coordinates.ts";
import type { DensityOptions } from "./densityOptions.ts";
import { FEWEST_ROWS } from "./heldOutRows.ts";
import { askedType, isOneType, type TypesOption, typesOf } from "./inferTypes.ts";
import type { Wording } from "./wording.ts";

/** What is asked of the columns. */
export interface SubjectOptions extends Pick<DensityOptions, "missing" | "for"> {
  /** None for those that can be modelled. */
  readonly columns: readonly string[];
  /** Those that are given. */
  readonly conditions: readonly string[];
}

/** The columns of a table that are modelled and given, as a matrix. */
export interface TableSubject {
  readonly columns: readonly { readonly name: string }[];
  readonly types: ReturnType<typeof typesOf>;
  readonly labels: readonly { readonly name: string; readonly labels: readonly string[] | null }[];
  readonly constants: readonly ConstantColumn[];
  /** [N, D + conditions] */
  readonly matrix: Tensor;
  /** Which rows of the table they are. */
  readonly places: Uint32Array;
  readonly remarks: string[];
  readonly dropped: number;
  readonly hash: string;
}

/** The columns that are modelled and given, of the rows that have all their numbers. Throws DomainError. */
export function subjectOf(
  gathered: GatheredColumns,
  options: SubjectOptions,
  typesAsked: TypesOption,
  wording: Wording,
  onStage: (what: string, count: number) => void,
): TableSubject {
  const { columns: asked, conditions: given, missing } = options;
  checkNames(gathered, [...asked, ...given], wording);
  checkNames(gathered, namesIn(typesAsked, wording), wording);
  const withTwoValues = (name: string): boolean =>
    options.for === "anomalies" || ["integer", "object"].includes(typeOfAsked(typesAsked, name));
  const chosen = chooseColumns(gathered, { columns: asked, conditions: given, withTwoValues }, wording);
  if (chosen.columns.length === 0) {
    const why = chosen.remarks.length === 0 ? "" : ` (${chosen.remarks.join("; ")})`;
    const known = gathered.columns.map(({ name }) => name);
    throw new DomainError(
      `${wording.operation}: needs at least one numeric column; got none of ${someOf(known)}${why}`,
    );
  }
  const labels = given.map((name) => ({ name, labels: labelsOf(gathered, name, wording) }));
  const table: GatheredColumns = {
    ...gathered,
    columns: gathered.columns.map((column) => asNumbers(column, labels, wording.operation)),
  };
  const complete = completeRows(table, [...chosen.columns, ...given], missing === "drop", wording);
  const { places, dropped } = complete;
  onStage(`looking at ${complete.columns.length} columns`, places.length);
  const modelled = complete.columns.slice(0, chosen.columns.length);
  const numbersGiven = complete.columns.slice(chosen.columns.length).filter((_, k) => labels[k].labels === null);
  const all = places.length === 0 ? [] : columnFacts([...numbersGiven.filter(varying), ...modelled]);
  const explicit = (name: string): boolean => askedType(typesAsked, name) !== undefined;
  const verdict = checkFacts(
    all,
    places.length === 0 ? [] : chosen.columns,
    (name) =>
      !(options.for === "anomalies" || explicit(name) || all.find((fact) => fact.name === name)?.rounding?.coarse),
    wording,
  );
  // where there are too few rows that is what is said, whatever they hold
  const kept = modelled.filter(({ name }) => places.length < FEWEST_ROWS || verdict.columns.includes(name));
  if (kept.length === 0) {
    throw new DomainError(
      `${wording.operation}: needs a column that has a density; got none (${verdict.remarks.join("; ")})`,
    );
  }
  const types = typesOf(wording.operation, kept, all, typesAsked);
  const constants = all.flatMap(({ name, constant }) =>
    constant !== undefined && chosen.columns.includes(name) ? [{ name, value: constant }] : [],
  );
  const names = kept.map(({ name }) => ({ name }));
  const counted = kept.length > 0 ? kept : modelled; // of constant columns alone, it is to be said how few rows differ
  const matrix = matrixOf([...counted, ...complete.columns.slice(chosen.columns.length)]);
  onStage("looking for copies of rows", places.length);
  const N = places.length;
  const duplicates = N - groupEqualRows(matrix).sizes.length;
  const remarks = [
    ...chosen.remarks,
    ...verdict.remarks,
    ...(dropped > 0 ? [`dropped ${dropped === 1 ? "1 row" : `${dropped} rows`} with blanks`] : []),
    ...(duplicates > 0
      ? [
          `${duplicates === 1 ? "1 row is a copy of another" : `${duplicates} rows are copies of others`}: ${N - duplicates} are different`,
        ]
      : []),
  ];
  return { columns: names, types, labels, constants, matrix, places, remarks, dropped, hash: dataHash([matrix]) };
}

/** What kind of thing was asked for a column: a word, or an object. */
function typeOfAsked(types: TypesOption, name: string): string {
  const asked = askedType(types, name);
  return typeof asked === "string" ? asked : typeof asked;
}

/** The columns that types are said of by name. Throws DomainError for types that are none. */
function namesIn(types: TypesOption, { operation }: Wording): string[] {
  if (typeof types === "string") return [];
  const prototype = typeof types === "object" && types !== null ? Object.getPrototypeOf(types) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new DomainError(`${operation}: types must be a type, or types by column; got ${describeValue(types)}`);
  }
  return isOneType(types) ? [] : Object.keys(types);
}

function varying({ values }: NumberColumn): boolean {
  return values.some((value) => value !== values[0]);
}

/** Throws DomainError for a name that the table has not, or that comes twice. */
function checkNames({ columns }: GatheredColumns, names: readonly string[], { operation }: Wording): void {
  const known = columns.map(({ name }) => name);
  const absent = names.find((name) => !known.includes(name));
  if (absent !== undefined) {
    throw new DomainError(`${operation}: the table has no column ${JSON.stringify(absent)}; it has ${someOf(known)}`);
  }
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new DomainError(`${operation}: each column once; got ${repeated} twice`);
}

/** With more different texts a column has no labels, but names. */
const MOST_LABELS = 100;

/** The labels of a condition that has texts, in alphabetical order; null for numbers. */
function labelsOf({ columns }: GatheredColumns, name: string, wording: Wording): string[] | null {
  const texts = columns.find((column) => column.name === name)?.labels ?? null;
  if (texts === null) return null;
  const labels = [...new Set(texts)].filter((label) => label.trim() !== "").sort();
  if (labels.length <= MOST_LABELS) return labels;
  throw new DomainError(
    `${wording.operation}: column ${name} must have at most ${MOST_LABELS} labels to be given; got ${labels.length}; leave it out with ${wording.exclude(name)}`,
  );
}

/** A column of labels as the places of its labels, NaN for blanks; other columns as they are. */
function asNumbers(
  column: GatheredColumn,
  conditions: readonly { readonly name: string; readonly labels: readonly string[] | null }[],
  operation: string,
): GatheredColumn {
  const labels = conditions.find(({ name }) => name === column.name)?.labels;
  if (labels === null || labels === undefined || column.labels === null) return column;
  const known = [...labels, ""];
  const texts = column.labels.map((text) => (text.trim() === "" ? "" : text));
  const values = placesOfLabels(operation, { name: column.name, labels: known }, texts);
  return { ...column, values: values.map((place) => (place === labels.length ? Number.NaN : place)) };
}

/** Validation rows of their own, as a matrix with the columns of the subject. */
export function ownMatrix(gathered: GatheredColumns, subject: TableSubject, operation: string): Tensor {
  const wanted = [...subject.columns, ...subject.labels].map(({ name }) => name);
  const columns = gathered.columns.map((column) => asNumbers(column, subject.labels, operation));
  const values = wanted.map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column?.values && !column.values.some(Number.isNaN)) return { name, values: column.values };
    throw new DomainError(`${operation}: the validation rows must have numbers in column ${name}`);
  });
  if (gathered.rows === 0) throw new DomainError(`${operation}: needs at least one validation row; got none`);
  return matrixOf(values);
}
