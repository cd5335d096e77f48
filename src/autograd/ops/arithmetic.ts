import { broadcast } from "../../tensor/kernels/broadcast.ts";
import { addLoop, divLoop, map, mulLoop, subLoop } from "../../tensor/kernels/elementwise.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { sumTo } from "./broadcast.ts";

const addRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "add",
  shape: ([a, b]) => broadcastShapes("add", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(addLoop, a, b, y),
  vjp: ([a, b], _y, g) => [() => sumTo(g, a.shape), () => sumTo(g, b.shape)],
};

/** y = a + b, broadcasting as NumPy. Gradient: g to both, summed over what was stretched. Throws ShapeError. */
export function add(a: Operand, b: Operand): Variable {
  return apply(addRule, [a, b]);
}

const subRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "sub",
  shape: ([a, b]) => broadcastShapes("sub", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(subLoop, a, b, y),
  vjp: ([a, b], _y, g) => [() => sumTo(g, a.shape), () => neg(sumTo(g, b.shape))],
};

/** y = a − b, broadcasting as NumPy. Gradient: g and −g. Throws ShapeError. */
export function sub(a: Operand, b: Operand): Variable {
  return apply(subRule, [a, b]);
}

const mulRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "mul",
  shape: ([a, b]) => broadcastShapes("mul", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(mulLoop, a, b, y),
  vjp: ([a, b], _y, g) => [() => sumTo(mul(g, b), a.shape), () => sumTo(mul(g, a), b.shape)],
};

/** y = a·b, element by element, broadcasting as NumPy. Gradient: g·b and g·a. Throws ShapeError. */
export function mul(a: Operand, b: Operand): Variable {
  return apply(mulRule, [a, b]);
}

const divRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "div",
  shape: ([a, b]) => broadcastShapes("div", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(divLoop, a, b, y),
  vjp: ([a, b], y, g) => [() => sumTo(div(g, b), a.shape), () => neg(sumTo(div(mul(g, y), b), b.shape))],
};

/**
 * y = a/b, broadcasting as NumPy. Gradient: g/b and −g·y/b.
 * Special cases: IEEE (1/0 = ∞, 0/0 = NaN). Throws ShapeError.
 */
export function div(a: Operand, b: Operand): Variable {
  return apply(divRule, [a, b]);
}

const negRule: Rule<[x: Tensor]> = {
  name: "neg",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map((value) => -value, x.data, y.data),
  vjp: (_inputs, _y, g) => [() => neg(g)],
};

/** y = −x. Gradient: −g. */
export function neg(x: Operand): Variable {
  return apply(negRule, [x]);
}

const squareRule: Rule<[x: Tensor]> = {
  name: "square",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map((value) => value * value, x.data, y.data),
  vjp: ([x], _y, g) => [() => mul(g, mul(x, 2))],
};

/** y = x². Gradient: 2x·g. */
export function square(x: Operand): Variable {
  return apply(squareRule, [x]);
}

const sqrtRule: Rule<[x: Tensor]> = {
  name: "sqrt",
  shape: ([x]) => x.shape,
  forward: ([x], y) => map(Math.sqrt, x.data, y.data),
  vjp: (_inputs, y, g) => [() => div(g, mul(y, 2))],
};

/** y = √x. Gradient: g/(2y). Special cases: √x is NaN for x < 0, and the gradient at 0 is ∞. */
export function sqrt(x: Operand): Variable {
  return apply(sqrtRule, [x]);
}
