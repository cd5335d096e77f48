import { DomainError, describeValue } from "../tensor/errors.ts";
import { exp, log } from "../tensor/kernels/elementary.ts";

/**
 * What the values of a column are.
 *
 * - `real`: any number.
 * - `integer`, `rounded`: numbers that stand for a cell, [x − step/2, x + step/2); values are origin + k·step. An integer has step 1.
 * - `positive`: numbers > 0, modelled by their logarithm.
 * - `interval`: numbers in (low, high), modelled by their logit.
 */
export type ColumnType =
  | { readonly kind: "real" }
  | { readonly kind: "integer" }
  | { readonly kind: "rounded"; readonly step: number; readonly origin: number }
  | { readonly kind: "positive" }
  | { readonly kind: "interval"; readonly low: number; readonly high: number };

/** A type as it is asked for: `"real"`, `"integer"`, `"positive"`, `{ rounded: step }` or `{ interval: [low, high] }`. */
export type ColumnTypeOption =
  | "real"
  | "integer"
  | "positive"
  | { readonly rounded: number }
  | { readonly interval: readonly [low: number, high: number] };

/** The type that an option asks for, of a column with these values. Throws DomainError for one that is none, and where a value is not of it. */
export function typeFrom(operation: string, name: string, option: unknown, values: Float64Array): ColumnType {
  const type = typeOf(operation, name, option, values);
  const i = values.findIndex((value) => !isOf(type, value));
  if (i < 0) return type;
  throw new DomainError(`${operation}: column ${name} must be ${inWords(type)}; got ${values[i]}`);
}

function typeOf(operation: string, name: string, option: unknown, values: Float64Array): ColumnType {
  if (option === "real" || option === "integer" || option === "positive") return { kind: option };
  if (typeof option === "object" && option !== null) {
    const { rounded: step, interval } = option as { readonly rounded?: unknown; readonly interval?: unknown };
    if (typeof step === "number" && step > 0 && step < Number.POSITIVE_INFINITY) {
      return { kind: "rounded", step, origin: originOf(values, step) };
    }
    if (Array.isArray(interval) && interval.length === 2 && interval.every(Number.isFinite)) {
      const [low, high] = interval as number[];
      if (low < high) return { kind: "interval", low, high };
    }
  }
  const known = '"real", "integer", "positive", { rounded: step } or { interval: [low, high] }';
  throw new DomainError(`${operation}: the type of ${name} must be ${known}; got ${describeValue(option)}`);
}

/** Where the grid of that step lies: the first value, brought near 0. */
function originOf(values: Float64Array, step: number): number {
  const first = values.length === 0 ? 0 : values[0];
  const origin = first - step * Math.round(first / step);
  return Math.abs(origin) < 1e-9 * step ? 0 : origin;
}

/** Whether a value is one of that type. Of rounded columns any number is: its cell is around it. */
export function isOf(type: ColumnType, value: number): boolean {
  if (type.kind === "integer") return Number.isInteger(value);
  if (type.kind === "positive") return value > 0 && value < Number.POSITIVE_INFINITY;
  if (type.kind === "interval") return value > type.low && value < type.high;
  return Number.isFinite(value);
}

/** `integers`, `positive`, `between 0 and 1` … */
export function inWords(type: ColumnType): string {
  if (type.kind === "integer") return "integers";
  if (type.kind === "positive") return "positive";
  if (type.kind === "interval") return `between ${type.low} and ${type.high}`;
  if (type.kind === "rounded") return `rounded to ${type.step}`;
  return "real";
}

/** The width of the cell that a value stands for; 0 where it stands for itself. */
export function cellWidth(type: ColumnType): number {
  if (type.kind === "rounded") return type.step;
  return type.kind === "integer" ? 1 : 0;
}

/** The number that has no bounds: x, ln x, or the logit; x must be of the type. */
export function unbounded(type: ColumnType, x: number): number {
  if (type.kind === "positive") return log(x);
  if (type.kind === "interval") return log(x - type.low) - log(type.high - x);
  return x;
}

/** ln |d unbounded/dx| */
export function logSlope(type: ColumnType, x: number): number {
  if (type.kind === "positive") return -log(x);
  if (type.kind === "interval") return log(type.high - type.low) - log(x - type.low) - log(type.high - x);
  return 0;
}

const [LEAST, GREATEST] = [5e-324, 1.7976931348623157e308];

/** The number of the type whose {@link unbounded} is v; of cells the value in the middle. What rounding carries outside is the next number inside. */
export function bounded(type: ColumnType, v: number): number {
  if (type.kind === "positive") return Math.min(Math.max(exp(v), LEAST), GREATEST);
  if (type.kind === "integer") return Math.round(v) + 0;
  if (type.kind === "rounded") return type.origin + type.step * Math.round((v - type.origin) / type.step);
  if (type.kind === "real") return v;
  const { low, high } = type;
  const share = v > 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v));
  const x = low + (high - low) * share;
  if (x <= low) return low + (high - low) * 1e-16 > low ? low + (high - low) * 1e-16 : afterwards(low, high);
  return x >= high ? beforehand(low, high) : x;
}

/** A number just above `low`. */
function afterwards(low: number, high: number): number {
  return low + Math.max(Math.abs(low), (high - low) * 1e-16) * 2.220446049250313e-16;
}

/** A number just below `high`. */
function beforehand(low: number, high: number): number {
  return high - Math.max(Math.abs(high), (high - low) * 1e-16) * 2.220446049250313e-16;
}
