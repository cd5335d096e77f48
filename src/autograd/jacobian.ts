import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { grad } from "./grad.ts";
import { mul } from "./ops/arithmetic.ts";
import { sum } from "./ops/broadcast.ts";
import { withRecording } from "./rule.ts";
import { Variable, variable } from "./variable.ts";

/**
 * J[i][j] = ∂f_i/∂x_j by reverse-mode differentiation, one row of J per element of f.
 *
 * Shape: [...f's shape, ...x's shape]. Cost: one forward and as many backward passes as f has elements. Throws DomainError
 * unless x is a Tensor and f returns a Variable.
 *
 * @example
 * jacobian(square, tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian(f: (x: Variable) => Variable, x: Tensor): Tensor {
  if (!(x instanceof Tensor)) throw new DomainError(`jacobian: x must be a Tensor; got ${typeof x}`);
  return withRecording(true, () => {
    const leaf = variable(x);
    const y = f(leaf);
    if (!(y instanceof Variable)) throw new DomainError(`jacobian: f must return a Variable; got ${typeof y}`);
    const J = new Float64Array(y.size * x.size);
    for (let i = 0; i < y.size; i++) {
      const selector = new Float64Array(y.size);
      selector[i] = 1;
      const [row] = grad(sum(mul(y, new Tensor(selector, y.shape))), [leaf]);
      J.set(row.data, i * x.size);
    }
    return new Tensor(J, [...y.shape, ...x.shape]);
  });
}

/**
 * H[i][j] = ∂²f/∂x_i∂x_j of a function with one number as its result: the Jacobian of its gradient.
 *
 * Shape: [...x's shape, ...x's shape], symmetric in the two halves to rounding. Cost: as many passes as x has elements, each
 * a small multiple of f. Throws ShapeError unless f has one element, DomainError as {@link jacobian}.
 *
 * @example
 * hessian((x) => sum(mul(square(x), x)), tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 */
export function hessian(f: (x: Variable) => Variable, x: Tensor): Tensor {
  if (!(x instanceof Tensor)) throw new DomainError(`hessian: x must be a Tensor; got ${typeof x}`);
  return jacobian((leaf) => {
    const y = f(leaf);
    if (!(y instanceof Variable)) throw new DomainError(`hessian: f must return a Variable; got ${typeof y}`);
    if (y.size !== 1) throw new ShapeError(`hessian: f must have one element; got shape ${formatShape(y.shape)}`);
    return grad(y, [leaf], { createGraph: true })[0];
  }, x);
}
