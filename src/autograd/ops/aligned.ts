import { ShapeError } from "../../tensor/errors.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { mulSimd } from "../../tensor/simd/simdArithmetic.ts";
import { mapVectors } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";

// What the gradients of elementwise functions are made of. Nothing is stretched, so that a bundle with `tanh` in it
// does not have to hold broadcasting, its adjoint and the reductions behind that.

const timesRule: Rule<[a: Tensor, b: Tensor]> = {
  name: "mul",
  shape([a, b]) {
    if (!sameShape(a.shape, b.shape)) {
      throw new ShapeError(`mul: shapes must be equal; ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
    }
    return a.shape;
  },
  forward([{ data: a }, { data: b }], { data: y }) {
    if (mapVectors(mulSimd, y, a, b)) return;
    for (let i = 0; i < y.length; i++) y[i] = a[i] * b[i];
  },
  vjp: ([a, b], _y, g) => [() => times(g, b), () => times(g, a)],
};

/** y = a·b of two tensors of the same shape: `mul` without broadcasting, to the bit. */
export function times(a: Tensor, b: Tensor): Variable {
  return apply(timesRule, [a, b]);
}

const scaleRule: Rule<[x: Tensor], [factor: number]> = {
  name: "scale",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, factor) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] * factor;
  },
  vjp: (_inputs, _y, g, factor) => [() => scale(g, factor)],
};

/** y = x·factor, the factor being part of the formula and not a value that changes from call to call. */
export function scale(x: Tensor, factor: number): Variable {
  return apply(scaleRule, [x], factor);
}
