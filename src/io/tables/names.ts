import { DomainError, describeValue } from "../../tensor/errors.ts";
import { quote, trimBlanks } from "./cellTexts.ts";

/** Throws DomainError unless it is a list of strings. */
export function checkTexts(operation: string, name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return;
  throw new DomainError(`${operation}: ${name} must be a list of strings; got ${describeValue(value)}`);
}

/** What is wrong with the names of columns, and with which; null if nothing is. */
export function faultOfNames(names: readonly string[]): { readonly message: string; readonly index: number } | null {
  if (names.length === 0) return { message: "a table has at least one column; got none", index: 0 };
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (trimBlanks(name) === "") {
      return { message: `every column must have a name; got ${quote(name)} for column ${index + 1}`, index };
    }
    if (seen.has(name)) return { message: `the names of columns must differ; got ${quote(name)} twice`, index };
    seen.add(name);
  }
  return null;
}

/** c1 … cD: the names of columns that have none. */
export function numberedNames(columns: number): string[] {
  return Array.from({ length: columns }, (_, j) => `c${j + 1}`);
}

/** The names as a message lists them: the first twenty. */
export function listed(names: readonly string[]): string {
  return `${names.slice(0, 20).map(quote).join(", ")}${names.length > 20 ? ", …" : ""}`;
}

/** The places of the names that were asked for. Throws DomainError for an unknown name. */
export function placesOf(operation: string, wanted: readonly string[], places: ReadonlyMap<string, number>): number[] {
  checkTexts(operation, "names", wanted);
  return wanted.map((name) => placeOf(operation, name, places));
}

/** The place of a name. Throws DomainError for an unknown one. */
export function placeOf(operation: string, name: string, places: ReadonlyMap<string, number>): number {
  const place = places.get(name);
  if (place !== undefined) return place;
  const known = listed([...places.keys()]);
  throw new DomainError(`${operation}: the table must have the column; got ${describeValue(name)}, it has ${known}`);
}
