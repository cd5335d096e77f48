import { exp, expm1, log, log1p, logSigmoid, sigmoid, softplus, tanh } from "./elementary.ts";

// The loops of elementary functions, each written out: one loop for all, with the function as its argument, would cost a call for every
// number (binaryLoops.ts has figures).

/** y = f(x) for a whole array; y may be x. */
export type UnaryLoop = (y: Float64Array, x: Float64Array) => void;

/** y = eˣ */
export const expLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = exp(x[i]);
};

/** y = eˣ − 1 */
export const expm1Loop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = expm1(x[i]);
};

/** y = ln x */
export const logLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = log(x[i]);
};

/** y = ln(1 + x) */
export const log1pLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = log1p(x[i]);
};

/** y = tanh x */
export const tanhLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = tanh(x[i]);
};

/** y = 1/(1 + e⁻ˣ) */
export const sigmoidLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = sigmoid(x[i]);
};

/** y = ln(1 + eˣ) */
export const softplusLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = softplus(x[i]);
};

/** y = ln(1/(1 + e⁻ˣ)) */
export const logSigmoidLoop: UnaryLoop = (y, x) => {
  for (let i = 0; i < y.length; i++) y[i] = logSigmoid(x[i]);
};
