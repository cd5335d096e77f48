import type { Tensor } from "../tensor/tensor.ts";
import * as inside from "./rule.ts";
import type { Variable } from "./variable.ts";

/** Rules from outside the library. */
const foreign: WeakSet<object> = /*#__PURE__*/ new WeakSet();

/** Whether a rule came from outside, and may keep what its vjp sees. */
export function isForeign(rule: object): boolean {
  return foreign.has(rule);
}

/**
 * The only gateway through which ops run: checks the operands, computes the result, and records the application if an
 * input is a Variable and recording is on. An op of your own is a {@link inside.Rule} and a function that applies it.
 *
 * Throws DomainError for operands that are neither Tensors nor numbers, LimitError for a result that is too large.
 */
export function apply<Inputs extends readonly Tensor[], Attributes extends readonly unknown[]>(
  rule: inside.Rule<Inputs, Attributes>,
  operands: inside.Operands<Inputs>,
  ...attributes: Attributes
): Variable {
  foreign.add(rule);
  return inside.apply(rule, operands, ...attributes);
}

/** {@link apply} for rules with several results. */
export function applyMany<Inputs extends readonly Tensor[], Attributes extends readonly unknown[]>(
  rule: inside.ManyRule<Inputs, Attributes>,
  operands: inside.Operands<Inputs>,
  ...attributes: Attributes
): readonly Variable[] {
  foreign.add(rule);
  return inside.applyMany(rule, operands, ...attributes);
}
