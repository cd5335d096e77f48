export { bitsPerDim, dequantize } from "./dequantize.ts";
export { twoMoons } from "./twoMoons.ts";
