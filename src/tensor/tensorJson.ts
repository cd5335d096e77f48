import { DomainError, describeValue, ShapeError } from "./errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.ts";

/**
 * A tensor as plain JSON: its shape, and its elements in row-major order. Numbers for which JSON has no sign of its own are texts: `"NaN"`,
 * `"Infinity"`, `"-Infinity"`, `"-0"`. Every float64 comes back with the same bits, but for those that tell one NaN from another.
 */
export interface TensorJson {
  /** The length of each axis. */
  readonly shape: Shape;
  /** The elements, in row-major order. */
  readonly data: ArrayLike<number | string>;
}

/** The numbers that JSON cannot write: `null` and `0` would come of them. */
const NOT_IN_JSON: readonly string[] = ["NaN", "Infinity", "-Infinity", "-0"];

/** Whether something has the form of a tensor in JSON; its fields may still be anything. */
export function isTensorJson(values: unknown): values is TensorJson {
  return typeof values === "object" && values !== null && "shape" in values && "data" in values;
}

/** An element as JSON has it. */
export function toJsonNumber(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

/** The elements of a tensor written as JSON. Nothing is allocated before they are known to fill its shape. */
export function numbersOf({ shape, data }: TensorJson): Float64Array {
  const size = sizeOf(checkShape("tensor", shape));
  if (data?.length === size) {
    return data instanceof Float64Array ? new Float64Array(data) : Float64Array.from(data, fromJsonNumber);
  }
  throw new ShapeError(
    `tensor: data must fill the shape; ${describeValue(data?.length)} numbers for ${formatShape(shape)}`,
  );
}

function fromJsonNumber(value: number | string): number {
  if (typeof value === "number") return value;
  if (NOT_IN_JSON.includes(value)) return Number(value);
  throw new DomainError(
    `tensor: elements must be numbers, or the texts ${NOT_IN_JSON.join(", ")}; got ${describeValue(value)}`,
  );
}
