import { DomainError, describeValue } from "../tensor/errors.ts";

/** What has been declared pure. */
const declared = /*#__PURE__*/ new WeakSet<object>();

/**
 * Declares that a part of your own, a layer, an element, a net, a distribution or an objective, does the same ops whatever the values are: then training and scoring may
 * record what it does once and repeat that from a plan, with the same bits, faster. All of diffeo's own parts are pure, but for elements with functions of your own, and copies
 * of parts, `{ ...part, forward }`: these are yours. Returns the part itself.
 *
 * What it does must be ops, from the tensors that it is given, its parameters and constants, without a choice that depends on numbers: no random numbers, no
 * counter, no branch on `x.at(0)`, no tensor that is made of `x.data` (a rule of one's own may do what it likes in its `forward`). The first repetition is compared with
 * what the part does itself, and where a bit differs, there is no plan; what differs only later is not noticed.
 * Throws DomainError for anything but objects and functions.
 *
 * @example
 * const double = pure(
 *   layer({
 *     shape: [2],
 *     forward: (x) => ({ z: mul(x, 2), logDet: full([x.shape[0]], 2 * Math.LN2) }),
 *     inverse: (z) => ({ x: mul(z, 0.5), logDet: full([z.shape[0]], -2 * Math.LN2) }),
 *   }),
 * );
 * double.forward(tensor([[1, 2]])).z; // [[2, 4]]
 */
export function pure<Part extends object>(part: Part): Part {
  if ((typeof part !== "object" && typeof part !== "function") || part === null) {
    throw new DomainError(`pure: takes a layer, a net, a distribution or an objective; got ${describeValue(part)}`);
  }
  declared.add(part);
  return part;
}

/** Whether it has been declared pure. */
export function isDeclaredPure(part: object): boolean {
  return declared.has(part);
}
