import { equalLoop, lessEqualLoop, lessLoop } from "../../tensor/kernels/binaryLoops.ts";
import { type BinaryLoop, broadcast } from "../../tensor/kernels/broadcasting.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule, withRecording } from "../rule.ts";
import type { Variable } from "../variable.ts";

// Results are 0 or 1, and leaves: they remember nothing, because there is nothing to differentiate. A comparison with NaN is 0.

/** A comparison of a with b by that loop, or of b with a. */
function comparison(name: string, loop: BinaryLoop, operands?: "reversed"): Rule<[a: Tensor, b: Tensor]> {
  return {
    name,
    shape: ([a, b]) => broadcastShapes(name, a.shape, b.shape),
    forward: ([a, b], y) => (operands === "reversed" ? broadcast(loop, b, a, y) : broadcast(loop, a, b, y)),
    vjp: () => [], // applied without recording
  };
}

const lessRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ comparison("less", lessLoop);

/**
 * y = 1 where a < b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError.
 *
 * @example
 * less(tensor([1, 2, 3]), 2); // [1, 0, 0]
 */
export function less(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(lessRule, [a, b]));
}

const lessEqualRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ comparison("lessEqual", lessEqualLoop);

/**
 * y = 1 where a ≤ b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError.
 *
 * @example
 * lessEqual(tensor([1, 2, 3]), 2); // [1, 1, 0]
 */
export function lessEqual(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(lessEqualRule, [a, b]));
}

const greaterRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ comparison("greater", lessLoop, "reversed");

/**
 * y = 1 where a > b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError.
 *
 * @example
 * greater(tensor([1, 2, 3]), 2); // [0, 0, 1]
 */
export function greater(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(greaterRule, [a, b]));
}

const greaterEqualRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ comparison(
  "greaterEqual",
  lessEqualLoop,
  "reversed",
);

/**
 * y = 1 where a ≥ b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError.
 *
 * @example
 * greaterEqual(tensor([1, 2, 3]), 2); // [0, 1, 1]
 */
export function greaterEqual(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(greaterEqualRule, [a, b]));
}

const equalRule: Rule<[a: Tensor, b: Tensor]> = /*#__PURE__*/ comparison("equal", equalLoop);

/**
 * y = 1 where a = b, else 0, broadcasting as NumPy; not differentiable. Special cases: −0 = 0; NaN equals nothing. Throws ShapeError.
 *
 * @example
 * equal(tensor([1, Number.NaN]), tensor([1, Number.NaN])); // [1, 0]
 */
export function equal(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(equalRule, [a, b]));
}

const isFiniteRule: Rule<[x: Tensor]> = {
  name: "isFinite",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.abs(x[i]) < Number.POSITIVE_INFINITY ? 1 : 0;
  },
  vjp: () => [],
};

/**
 * y = 1 where x is a finite number, 0 where it is NaN or infinite; not differentiable.
 *
 * @example
 * isFinite(div(tensor([1, 1, 0]), tensor([2, 0, 0]))); // [1, 0, 0]
 */
export function isFinite(x: Operand): Variable {
  return withRecording(false, () => apply(isFiniteRule, [x]));
}
