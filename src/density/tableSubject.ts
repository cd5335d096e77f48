import { dataHash } from "../io/files/dataHash.ts";
import { columnFacts, type NumberColumn } from "../io/tables/columnFacts.ts";
import type { GatheredColumns } from "../io/tables/gatherColumns.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { RowGroups } from "../tensor/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkFacts, someOf } from "./checkFacts.ts";
import { chooseColumns } from "./chooseColumns.ts";
import { completeRows, matrixOf } from "./completeRows.ts";
import type { ConstantColumn } from "./coordinates.ts";
import type { DensityOptions } from "./densityOptions.ts";
import { checkEnough, FEWEST_ROWS } from "./heldOutRows.ts";
import { askedType, isOneType, type TypesOption, typesOf } from "./inferTypes.ts";
import { asPlaces, type LabelledCondition, labelsOf } from "./labels.ts";
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
  readonly labels: readonly LabelledCondition[];
  readonly constants: readonly ConstantColumn[];
  /** [N, D + conditions] */
  readonly matrix: Tensor;
  /** Which rows of the table they are. */
  readonly places: Uint32Array;
  /** Which rows are copies of each other. */
  readonly groups: RowGroups;
  readonly remarks: readonly string[];
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
    columns: gathered.columns.map((column) => asPlaces(column, labels, wording.operation)),
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
  const matrix = matrixOf([...kept, ...complete.columns.slice(chosen.columns.length)]);
  onStage("looking for copies of rows", places.length);
  const N = places.length;
  const groups = checkEnough(matrix, wording);
  const duplicates = N - groups.sizes.length;
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
  return {
    columns: names,
    types,
    labels,
    constants,
    matrix,
    places,
    groups,
    remarks,
    dropped,
    hash: dataHash([matrix]),
  };
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

/** Validation rows of their own, as a matrix with the columns of the subject. */
export function ownMatrix(gathered: GatheredColumns, subject: TableSubject, operation: string): Tensor {
  const wanted = [...subject.columns, ...subject.labels].map(({ name }) => name);
  const columns = gathered.columns.map((column) => asPlaces(column, subject.labels, operation));
  const values = wanted.map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column?.values && !column.values.some(Number.isNaN)) return { name, values: column.values };
    throw new DomainError(`${operation}: the validation rows must have numbers in column ${name}`);
  });
  if (gathered.rows === 0) throw new DomainError(`${operation}: needs at least one validation row; got none`);
  return matrixOf(values);
}
