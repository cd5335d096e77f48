export { checkerboard } from "./checkerboard.ts";
export { circles } from "./circles.ts";
export { bitsPerDim, dequantize } from "./dequantize.ts";
export { eightGaussians } from "./eightGaussians.ts";
export { pinwheel } from "./pinwheel.ts";
export { rings } from "./rings.ts";
export { swissRoll } from "./swissRoll.ts";
export { twoMoons } from "./twoMoons.ts";
export { twoSpirals } from "./twoSpirals.ts";
