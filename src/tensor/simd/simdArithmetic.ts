import { f64x2 } from "./assembler.ts";
import { type SimdOp, simdOp } from "./simdElementwise.ts";

const { add, div, mul, sub } = f64x2;

/** a + b */
export const addSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => add(a, b) });
/** a − b */
export const subSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => sub(a, b) });
/** a·b */
export const mulSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => mul(a, b) });
/** a/b */
export const divSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => div(a, b) });

/** g·(1 − y²) */
export const tanhGradientSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, g, y) => mul(g, sub(v.constant(1), mul(y, y))),
});

/** g·y·(1 − y) */
export const sigmoidGradientSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, g, y) => mul(g, mul(y, sub(v.constant(1), y))),
});
