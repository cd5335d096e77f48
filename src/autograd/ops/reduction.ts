import { logSumExpReduction, reduceAxis } from "../../tensor/kernels/reduce.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { asTensor, type ReductionOptions, reducedShape, reshape, sum } from "./broadcast.ts";
import { exp } from "./exponential.ts";

/** y = Σ x/n over the axes (all of them if none is named). Gradient: g/n. Special cases: the mean of nothing is NaN. */
export function mean(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  const operand = asTensor("mean", x);
  const axes = normalizeAxes("mean", axis, operand.rank);
  return div(sum(operand, axes, options), sizeOf(axes.map((i) => operand.shape[i])));
}

const logSumExpRule: Rule<[x: Tensor], [axis: number]> = {
  name: "logSumExp",
  shape: ([x], axis) => reducedShape(x.shape, [axis], true),
  forward: ([x], y, axis) => reduceAxis(logSumExpReduction(x.shape[axis]), x.data, x.shape, axis, y.data),
  vjp: ([x], y, g) => [() => mul(g, exp(sub(x, y)))],
};

/**
 * y = ln Σ eˣ along one axis (over everything if none is named), as m + ln(1 + Σ e^{x − m} over the rest), m the maximum.
 *
 * Gradient: g·softmax(x). Special cases: an infinite maximum is returned as it is, and its gradient is NaN; an empty
 * axis gives −∞. Throws ShapeError for an axis that is not there.
 */
export function logSumExp(x: Operand, axis?: number, options: ReductionOptions = {}): Variable {
  const operand = asTensor("logSumExp", x);
  if (axis === undefined) {
    const y = apply(logSumExpRule, [reshape(operand, [operand.size])], 0);
    return reshape(y, options.keepDims ? operand.shape.map(() => 1) : []);
  }
  const along = normalizeAxis("logSumExp", axis, operand.rank);
  const y = apply(logSumExpRule, [operand], along);
  return options.keepDims ? y : reshape(y, reducedShape(operand.shape, [along], false));
}
