import { type Code, f64x2, select, v128 } from "./assembler.ts";
import { type SimdOp, simdOp } from "./simdElementwise.ts";
import type { Variables } from "./variables.ts";

const { add, div, equal, mul, sub } = f64x2;

/** a + b */
export const addSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => add(a, b) });
/** a − b */
export const subSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => sub(a, b) });
/** a·b */
export const mulSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => mul(a, b) });
/** a/b */
export const divSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, a, b) => div(a, b) });

/** The value, and 0 where it is NaN though one of the factors is 0: a strong zero, as in the loops of kernels/binaryLoops.ts. */
function strong(v: Variables, value: Code, factor: Code, other?: Code): Code {
  const zero = v.constant(0);
  const kept = v.keep(value);
  const isZero = other ? v128.or(equal(factor, zero), equal(other, zero)) : equal(factor, zero);
  return select(equal(kept, kept), kept, select(isZero, zero, kept));
}

/** a·b, and 0 where a is 0 */
export const strongMulSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v, a, b) => strong(v, mul(a, b), a) });
/** a·b, and 0 where either is 0 */
export const strongerMulSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v, a, b) => strong(v, mul(a, b), a, b) });
/** a/b, and 0 where a is 0 */
export const strongDivSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v, a, b) => strong(v, div(a, b), a) });

/** g·(1 − y²), and 0 where g is 0 */
export const tanhGradientSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, g, y) => strong(v, mul(g, sub(v.constant(1), mul(y, y))), g),
});

/** g·y·(1 − y), and 0 where g is 0 */
export const sigmoidGradientSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, g, y) => strong(v, mul(g, mul(y, sub(v.constant(1), y))), g),
});
