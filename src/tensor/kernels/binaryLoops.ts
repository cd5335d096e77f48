import type { BinaryLoop } from "./broadcasting.ts";

// The inner loops of binary operations, and in unaryLoops.ts those of one operand, each written out: given as a function to one loop that
// serves all of them, every element would cost a call, because a call of many targets is not inlined. Measured on 10⁵ elements,
// after some ten functions had gone through that loop (Node 20, ns per element): neg 1.0 in a loop of its own and 7.6 as a function,
// relu 1.2 and 6.9, sqrt 2.1 and 9.1; on a busier machine exp 12 and 22, softplus 48 and 57.

/** y = a + b */
export const addLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] + b[ib];
};

/** y = a − b */
export const subLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] - b[ib];
};

/** y = a·b */
export const mulLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] * b[ib];
};

/** y = a/b */
export const divLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] / b[ib];
};

// Products of the chain rule. A zero in them means that nothing flows, and is a strong zero: it stays 0 whatever it meets, where 0·∞, 0/0
// and 0·NaN are NaN. docs/decisions/0014-strong-zeros.md.

/** y = a·b, and 0 where a is 0. */
export const strongMulLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) {
    const product = a[ia] * b[ib];
    y[iy + k] = Number.isNaN(product) && a[ia] === 0 ? 0 : product;
  }
};

/** y = a·b, and 0 where either is 0. */
export const strongerMulLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) {
    const product = a[ia] * b[ib];
    y[iy + k] = Number.isNaN(product) && (a[ia] === 0 || b[ib] === 0) ? 0 : product;
  }
};

/** y = a/b, and 0 where a is 0. */
export const strongDivLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) {
    const quotient = a[ia] / b[ib];
    y[iy + k] = Number.isNaN(quotient) && a[ia] === 0 ? 0 : quotient;
  }
};

/** y = max(a, b), NaN if either is; max(−0, 0) = 0. */
export const maximumLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = Math.max(a[ia], b[ib]);
};

/** y = min(a, b), NaN if either is; min(−0, 0) = −0. */
export const minimumLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = Math.min(a[ia], b[ib]);
};

/** y = 1 where a < b, else 0 */
export const lessLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] < b[ib] ? 1 : 0;
};

/** y = 1 where a ≤ b, else 0 */
export const lessEqualLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] <= b[ib] ? 1 : 0;
};

/** y = 1 where a = b, else 0 */
export const equalLoop: BinaryLoop = (y, iy, a, ia, stepA, b, ib, stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA, ib += stepB) y[iy + k] = a[ia] === b[ib] ? 1 : 0;
};

/** y = a, stretched to y's shape (b is not read). */
export const copyLoop: BinaryLoop = (y, iy, a, ia, stepA, _b, _ib, _stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA) y[iy + k] = a[ia];
};

/** y = a where the condition is not zero; elsewhere y stays as it is. */
export const selectLoop: BinaryLoop = (y, iy, condition, ic, stepC, a, ia, stepA, count) => {
  for (let k = 0; k < count; k++, ic += stepC, ia += stepA) if (condition[ic] !== 0) y[iy + k] = a[ia];
};

/** g·(1 − y²), and 0 where g is 0: the gradient of tanh from its value. */
export const tanhGradientLoop: BinaryLoop = (to, ito, g, ig, stepG, y, iy, stepY, count) => {
  for (let k = 0; k < count; k++, ig += stepG, iy += stepY) {
    to[ito + k] = g[ig] === 0 && Number.isNaN(y[iy]) ? 0 : g[ig] * (1 - y[iy] * y[iy]);
  }
};

/** g·y·(1 − y), and 0 where g is 0: the gradient of sigmoid from its value. */
export const sigmoidGradientLoop: BinaryLoop = (to, ito, g, ig, stepG, y, iy, stepY, count) => {
  for (let k = 0; k < count; k++, ig += stepG, iy += stepY) {
    to[ito + k] = g[ig] === 0 && Number.isNaN(y[iy]) ? 0 : g[ig] * (y[iy] * (1 - y[iy]));
  }
};
