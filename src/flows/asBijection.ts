import { checkParameters } from "../autograd/parts.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkCount, checkShape } from "../tensor/shape.ts";
import type { Bijection } from "./bijection.ts";

/**
 * x, if it is a bijection, made by a layer or by hand. Throws DomainError, in the name of the operation; a Flow is told to give its
 * bijection.
 */
export function asBijection(operation: string, name: string, x: unknown): Bijection {
  const { forward, inverse, dataShape, latentShape, cost, definition, context } = (x ?? {}) as Partial<Bijection>;
  if (typeof forward !== "function" || typeof inverse !== "function" || typeof cost !== "object" || cost === null) {
    const remedy = typeof x === "object" && x !== null && "bijection" in x ? ": take its .bijection" : "";
    throw new DomainError(`${operation}: ${name} must be a bijection; got ${describeValue(x)}${remedy}`);
  }
  if (context !== undefined) checkCount(operation, `the context of ${name}`, context, 0);
  if (definition !== undefined && typeof definition?.type !== "string") {
    throw new DomainError(`${operation}: ${name} must have a definition { type }; got ${describeValue(definition)}`);
  }
  for (const shape of [dataShape, latentShape]) checkShape(operation, shape as never);
  checkParameters(operation, name, x);
  return x as Bijection;
}
