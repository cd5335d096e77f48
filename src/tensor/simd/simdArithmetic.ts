import * as loops from "../kernels/binaryLoops.ts";
import type { BinaryLoop } from "../kernels/broadcasting.ts";
import { type Code, f64x2, select, v128 } from "./assembler.ts";
import { type Elementwise, elementwise, type SimdOp, simdOp } from "./simdElementwise.ts";
import type { Variables } from "./variables.ts";

const { add, div, equal, lessEqual, mul, neg, sqrt, sub } = f64x2;

type BinaryOp = Elementwise<BinaryLoop>;

/** a + b */
export const addSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.addLoop, { value: (_v, a, b) => add(a, b) });
/** a − b */
export const subSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.subLoop, { value: (_v, a, b) => sub(a, b) });
/** a·b */
export const mulSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.mulLoop, { value: (_v, a, b) => mul(a, b) });
/** a/b */
export const divSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.divLoop, { value: (_v, a, b) => div(a, b) });

/** The value, and 0 where it is NaN though one of the factors is 0: a strong zero, as in the loops of kernels/binaryLoops.ts. */
function strong(v: Variables, value: Code, factor: Code, other?: Code): Code {
  const zero = v.constant(0);
  const kept = v.keep(value);
  const isZero = other ? v128.or(equal(factor, zero), equal(other, zero)) : equal(factor, zero);
  return select(equal(kept, kept), kept, select(isZero, zero, kept));
}

/** a·b, and 0 where a is 0 */
export const strongMulSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.strongMulLoop, {
  value: (v, a, b) => strong(v, mul(a, b), a),
});
/** a·b, and 0 where either is 0 */
export const strongerMulSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.strongerMulLoop, {
  value: (v, a, b) => strong(v, mul(a, b), a, b),
});
/** a/b, and 0 where a is 0 */
export const strongDivSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.strongDivLoop, {
  value: (v, a, b) => strong(v, div(a, b), a),
});

/** g·(1 − y²), and 0 where g is 0 */
export const tanhGradientSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.tanhGradientLoop, {
  value: (v, g, y) => strong(v, mul(g, sub(v.constant(1), mul(y, y))), g),
});

/** g·y·(1 − y), and 0 where g is 0 */
export const sigmoidGradientSimd: BinaryOp = /*#__PURE__*/ elementwise(loops.sigmoidGradientLoop, {
  value: (v, g, y) => strong(v, mul(g, mul(y, sub(v.constant(1), y))), g),
});

// formulas of plans only: alone, a plain loop is as fast as the way to the scratch memory and back

/** x, as it is */
export const copySimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, x) => x });
/** −x */
export const negSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, x) => neg(x) });
/** x² */
export const squareSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, x) => mul(x, x) });
/** √x */
export const sqrtSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (_v, x) => sqrt(x) });
/** 1/x */
export const reciprocalSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v, x) => div(v.constant(1), x) });
/** 0 where x ≤ 0, and else x */
export const reluSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, x) => select(lessEqual(x, v.constant(0)), v.constant(0), x),
});
/** x·gate, and 0 where the gate is */
export const gatedSimd: SimdOp = /*#__PURE__*/ simdOp({ value: (v, x, gate) => strong(v, mul(gate, x), gate) });
