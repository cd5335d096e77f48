import type { Json } from "../../tensor/definitions/definition.ts";
import { DomainError, describeValue } from "../../tensor/errors.ts";

/** Lists and objects within each other, at most. */
const DEEPEST = 64;

/**
 * The value as JSON text, if it comes back from there as it is. Throws DomainError, with the place, for what JSON does not have: NaN and
 * infinities, functions, `undefined`, objects of a class, circles.
 */
export function jsonOf(operation: string, name: string, value: Json): string {
  checkJson(operation, name, value, 0);
  return JSON.stringify(value);
}

function checkJson(operation: string, place: string, value: unknown, depth: number): void {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return;
  if (depth > DEEPEST) throw new DomainError(`${operation}: ${place} must not be nested more than ${DEEPEST} deep`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(operation, `${place}[${i}]`, value[i], depth + 1);
    return;
  }
  const prototype = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== null && prototype !== Object.prototype) {
    throw new DomainError(`${operation}: ${place} must be plain JSON; got ${describeValue(value)}`);
  }
  for (const [key, entry] of Object.entries(value as object)) {
    if (entry !== undefined) checkJson(operation, `${place}.${key}`, entry, depth + 1);
  }
}
