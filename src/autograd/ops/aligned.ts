import { ShapeError } from "../../tensor/errors.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { mulSimd, strongerMulSimd, strongMulSimd } from "../../tensor/simd/simdArithmetic.ts";
import { mapPairs } from "../../tensor/simd/simdElementwise.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";

// What the gradients of elementwise functions are made of. Nothing is stretched, so that a bundle with `tanh` in it
// does not have to hold broadcasting, its adjoint and the reductions behind that.

// The chain rule multiplies a cotangent g by a derivative d. Where g is 0 nothing flows, because a branch was not taken, say, and what d
// would have been is no matter: 0·∞ is 0 here. Such a zero is called a strong one; docs/decisions/0014-strong-zeros.md.

/** Whose zeros are strong: those of the cotangent, or, in derivatives of the chain rule itself, those of both factors. */
export type StrongZeros = "cotangent" | "both";

const timesRule: Rule<[g: Tensor, d: Tensor], [strong: StrongZeros]> = {
  name: "mul",
  shape([g, d]) {
    if (!sameShape(g.shape, d.shape)) {
      throw new ShapeError(`mul: shapes must be equal; ${formatShape(g.shape)} and ${formatShape(d.shape)}`);
    }
    return g.shape;
  },
  forward([{ data: g }, { data: d }], { data: y }, strong) {
    mapPairs(strong === "both" ? strongerMulSimd : strongMulSimd, y, g, d);
  },
  lowering: (strong) => ({ formula: strong === "both" ? strongerMulSimd : strongMulSimd }),
  vjp: ([g, d], _y, u, strong) => [() => times(u, d, strong), () => times(u, g, "both")], // g is a cotangent as well
};

/** g·d, the chain rule: 0 where g is 0, whatever d is. Both have the same shape. */
export function times(g: Tensor, d: Tensor, strong: StrongZeros = "cotangent"): Variable {
  return apply(timesRule, [g, d], strong);
}

const scaleRule: Rule<[x: Tensor], [factor: number]> = {
  name: "scale",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }, factor) {
    for (let i = 0; i < y.length; i++) y[i] = x[i] * factor;
  },
  lowering: (factor) => ({ formula: mulSimd, constants: [factor] }),
  vjp: (_inputs, _y, g, factor) => [() => scale(g, factor)],
};

/** y = x·factor, the factor being part of the formula and not a value that changes from call to call. */
export function scale(x: Tensor, factor: number): Variable {
  return apply(scaleRule, [x], factor);
}

/** y = f(x), number by number, from f and from the op f′(x) of x and y: g ↦ g·f′(x). */
export function numberwise(
  name: string,
  f: (x: number) => number,
  slope: (x: Tensor, y: Variable) => Variable,
): Rule<[x: Tensor]> {
  return {
    name,
    shape: ([x]) => x.shape,
    forward([{ data: x }], { data: y }) {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
    },
    vjp: ([x], y, g) => [() => times(g, slope(x, y))],
  };
}
