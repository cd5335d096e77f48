import type { Code, KernelCode, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";
import { kernelModule, kernelsOf, scratch } from "./webAssembly.ts";

const { add, div, mul, sqrt, sub } = wasm.f64x2;

/** How many numbers of each array are in the scratch memory at a time: four times 16 kB. */
const PIECE = 2048;
const CONSTANTS = 0;
/** Behind the constants: the sum of x − x over all new values, which is 0 if they are finite, and else NaN. */
const FINITE = 10;
const [THETA, G, M, V]: readonly number[] = [16, 16 + PIECE, 16 + 2 * PIECE, 16 + 3 * PIECE];

/** The numbers of a step: those of the formula in `training/adam.ts`, in the order in which it first needs them. */
export type AdamNumbers = readonly [
  weightDecay: number,
  beta1: number,
  oneMinusBeta1: number,
  beta2: number,
  oneMinusBeta2: number,
  step: number,
  correction: number,
  epsilon: number,
];

/**
 * run(bytes, theta, g, m, v, nextM, nextV, numbers, finite): one step of Adam for that many bytes, θ in place; `numbers` are those of {@link AdamNumbers}, and
 * behind them two factors, of θ and of g, which come first. To `finite`, two numbers, is added 0, or NaN if a new value is not finite.
 */
export function adamKernel(): KernelCode {
  const v = new Variables();
  const [bytes, theta, g, m, variance, nextM, nextVariance, numbers, finite] = v.parameters(9);
  const [at] = v.locals(1);
  const { get } = wasm;
  const constants = Array.from({ length: 10 }, (_, k) => v.keep(wasm.loadSplat(get(numbers), 8 * k)));
  const [weightDecay, beta1, rest1, beta2, rest2, rate, correction, epsilon, ofTheta, ofG] = constants;
  const first = v.statements().flat();
  const place = (pointer: Local): Code => wasm.i32.add(get(pointer), get(at));
  const load = (pointer: Local): Code => v.keep(wasm.loadPair(place(pointer)));

  const before = v.keep(mul(load(theta), ofTheta));
  const slope = v.keep(add(mul(load(g), ofG), mul(weightDecay, before)));
  const mean = v.keep(add(mul(beta1, load(m)), mul(rest1, slope)));
  const square = v.keep(add(mul(beta2, load(variance)), mul(mul(rest2, slope), slope)));
  const after = v.keep(sub(before, div(mul(rate, mean), add(div(sqrt(square), correction), epsilon))));
  const [trace] = v.locals(1, "v128");
  const step = [
    ...v.statements().flat(),
    ...wasm.storePair(place(nextM), mean),
    ...wasm.storePair(place(nextVariance), square),
    ...wasm.storePair(place(theta), after),
    ...[mean, square, after].flatMap((x) => wasm.set(trace, add(get(trace), sub(x, x)))),
  ];
  return v.kernel([
    ...first,
    ...wasm.loopTo(at, get(bytes), 16, step),
    ...wasm.storePair(get(finite), add(wasm.loadPair(get(finite)), get(trace))),
  ]);
}

const adamModule = /*#__PURE__*/ kernelModule(() => ({ run: adamKernel() }));

/**
 * Adam's step without amsgrad, in place of θ, m and v. Whether all new values are finite; null, and nothing done, if the plain loop
 * has to be used.
 */
export function adamStep(
  theta: Float64Array,
  gradient: Float64Array,
  m: Float64Array,
  v: Float64Array,
  constants: AdamNumbers,
): boolean | null {
  const run = theta.length < 64 ? undefined : kernelsOf(adamModule)?.run;
  if (run === undefined) return null;
  const numbers = scratch();
  numbers.set(constants, CONSTANTS);
  numbers.fill(1, CONSTANTS + 8, CONSTANTS + 10); // θ and g as they are
  numbers.fill(0, FINITE, FINITE + 2);
  for (let start = 0; start < theta.length; start += PIECE) {
    const end = Math.min(theta.length, start + PIECE);
    numbers.set(theta.subarray(start, end), THETA);
    numbers.set(gradient.subarray(start, end), G);
    numbers.set(m.subarray(start, end), M);
    numbers.set(v.subarray(start, end), V);
    if ((end - start) % 2 === 1) {
      for (const each of [THETA, G, M, V]) numbers[each + end - start] = 1; // fills up the last pair; 0 could become 0/0
    }
    const [atTheta, atG, atM, atV] = [THETA, G, M, V].map((each) => 8 * each);
    run(8 * (end - start), atTheta, atG, atM, atV, atM, atV, 8 * CONSTANTS, 8 * FINITE);
    theta.set(numbers.subarray(THETA, THETA + end - start), start);
    m.set(numbers.subarray(M, M + end - start), start);
    v.set(numbers.subarray(V, V + end - start), start);
  }
  return numbers[FINITE] + numbers[FINITE + 1] === 0;
}
