import { f64x2, get, type KernelCode, loadPair, loopTo, number, set, storePair } from "./assembler.ts";
import { Variables } from "./variables.ts";
import { kernelModule, kernelsOf, scratch } from "./webAssembly.ts";

const PIECE = 4096;

/** run(bytes): leaves in the two numbers behind those bytes the sum of x − x, which is 0 if every x is finite, and else NaN. */
function finiteKernel(): KernelCode {
  const v = new Variables();
  const [bytes] = v.parameters(1);
  const [at] = v.locals(1);
  const [sum] = v.locals(1, "v128");
  const [x] = v.locals(1, "v128");
  return v.kernel([
    ...set(sum, f64x2.splat(number(0))),
    ...loopTo(at, get(bytes), 16, [
      ...set(x, loadPair(get(at))),
      ...set(sum, f64x2.add(get(sum), f64x2.sub(get(x), get(x)))),
    ]),
    ...storePair(get(bytes), get(sum)),
  ]);
}

const finiteModule = /*#__PURE__*/ kernelModule(() => ({ run: finiteKernel() }));

/** Whether every number is finite; null where a plain loop has to find out. */
export function allFinite(x: Float64Array): boolean | null {
  const run = x.length < 64 ? undefined : kernelsOf(finiteModule)?.run;
  if (run === undefined) return null;
  const numbers = scratch();
  for (let start = 0; start < x.length; start += PIECE) {
    const count = Math.min(PIECE, x.length - start);
    numbers.set(x.subarray(start, start + count));
    numbers[count] = 0; // fills up the last pair
    const padded = count + (count % 2);
    run(8 * padded);
    if (numbers[padded] + numbers[padded + 1] !== 0) return false;
  }
  return true;
}
