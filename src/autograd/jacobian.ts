import { LimitError, ShapeError } from "../tensor/errors.ts";
import { formatShape, MAXIMUM_SIZE } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { evaluate } from "./evaluation.ts";
import { type GradOptions, grad, leavesBehind, pullBack, withoutHistory } from "./grad.ts";
import { reshape } from "./ops/broadcast.ts";
import { concat } from "./ops/rearrange.ts";
import { isForDifferentiation, isRecording, noGrad } from "./rule.ts";
import { Variable } from "./variable.ts";

/**
 * J[i][j] = ∂f_i/∂x_j by reverse-mode differentiation, one row of J per element of f.
 *
 * Shape: [...f's shape, ...x's shape]. Cost: one forward and as many backward passes as f has elements. With `createGraph`
 * the result can be differentiated again, as with {@link grad}. Throws DomainError unless x is a Tensor and f returns a Variable,
 * LimitError before the first backward pass if J would be too large.
 *
 * @example
 * jacobian(square, tensor([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacobian(f: (x: Variable) => Variable, x: Tensor, options: GradOptions = {}): Variable {
  return jacobianOf("jacobian", f, x, options);
}

function jacobianOf(operation: string, f: (x: Variable) => Variable, x: Tensor, options: GradOptions): Variable {
  const { point, y } = evaluate(operation, f, x);
  checkSize(operation, "f(x)", y, x);
  const createGraph = options.createGraph ?? isForDifferentiation();
  const shape = [...y.shape, ...x.shape];
  const row = (i: number): Variable => {
    const selector = new Float64Array(y.size);
    selector[i] = 1;
    return pullBack(y, [point], new Variable(selector, y.shape), { createGraph })[0];
  };
  if (createGraph && y.size > 0) {
    const rows = Array.from({ length: y.size }, (_, i) => reshape(row(i), [x.size]));
    return reshape(concat(rows, 0), shape);
  }
  const J = new Float64Array(y.size * x.size);
  noGrad(() => {
    for (let i = 0; i < y.size; i++) J.set(row(i).data, i * x.size);
  });
  const result = new Variable(J, shape);
  return isRecording() ? withoutHistory(result, leavesBehind([y])) : result;
}

/**
 * H[i][j] = ∂²f/∂x_i∂x_j of a function with one number as its result: the Jacobian of its gradient.
 *
 * Shape: [...x's shape, ...x's shape], symmetric in the two halves to rounding. Cost: as many passes as x has elements, each
 * a small multiple of f. With `createGraph` the result can be differentiated again. Throws ShapeError unless f has one element,
 * DomainError and LimitError as {@link jacobian}.
 *
 * @example
 * hessian((x) => sum(mul(square(x), x)), tensor([1, 2])); // [[6, 0], [0, 12]]
 */
export function hessian(f: (x: Variable) => Variable, x: Tensor, options: GradOptions = {}): Variable {
  const gradient = (x: Variable): Variable => {
    checkSize("hessian", "x", x, x);
    const { point, y } = evaluate("hessian", f, x);
    if (y.size !== 1) throw new ShapeError(`hessian: f must have one element; got shape ${formatShape(y.shape)}`);
    return grad(y, [point], { createGraph: true })[0];
  };
  return jacobianOf("hessian", gradient, x, options);
}

/** Throws LimitError unless a matrix with a row for each number of y and a column for each number of x can be held. */
function checkSize(operation: string, name: string, y: Tensor, x: Tensor): void {
  if (y.size * x.size <= MAXIMUM_SIZE) return;
  throw new LimitError(
    `${operation}: at most ${MAXIMUM_SIZE} elements; got ${y.size}·${x.size}, ${name} being ${formatShape(y.shape)} and x ` +
      `${formatShape(x.shape)}; products with vectors, vjp and jvp, need no matrix`,
  );
}
