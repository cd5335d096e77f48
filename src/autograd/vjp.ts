import { checkTensor } from "../tensor/checks.ts";
import { ShapeError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { evaluate } from "./evaluation.ts";
import { type GradOptions, pullBack } from "./grad.ts";
import { Variable } from "./variable.ts";

/**
 * Jᵀ·v: the cotangent v of f(x), pulled back to x. Reverse-mode differentiation is this product, in the sense that `grad`
 * is the case v = 1.
 *
 * Shape: that of x; v has the shape of f(x). Cost: a small multiple of f. With `createGraph` the result can be differentiated
 * again, in x if that is a Variable, in v, and in whatever else f uses. Throws ShapeError, and what {@link grad} throws.
 *
 * @example
 * vjp(square, tensor([1, 2]), tensor([1, 10])); // [2, 40]
 */
export function vjp(f: (x: Variable) => Variable, x: Tensor, cotangent: Tensor, options: GradOptions = {}): Variable {
  const { point, y } = evaluate("vjp", f, x);
  checkDirection("vjp", "cotangent", cotangent, "f(x)", y);
  return pullBack(y, [point], asVariable(cotangent), options)[0];
}

/**
 * J·u: how f(x) changes when x moves in the direction u, exactly.
 *
 * v ↦ Jᵀ·v is linear, and pulling u back through it gives its adjoint's adjoint, J·u: two reverse passes make a forward
 * one. Shape: that of f(x); u has the shape of x. Cost: a small multiple of f, whatever the number of its results. With `createGraph`
 * the result can be differentiated again. Throws ShapeError, and what {@link grad} throws.
 * Reference: J. Townsend (2017), A new trick for calculating Jacobian vector products,
 * https://j-towns.github.io/2017/06/12/A-new-trick.html.
 *
 * @example
 * jvp(square, tensor([1, 2]), tensor([1, 10])); // [2, 40]
 */
export function jvp(f: (x: Variable) => Variable, x: Tensor, tangent: Tensor, options: GradOptions = {}): Variable {
  const { point, y } = evaluate("jvp", f, x);
  checkDirection("jvp", "tangent", tangent, "x", x);
  const v = new Variable(new Float64Array(y.size), y.shape); // J·u does not depend on v: any will do
  const [pulled] = pullBack(y, [point], v, { createGraph: true });
  return pullBack(pulled, [v], asVariable(tangent), options)[0];
}

/** The same numbers, and the same history if there is one. */
function asVariable(x: Tensor): Variable {
  return x instanceof Variable ? x : new Variable(x.data, x.shape);
}

/** Throws unless the direction is a Tensor of the shape of what it moves. */
function checkDirection(operation: string, name: string, direction: Tensor, of: string, point: Tensor): void {
  checkTensor(operation, `the ${name}`, direction);
  if (!sameShape(direction.shape, point.shape)) {
    const [have, want] = [formatShape(direction.shape), formatShape(point.shape)];
    throw new ShapeError(`${operation}: the ${name} has the shape of ${of}; got ${have} for ${want}`);
  }
}
