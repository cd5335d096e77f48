import { DomainError } from "../../tensor/errors.ts";
import { pow as powOf } from "../../tensor/kernels/power.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import {
  addSimd,
  divSimd,
  mulSimd,
  negSimd,
  reciprocalSimd,
  sqrtSimd,
  squareSimd,
  subSimd,
} from "../../tensor/simd/simdArithmetic.ts";
import { broadcast } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { broadcastTo, sumTo } from "./broadcast.ts";
import { chain, chainQuotient } from "./chain.ts";

const addRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "add",
  shape: ([a, b]) => broadcastShapes("add", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(addSimd, a, b, y),
  lowering: addSimd,
  vjp: ([a, b], _y, g) => [() => sumTo(g, a.shape), () => sumTo(g, b.shape)],
};

/**
 * y = a + b, broadcasting as NumPy. Gradient: g to both, summed over what was stretched. Throws ShapeError.
 *
 * @example
 * add(tensor([[1], [2]]), tensor([10, 20])); // [[11, 21], [12, 22]]
 */
export function add(a: Operand, b: Operand): Variable {
  return apply(addRule, [a, b]);
}

const subRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "sub",
  shape: ([a, b]) => broadcastShapes("sub", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(subSimd, a, b, y),
  lowering: subSimd,
  vjp: ([a, b], _y, g) => [() => sumTo(g, a.shape), () => neg(sumTo(g, b.shape))],
};

/**
 * y = a − b, broadcasting as NumPy. Gradient: g and −g. Throws ShapeError.
 *
 * @example
 * sub(tensor([1, 2]), 1); // [0, 1]
 */
export function sub(a: Operand, b: Operand): Variable {
  return apply(subRule, [a, b]);
}

const mulRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "mul",
  shape: ([a, b]) => broadcastShapes("mul", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(mulSimd, a, b, y),
  lowering: mulSimd,
  vjp: ([a, b], _y, g) => [() => sumTo(chain(g, b), a.shape), () => sumTo(chain(g, a), b.shape)],
};

/**
 * y = a·b, element by element, broadcasting as NumPy. Gradient: g·b and g·a. Throws ShapeError.
 *
 * @example
 * mul(tensor([1, 2]), tensor([3, 4])); // [3, 8]
 */
export function mul(a: Operand, b: Operand): Variable {
  return apply(mulRule, [a, b]);
}

const divRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "div",
  shape: ([a, b]) => broadcastShapes("div", a.shape, b.shape),
  forward: ([a, b], y) => broadcast(divSimd, a, b, y),
  lowering: divSimd,
  vjp: ([a, b], y, g) => [
    () => sumTo(chainQuotient(g, b), a.shape),
    () => neg(sumTo(chainQuotient(chain(g, y), b), b.shape)),
  ],
};

/**
 * y = a/b, broadcasting as NumPy. Gradient: g/b and −g·y/b.
 * Special cases: IEEE (1/0 = ∞, 0/0 = NaN). Throws ShapeError.
 *
 * @example
 * div(tensor([1, -1, 0]), tensor([4, 0, 0])); // [0.25, -Infinity, NaN]
 */
export function div(a: Operand, b: Operand): Variable {
  return apply(divRule, [a, b]);
}

const negRule: Rule<[x: Tensor]> = {
  name: "neg",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = -x[i];
  },
  lowering: negSimd,
  vjp: (_inputs, _y, g) => [() => neg(g)],
};

/**
 * y = −x. Gradient: −g.
 *
 * @example
 * neg(tensor([1, -2])); // [-1, 2]
 */
export function neg(x: Operand): Variable {
  return apply(negRule, [x]);
}

const squareRule: Rule<[x: Tensor]> = {
  name: "square",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] * x[i];
  },
  lowering: squareSimd,
  vjp: ([x], _y, g) => [() => chain(g, mul(x, 2))],
};

/**
 * y = x². Gradient: 2x·g.
 *
 * @example
 * square(tensor([-3, 2])); // [9, 4]
 */
export function square(x: Operand): Variable {
  return apply(squareRule, [x]);
}

const sqrtRule: Rule<[x: Tensor]> = {
  name: "sqrt",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = Math.sqrt(x[i]);
  },
  lowering: sqrtSimd,
  vjp: (_inputs, y, g) => [() => chainQuotient(g, mul(add(y, 0), 2))], // +0 for the root of −0: the derivative there is ∞
};

/**
 * y = √x. Gradient: g/(2y). Special cases: √x is NaN for x < 0, and the gradient at 0 is ∞.
 *
 * @example
 * sqrt(tensor([9, 2, -1])); // [3, 1.41421, NaN]
 */
export function sqrt(x: Operand): Variable {
  return apply(sqrtRule, [x]);
}

const reciprocalRule: Rule<[x: Tensor]> = {
  name: "reciprocal",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = 1 / x[i];
  },
  lowering: reciprocalSimd,
  vjp: (_inputs, y, g) => [() => neg(chain(g, square(y)))],
};

/**
 * y = 1/x. Gradient: −g·y². Special cases: 1/±0 = ±∞.
 *
 * @example
 * reciprocal(tensor([4, -0.5])); // [0.25, -2]
 */
export function reciprocal(x: Operand): Variable {
  return apply(reciprocalRule, [x]);
}

const powRule: Rule<[x: Tensor], [exponent: number]> = {
  name: "pow",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, exponent) {
    // the three that need no logarithm, and are rounded once
    if (exponent === 1) y.set(x);
    else if (exponent === 2) for (let i = 0; i < y.length; i++) y[i] = x[i] * x[i];
    else if (exponent === -1) for (let i = 0; i < y.length; i++) y[i] = 1 / x[i];
    else for (let i = 0; i < y.length; i++) y[i] = powOf(x[i], exponent);
  },
  vjp: ([x], _y, g, exponent) => [
    () => (exponent === 0 ? broadcastTo(0, x.shape) : chain(g, mul(pow(x, exponent - 1), exponent))),
  ],
};

/**
 * y = x^exponent, for one exponent.
 *
 * Gradient: g·exponent·x^(exponent − 1). Special cases: x⁰ = 1 with gradient 0, also at x = 0 and for NaN; negative x have integer
 * powers, others are NaN; 0 to a negative power is ∞. Throws DomainError unless the exponent is a finite number.
 *
 * @example
 * pow(tensor([4, -2, 0]), 2); // [16, 4, 0]
 * pow(tensor([4, -2, 0]), -0.5); // [0.5, NaN, Infinity]
 */
export function pow(x: Operand, exponent: number): Variable {
  if (!Number.isFinite(exponent)) {
    const got = typeof exponent === "number" ? exponent : typeof exponent;
    throw new DomainError(`pow: the exponent must be a finite number; got ${got}`);
  }
  return apply(powRule, [x], exponent);
}
