import type { BinaryLoop } from "./broadcast.ts";

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

/** y = a, stretched to y's shape (b is not read). */
export const copyLoop: BinaryLoop = (y, iy, a, ia, stepA, _b, _ib, _stepB, count) => {
  for (let k = 0; k < count; k++, ia += stepA) y[iy + k] = a[ia];
};

/** y[i] = f(x[i]) */
export function map(f: (x: number) => number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] = f(x[i]);
}
