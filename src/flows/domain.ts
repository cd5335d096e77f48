import { DomainError } from "../tensor/errors.ts";
import { formatShape, unravel } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The set on which a function is defined, and how messages call it. */
export interface Domain {
  readonly contains: (value: number) => boolean;
  readonly name: string;
}

/** The numbers > 0. */
export const POSITIVE: Domain = { contains: (value) => value > 0 && value < Number.POSITIVE_INFINITY, name: "(0, ∞)" };

/** Throws DomainError, in the name of the operation, for the first number outside the domain; NaN is outside of all. */
export function checkDomain(operation: string, what: string, x: Tensor, { contains, name }: Domain): void {
  const { data } = x;
  for (let i = 0; i < data.length; i++) {
    if (contains(data[i])) continue;
    const index = formatShape(unravel(i, x.shape));
    throw new DomainError(`${operation}: ${what} must lie in ${name}; got ${data[i]} at ${index}`);
  }
}
