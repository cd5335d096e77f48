import { DomainError, describeValue, ShapeError } from "./errors.ts";
import { Random } from "./random.ts";
import { checkCount, checkShape, formatShape, type Shape, sameShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

// Whether what came is what it must be; a program without types may give anything. All of these throw in the name of the operation.

/** x, if it is a Tensor. Throws DomainError. */
export function checkTensor(operation: string, name: string, x: unknown): Tensor {
  if (x instanceof Tensor) return x;
  throw new DomainError(`${operation}: ${name} must be a Tensor, as tensor(…) makes it; got ${describeValue(x)}`);
}

/** B, if x is a batch of events: a Tensor [B, ...event]. Throws DomainError, ShapeError. */
export function checkBatch(operation: string, x: unknown, event: Shape): number {
  const { shape } = checkTensor(operation, "x", x);
  if (shape.length === event.length + 1 && sameShape(shape.slice(1), event)) return shape[0];
  throw new ShapeError(`${operation}: the rows must be [${["B", ...event].join(",")}]; got ${formatShape(shape)}`);
}

/** The value, if it is a Random, or draws as one does. Throws DomainError. */
export function checkRandom(operation: string, random: unknown): Random {
  if (random instanceof Random) return random;
  const { uniform, normal } = (random ?? {}) as Partial<Random>;
  if (typeof uniform === "function" && typeof normal === "function") return random as Random;
  throw new DomainError(
    `${operation}: random must be a Random, for instance new Random(1); got ${describeValue(random)}`,
  );
}

/** Throws unless that generator can draw n events: DomainError unless n is an integer ≥ 0, LimitError for too many. */
export function checkDraw(operation: string, n: number, random: Random, event: Shape): void {
  checkCount(operation, "n", n, 0);
  checkRandom(operation, random);
  checkShape(operation, [n, ...event]);
}

/** Throws DomainError unless f is a function. */
export function checkFunction(operation: string, name: string, f: unknown): void {
  if (typeof f !== "function")
    throw new DomainError(`${operation}: ${name} must be a function; got ${describeValue(f)}`);
}

/** Throws DomainError unless it is a number with low ≤ value < high. */
export function checkRange(operation: string, name: string, value: unknown, low: number, high: number): void {
  if (typeof value === "number" && value >= low && value < high) return;
  const range = high === Number.POSITIVE_INFINITY ? `finite and ≥ ${low}` : `in [${low}, ${high})`;
  throw new DomainError(`${operation}: ${name} must be ${range}; got ${describeValue(value)}`);
}

/** Throws DomainError unless it is a number above 0. */
export function checkPositive(operation: string, name: string, value: unknown): void {
  if (typeof value === "number" && value > 0) return;
  throw new DomainError(`${operation}: ${name} must be positive; got ${describeValue(value)}`);
}

/** Throws DomainError unless it is true or false. */
export function checkFlag(operation: string, name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new DomainError(`${operation}: ${name} must be true or false; got ${describeValue(value)}`);
}
