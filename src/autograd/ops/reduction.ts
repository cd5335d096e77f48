import * as lanes from "../../tensor/kernels/lanes.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../../tensor/shape.ts";
import { expSimd } from "../../tensor/simd/simdElementary.ts";
import { mapNumbers } from "../../tensor/simd/simdElementwise.ts";
import { full, type Tensor } from "../../tensor/tensor.ts";
import { apply, asTensor, type Operand, type Rule } from "../rule.ts";
import { Variable } from "../variable.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { reduceAsOne } from "./axes.ts";
import { type ReductionOptions, reducedShape, reshape, sum } from "./broadcast.ts";
import { chain } from "./chain.ts";
import { exp } from "./exponential.ts";
import { concat, split, withLength } from "./rearrange.ts";

/**
 * y = Σ x/n over the axes (all of them if none is named). Gradient: g/n. Special cases: the mean of nothing is NaN.
 * Numerics: as {@link sum}. Throws ShapeError for an axis that is not there.
 *
 * @example
 * mean(tensor([[1, 2], [3, 6]]), 0); // [2, 4]
 */
export function mean(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  const operand = asTensor("mean", x);
  const axes = normalizeAxes("mean", axis, operand.rank);
  return div(sum(operand, axes, options), sizeOf(axes.map((i) => operand.shape[i])));
}

/**
 * y = Π x over the axes (over everything if none is named): the first half times the second, until one is left.
 *
 * Gradient: g times the product of all the others, right also where some of them are 0, and so are its derivatives: no
 * quotient y/x is ever formed. Special cases: an empty product is 1. Cost: O(n), ⌈log₂ n⌉ multiplications of tensors.
 * Throws ShapeError for an axis that is not there.
 *
 * @example
 * prod(tensor([[1, 2], [3, 4]]), 1); // [2, 12]
 */
export function prod(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  return reduceAsOne("prod", x, axis, options, (operand, along) => {
    let rest: Tensor = operand;
    for (let n = rest.shape[along]; n > 1; n = rest.shape[along]) {
      const half = Math.floor(n / 2);
      const [first, second, odd] = split(rest, [half, half, n % 2], along);
      const product = mul(first, second);
      rest = n % 2 === 0 ? product : concat([product, odd], along);
    }
    const kept = withLength(rest.shape, along, 1);
    return rest.shape[along] === 1 ? reshape(rest, kept) : new Variable(full(kept, 1).data, kept);
  });
}

// ── logSumExp, and softmax, its gradient ────────────────────────────────────────────────────────────────────────────

/** y = eʸ, in place. */
function exponentials(y: Float64Array): void {
  mapNumbers(expSimd, y, y);
}

const logSumExpRule: Rule<[x: Tensor], [axis: number]> = {
  name: "logSumExp",
  shape: ([x], axis) => reducedShape(x.shape, [axis], true),
  forward: ([x], y, axis) => lanes.logSumExpLanes(x.data, y.data, x.shape, axis, exponentials),
  vjp: ([x], _y, g, axis) => [() => chain(g, apply(softmaxRule, [x], axis))],
};

/**
 * y = ln Σ eˣ over the axes (over everything if none is named), as m + ln(1 + Σ e^{x − m} over the rest), m the maximum.
 *
 * Gradient: g·softmax(x). Special cases: an infinite maximum is returned as it is, and there its gradient is that of the
 * maximum: equal shares to the elements that are equal to it. Nothing gives −∞. NaN if an element is NaN.
 * Throws ShapeError for an axis that is not there.
 *
 * @example
 * logSumExp(tensor([1000, 1000])); // 1000.69, 1000 + ln 2
 */
export function logSumExp(x: Operand, axis?: number | readonly number[], options: ReductionOptions = {}): Variable {
  return reduceAsOne("logSumExp", x, axis, options, (operand, along) => apply(logSumExpRule, [operand], along));
}

const softmaxRule: Rule<[x: Tensor], [axis: number]> = {
  name: "softmax",
  shape: ([x]) => x.shape,
  forward: ([x], y, axis) => lanes.softmaxLanes(x.data, y.data, x.shape, axis, exponentials),
  vjp: (_inputs, y, g, axis) => [() => chain(sub(g, sum(chain(g, y), axis, { keepDims: true })), y)],
};

/**
 * y = eˣ/Σ eˣ along the axis.
 *
 * Gradient: y·(g − Σ g·y). Special cases: never overflows; where the maximum is infinite, the elements equal to it share 1
 * equally, which is the gradient of logSumExp. NaN if an element is NaN. Throws ShapeError for an axis that is not there.
 *
 * @example
 * softmax(log(tensor([1, 1, 2]))); // [0.25, 0.25, 0.5]
 */
export function softmax(x: Operand, axis = -1): Variable {
  const operand = asTensor("softmax", x);
  return apply(softmaxRule, [operand], normalizeAxis("softmax", axis, operand.rank));
}

const logSoftmaxRule: Rule<[x: Tensor], [axis: number]> = {
  name: "logSoftmax",
  shape: ([x]) => x.shape,
  forward: ([x], y, axis) => lanes.logSoftmaxLanes(x.data, y.data, x.shape, axis, exponentials),
  vjp: (_inputs, y, g, axis) => [() => sub(g, chain(sum(g, axis, { keepDims: true }), exp(y)))],
};

/**
 * y = x − ln Σ eˣ along the axis, as (x − m) − ln Σ e^{x − m}, m the maximum.
 *
 * Gradient: g − eʸ·Σ g. Special cases: as softmax, of which it is the logarithm.
 * Throws ShapeError for an axis that is not there.
 *
 * @example
 * logSoftmax(tensor([0, 0])); // [-0.693147, -0.693147]
 */
export function logSoftmax(x: Operand, axis = -1): Variable {
  const operand = asTensor("logSoftmax", x);
  return apply(logSoftmaxRule, [operand], normalizeAxis("logSoftmax", axis, operand.rank));
}

// ── cumsum: its adjoint adds from the other end ─────────────────────────────────────────────────────────────────────

const cumsumRule: Rule<[x: Tensor], [axis: number, fromEnd: boolean]> = {
  name: "cumsum",
  shape: ([x]) => x.shape,
  forward: ([x], y, axis, fromEnd) => lanes.cumulativeSums(x.data, y.data, x.shape, axis, fromEnd),
  vjp: (_inputs, _y, g, axis, fromEnd) => [() => apply(cumsumRule, [g], axis, !fromEnd)],
};

/**
 * y_k = x_0 + … + x_k along the axis. Gradient: g summed from the end. Numerics: added in this order, error
 * O(k·eps·Σ|x|). Throws ShapeError for an axis that is not there.
 *
 * @example
 * cumsum(tensor([1, 2, 3])); // [1, 3, 6]
 */
export function cumsum(x: Operand, axis = -1): Variable {
  const operand = asTensor("cumsum", x);
  return apply(cumsumRule, [operand], normalizeAxis("cumsum", axis, operand.rank), false);
}
