import { equalLoop, lessEqualLoop, lessLoop } from "../../tensor/kernels/binaryLoops.ts";
import { broadcast } from "../../tensor/kernels/broadcasting.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule, withRecording } from "../rule.ts";
import type { Variable } from "../variable.ts";

// Results are 0 or 1, and leaves: they remember nothing, because there is nothing to differentiate. A comparison with NaN is 0.

/** For rules that are applied without recording. */
const noThunks = (): [] => [];

const lessRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "less",
  shape: ([a, b]) => broadcastShapes("less", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(lessLoop, a, b, y),
  vjp: noThunks,
};

/** y = 1 where a < b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError. */
export function less(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(lessRule, [a, b]));
}

const lessEqualRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "lessEqual",
  shape: ([a, b]) => broadcastShapes("lessEqual", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(lessEqualLoop, a, b, y),
  vjp: noThunks,
};

/** y = 1 where a ≤ b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError. */
export function lessEqual(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(lessEqualRule, [a, b]));
}

const greaterRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "greater",
  shape: ([a, b]) => broadcastShapes("greater", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(lessLoop, b, a, y),
  vjp: noThunks,
};

/** y = 1 where a > b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError. */
export function greater(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(greaterRule, [a, b]));
}

const greaterEqualRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "greaterEqual",
  shape: ([a, b]) => broadcastShapes("greaterEqual", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(lessEqualLoop, b, a, y),
  vjp: noThunks,
};

/** y = 1 where a ≥ b, else 0, broadcasting as NumPy; not differentiable. Throws ShapeError. */
export function greaterEqual(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(greaterEqualRule, [a, b]));
}

const equalRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "equal",
  shape: ([a, b]) => broadcastShapes("equal", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(equalLoop, a, b, y),
  vjp: noThunks,
};

/** y = 1 where a = b, else 0, broadcasting as NumPy; not differentiable. Special cases: −0 = 0; NaN equals nothing. Throws ShapeError. */
export function equal(a: Operand, b: Operand): Variable {
  return withRecording(false, () => apply(equalRule, [a, b]));
}

const isFiniteRule: Rule<[x: Tensor]> = {
  name: "isFinite",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.abs(x[i]) < Number.POSITIVE_INFINITY ? 1 : 0;
  },
  vjp: noThunks,
};

/** y = 1 where x is a number, 0 where it is NaN or infinite; not differentiable. */
export function isFinite(x: Operand): Variable {
  return withRecording(false, () => apply(isFiniteRule, [x]));
}
