import { Random } from "../../dist/index.js";
import { race } from "../support/race.mjs";
import * as products from "./products.mjs";
import * as solving from "./solving.mjs";

export { raceTables as table } from "../support/race.mjs";

export const question = "How does the time of a product and of LU grow with n?";

const SIZES = [16, 32, 64, 128, 256, 512, 1024];
const HERE = ["diffeo", "diffeo, plain loops", "numpy-ts", "deepbox", "NumPy"];
const some = (contestants) => contestants.filter(({ name }) => HERE.includes(name));

export const measure = race(async (table, quick) => {
  const sizes = quick ? [2, 3] : SIZES;
  const perMultiplyAdd = (milliseconds, count) => (milliseconds * 1e6) / count;
  const product = table("Products of n×n matrices, by n", "ns per multiply-add, of which there are n³", perMultiplyAdd);
  for (const n of sizes) {
    const random = new Random(n);
    const options = { work: n ** 3, seconds: 0.2, tolerances: { 64: n * 2.3e-16 } };
    await product(String(n), some(products.contestants(random.normal([n, n]), random.normal([n, n]))), options);
  }
  const solution = table("LU and solve, by n", "ns per multiply-add, of which there are n³/3", perMultiplyAdd);
  for (const n of sizes) {
    const random = new Random(n);
    const options = { work: n ** 3 / 3, seconds: 0.2, tolerances: { 64: n * 2.3e-16 * 1e5 } };
    await solution(String(n), some(solving.contestants(random.normal([n, n]), random.normal([n, 1]))), options);
  }
});
