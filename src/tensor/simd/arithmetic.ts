import { f64x2, v128 } from "./assembler.ts";
import { type Twin, twin } from "./elementwise.ts";
import { constant } from "./machine.ts";

const { add, div, mul, sub } = f64x2;

export const addTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => add(a, b) });
export const subTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => sub(a, b) });
export const mulTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => mul(a, b) });
export const divTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => div(a, b) });

/** g·(1 − y²) */
export const tanhGradientTwin: Twin = /*#__PURE__*/ twin({
  value: (_v, g, y) => mul(g, sub(constant(1), mul(y, y))),
});

/** g·y·(1 − y) */
export const sigmoidGradientTwin: Twin = /*#__PURE__*/ twin({
  value: (_v, g, y) => mul(g, mul(y, sub(constant(1), y))),
});

/** tanh's argument and relu's: a + b, and 0 where that is negative */
export const reluOfSumTwin: Twin = /*#__PURE__*/ twin({
  value(v, a, b) {
    const x = v.keep(add(a, b));
    return v128.select(f64x2.lessEqual(x, constant(0)), constant(0), x);
  },
});
