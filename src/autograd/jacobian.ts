import { ShapeError } from "../tensor/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { grad } from "./grad.ts";
import { mul } from "./ops/arithmetic.ts";
import { sum } from "./ops/broadcast.ts";
import { Variable, variable } from "./variable.ts";

/**
 * J[i][j] = ∂f_i/∂x_j by reverse-mode differentiation, one row of J per element of f.
 *
 * Shape: [...f's shape, ...x's shape]. Cost: one forward and as many backward passes as f has elements.
 */
export function jacobian(f: (x: Variable) => Variable, x: Tensor): Tensor {
  const leaf = variable(x);
  const y = f(leaf);
  if (!(y instanceof Variable)) throw new ShapeError("jacobian: f must return a Variable; got something else");
  const J = new Float64Array(y.size * x.size);
  for (let i = 0; i < y.size; i++) {
    const selector = new Float64Array(y.size);
    selector[i] = 1;
    const [row] = grad(sum(mul(y, new Tensor(selector, y.shape))), [leaf]);
    J.set(row.data, i * x.size);
  }
  return new Tensor(J, [...y.shape, ...x.shape]);
}
