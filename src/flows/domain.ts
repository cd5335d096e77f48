import { inspect } from "../autograd/recorder.ts";
import { apply, type Rule } from "../autograd/rule.ts";
import type { Variable } from "../autograd/variable.ts";
import { DomainError } from "../tensor/errors.ts";
import { formatShape, unravel } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The interval on which a function is defined, by the least and the greatest float64 number in it, and how messages call it. */
export interface Domain {
  readonly least: number;
  readonly greatest: number;
  readonly name: string;
}

/** The least number > 0. */
export const LEAST_POSITIVE = 5e-324;
/** The greatest number < 1. */
export const BELOW_ONE = 0.9999999999999999; // 1 − 2⁻⁵³

/** The numbers > 0. */
export const POSITIVE: Domain = { least: LEAST_POSITIVE, greatest: 1.7976931348623157e308, name: "(0, ∞)" };

/** The last number with a property on the way from one that has it to one that does not, by bisection. */
export function lastInside(isInside: (x: number) => boolean, inside: number, beyond: number): number {
  const middle = (inside + beyond) / 2;
  if (middle === inside || middle === beyond) return inside;
  return isInside(middle) ? lastInside(isInside, middle, beyond) : lastInside(isInside, inside, middle);
}

/** Throws DomainError, in the name of the operation, for the first number outside the domain; NaN is outside of all. */
export function checkDomain(operation: string, what: string, x: Tensor, domain: Domain): void {
  inspect([x], (values) => {
    const i = firstOutside(values, domain);
    if (i < 0) return;
    const index = formatShape(unravel(i, values.shape));
    throw new DomainError(`${operation}: ${what} must lie in ${domain.name}; got ${values.data[i]} at ${index}`);
  });
}

/**
 * x, but what rounding has carried out of the domain is the next number inside, so that nothing leaves it that came from a function into
 * it: sigmoid(37) is 1 − 2⁻⁵³, and not 1, which no x is mapped to. NaN stays. Gradient: g.
 */
export function keepInside(x: Variable, domain: Omit<Domain, "name">): Variable {
  return apply(keepInsideRule, [x], domain);
}

const keepInsideRule: Rule<[x: Tensor], [domain: Omit<Domain, "name">]> = {
  name: "keepInside",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, { least, greatest }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.min(Math.max(x[i], least), greatest);
  },
  vjp: (_inputs, _y, g) => [() => g],
};

/** The index of the first number that is not in the domain, or −1. */
function firstOutside({ data }: Tensor, { least, greatest }: Omit<Domain, "name">): number {
  for (let i = 0; i < data.length; i++) if (!(data[i] >= least && data[i] <= greatest)) return i;
  return -1;
}
