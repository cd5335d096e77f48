// A float64 number seen as bits, and exact products.

/** One float64 number … */
export const word: Float64Array = /*#__PURE__*/ new Float64Array(1);
/** … and its two halves. */
export const words: Int32Array = /*#__PURE__*/ new Int32Array(word.buffer);
/** Which half holds sign and exponent: the second on little-endian machines, the first on others. */
export const HIGH: number = /*#__PURE__*/ new Uint8Array(/*#__PURE__*/ new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The upper 26 bits of a, such that they and the rest have exact products. Overflows for |a| > 2⁹⁹⁶. */
function upperHalf(a: number): number {
  const c = 134_217_729 * a; // 2²⁷ + 1
  return c - (c - a);
}

/**
 * a·b − p, exactly, for p = fl(a·b), by multiplying halves. Needs |a|, |b| < 2⁹⁹⁶ and a product that does not underflow.
 *
 * Reference: Dekker (1971), A floating-point technique for extending the available precision, Numer. Math. 18.
 */
export function productError(a: number, b: number, p: number): number {
  const aHigh = upperHalf(a);
  const aLow = a - aHigh;
  const bHigh = upperHalf(b);
  const bLow = b - bHigh;
  return aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
