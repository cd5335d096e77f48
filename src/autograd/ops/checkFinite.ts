import { DiffeoError, DomainError, describeValue } from "../../tensor/errors.ts";
import { formatShape, unravel } from "../../tensor/shape.ts";
import { allFinite } from "../../tensor/simd/finite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";

/**
 * A NaN or an infinity appeared where only finite numbers make sense.
 *
 * @example
 * checkFinite(tensor([[1, Number.NaN]]), "data"); // throws NonFiniteError: checkFinite: values must be finite; data[0,1] = NaN
 */
export class NonFiniteError extends DiffeoError {
  readonly code = "NON_FINITE";
  override readonly name = "NonFiniteError";
  /** The operation, parameter or input whose value is not finite. */
  readonly op: string;
  /** Where in it: one number per axis. */
  readonly index: readonly number[];
  /** The training step, if it happened in training. */
  readonly step: number | undefined;

  constructor(message: string, details: { op: string; index: readonly number[]; step?: number }) {
    super(message);
    this.op = details.op;
    this.index = details.index;
    this.step = details.step;
  }
}

/** The index of the first element that is NaN or infinite; null if all are finite. */
export function firstNonFinite(x: Tensor): number[] | null {
  const { data, shape } = x;
  if (allFinite(data) === true) return null;
  for (let i = 0; i < data.length; i++) {
    if (!(Math.abs(data[i]) < Number.POSITIVE_INFINITY)) return unravel(i, shape);
  }
  return null;
}

const checkFiniteRule: Rule<[x: Tensor]> = {
  name: "checkFinite",
  shape: ([x]) => x.shape,
  forward: ([x], y) => y.data.set(x.data),
  vjp: (_inputs, _y, g) => [() => g],
};

/**
 * y = x, once every element is known to be finite. Gradient: g. Throws NonFiniteError naming the first that is not, DomainError for a name
 * that is no text. Cost: O(n).
 *
 * @example
 * checkFinite(tensor([1, 2])); // [1, 2]
 * checkFinite(log(tensor([1, 0])), "log p"); // throws NonFiniteError
 */
export function checkFinite(x: Operand, name = "x"): Variable {
  const operand = asTensor("checkFinite", x);
  if (typeof name !== "string") throw new DomainError(`checkFinite: a name is a string; got ${describeValue(name)}`);
  const index = firstNonFinite(operand);
  if (index !== null) {
    const value = operand.at(...index);
    throw new NonFiniteError(`checkFinite: values must be finite; ${name}${formatShape(index)} = ${value}`, {
      op: name,
      index,
    });
  }
  return apply(checkFiniteRule, [operand]);
}
