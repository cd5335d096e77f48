import type { ColumnFacts } from "../io/tables/columnFacts.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { type ColumnType, type ColumnTypeOption, typeFrom } from "./columnType.ts";

/** What columns are said to be: one type for all, or some by name; the others are inferred. */
export type TypesOption = "infer" | ColumnTypeOption | { readonly [column: string]: ColumnTypeOption };

/** Where zero is fewer deviations away than this, a real density would give numbers below it. */
const NEAR_ZERO = 3;

/** The types of columns with these values, as asked for or inferred. Throws DomainError for a type that is none, and where a value is not of it. */
export function typesOf(
  operation: string,
  columns: readonly { readonly name: string; readonly values: Float64Array }[],
  facts: readonly ColumnFacts[],
  option: TypesOption,
): ColumnType[] {
  return columns.map(({ name, values }) => {
    const asked = askedType(option, name);
    if (asked !== undefined) return typeFrom(operation, name, asked, values);
    return inferType(
      values,
      facts.find((fact) => fact.name === name),
    );
  });
}

/** Whether it is one type for all columns, and not types by name. */
export function isOneType(option: TypesOption): option is ColumnTypeOption | "infer" {
  return typeof option === "string" || "rounded" in option || "interval" in option;
}

/** What was asked for a column; undefined where its type is to be inferred. */
export function askedType(option: TypesOption, name: string): unknown {
  if (option === "infer") return undefined;
  if (isOneType(option)) return option;
  return Object.hasOwn(option, name) ? option[name] : undefined;
}

/**
 * The type that the values speak for.
 *
 * Coarsely rounded columns are cells. Numbers above 0 whose logarithms are better described by a normal density than they are, and of which a normal density would have some
 * below 0, are positive. Numbers strictly between 0 and 1 that come near both are an interval. All others are real.
 */
export function inferType(values: Float64Array, facts: ColumnFacts | undefined): ColumnType {
  const rounding = facts?.rounding;
  if (rounding?.coarse) {
    if (rounding.step === 1 && values.every(Number.isInteger)) return { kind: "integer" };
    return typeFrom("estimateDensity", facts?.name ?? "", { rounded: rounding.step }, values);
  }
  const { least, most, mean, variance } = momentsOf(values);
  if (least > 0 && most < 1 && least < 0.05 && most > 0.95) return { kind: "interval", low: 0, high: 1 };
  if (least > 0 && mean < NEAR_ZERO * Math.sqrt(variance)) {
    const logs = momentsOf(values.map(log));
    // mean log-likelihoods of the best normal densities, up to the same constant: −ln σ, and −ln σ′ − mean ln x
    if (-0.5 * log(logs.variance) - logs.mean > -0.5 * log(variance)) return { kind: "positive" };
  }
  return { kind: "real" };
}

function momentsOf(values: Float64Array): { least: number; most: number; mean: number; variance: number } {
  let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value / values.length;
  }
  let squares = 0;
  for (const value of values) squares += ((value - sum) * (value - sum)) / values.length;
  return { least, most, mean: sum, variance: squares };
}
