import { f64x2 } from "./assembler.ts";
import { type Twin, twin } from "./simdElementwise.ts";

const { add, div, mul, sub } = f64x2;

/** a + b */
export const addTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => add(a, b) });
/** a − b */
export const subTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => sub(a, b) });
/** a·b */
export const mulTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => mul(a, b) });
/** a/b */
export const divTwin: Twin = /*#__PURE__*/ twin({ value: (_v, a, b) => div(a, b) });

/** g·(1 − y²) */
export const tanhGradientTwin: Twin = /*#__PURE__*/ twin({
  value: (v, g, y) => mul(g, sub(v.constant(1), mul(y, y))),
});

/** g·y·(1 − y) */
export const sigmoidGradientTwin: Twin = /*#__PURE__*/ twin({
  value: (v, g, y) => mul(g, mul(y, sub(v.constant(1), y))),
});
