import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";
import { kernelModule, kernelsOf, scratch } from "./webAssembly.ts";

const { add, div, mul, sqrt, sub } = wasm.f64x2;

/** How many numbers of each array are in the scratch memory at a time: four times 16 kB. */
const PIECE = 2048;
const CONSTANTS = 0;
/** Behind the constants: the sum of x − x over all new values, which is 0 if they are finite, and else NaN. */
const FINITE = 8;
const [THETA, G, M, V]: readonly number[] = [16, 16 + PIECE, 16 + 2 * PIECE, 16 + 3 * PIECE];

/** run(bytes): one step of Adam for that many bytes of θ, g, m and v; the numbers of {@link adamStep} lie at CONSTANTS. */
function adamKernel(): KernelCode {
  const v = new Variables();
  const [bytes] = v.parameters(1);
  const [at] = v.locals(1);
  const constants = Array.from({ length: 8 }, (_, k) => v.keep(wasm.loadSplat(wasm.integer(0), 8 * (CONSTANTS + k))));
  const [weightDecay, beta1, rest1, beta2, rest2, rate, correction, epsilon] = constants;
  const first = v.statements().flat();
  const load = (start: number): Code => v.keep(wasm.loadPair(wasm.get(at), 8 * start));

  const theta = load(THETA);
  const g = v.keep(add(load(G), mul(weightDecay, theta)));
  const m = v.keep(add(mul(beta1, load(M)), mul(rest1, g)));
  const variance = v.keep(add(mul(beta2, load(V)), mul(mul(rest2, g), g)));
  const next = v.keep(sub(theta, div(mul(rate, m), add(div(sqrt(variance), correction), epsilon))));
  const [finite] = v.locals(1, "v128");
  const step = [
    ...v.statements().flat(),
    ...wasm.storePair(wasm.get(at), m, 8 * M),
    ...wasm.storePair(wasm.get(at), variance, 8 * V),
    ...wasm.storePair(wasm.get(at), next, 8 * THETA),
    ...[m, variance, next].flatMap((x) => wasm.set(finite, add(wasm.get(finite), sub(x, x)))),
  ];
  return v.kernel([
    ...first,
    ...wasm.loopTo(at, wasm.get(bytes), 16, step),
    ...wasm.storePair(wasm.integer(0), wasm.get(finite), 8 * FINITE),
  ]);
}

const adamModule = /*#__PURE__*/ kernelModule(() => ({ run: adamKernel() }));

/** The numbers of a step: those of the formula in `training/adam.ts`, in the order in which it first needs them. */
type AdamNumbers = readonly [
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
  let finite = true;
  for (let start = 0; start < theta.length; start += PIECE) {
    const end = Math.min(theta.length, start + PIECE);
    numbers.set(theta.subarray(start, end), THETA);
    numbers.set(gradient.subarray(start, end), G);
    numbers.set(m.subarray(start, end), M);
    numbers.set(v.subarray(start, end), V);
    if ((end - start) % 2 === 1) {
      for (const each of [THETA, G, M, V]) numbers[each + end - start] = 1; // fills up the last pair; 0 could become 0/0
    }
    run(8 * (end - start));
    finite &&= numbers[FINITE] + numbers[FINITE + 1] === 0;
    theta.set(numbers.subarray(THETA, THETA + end - start), start);
    m.set(numbers.subarray(M, M + end - start), start);
    v.set(numbers.subarray(V, V + end - start), start);
  }
  return finite;
}
