import { cos as cosOf, sin as sinOf } from "../../tensor/kernels/sinCos.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { apply, type Operand, type Rule } from "../rule.ts";
import type { Variable } from "../variable.ts";
import { neg } from "./arithmetic.ts";
import { chain } from "./chain.ts";

const sinRule: Rule<[x: Tensor]> = {
  name: "sin",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = sinOf(x[i]);
  },
  vjp: ([x], _y, g) => [() => chain(g, cos(x))],
};

/**
 * y = sin x, reduced exactly however large x is. Gradient: g·cos x. Special cases: NaN at ±∞.
 *
 * @example
 * sin(tensor([0, 1, 1e22])); // [0, 0.841471, -0.852201]
 */
export function sin(x: Operand): Variable {
  return apply(sinRule, [x]);
}

const cosRule: Rule<[x: Tensor]> = {
  name: "cos",
  shape: ([x]) => x.shape,
  forward([{ data: x }], { data: y }) {
    for (let i = 0; i < y.length; i++) y[i] = cosOf(x[i]);
  },
  vjp: ([x], _y, g) => [() => neg(chain(g, sin(x)))],
};

/**
 * y = cos x, reduced exactly however large x is. Gradient: −g·sin x. Special cases: NaN at ±∞.
 *
 * @example
 * cos(tensor([0, 1])); // [1, 0.540302]
 */
export function cos(x: Operand): Variable {
  return apply(cosRule, [x]);
}
