import type { Code, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import type { Variables } from "./variables.ts";

/** Two numbers, and the variable that holds what the formula has made of them. */
interface Pair {
  readonly x: Code;
  readonly result: Local;
}

/** How numbers are computed to which a formula does not apply. */
export interface SpecialCases {
  /** The plain function, which a kernel imports. */
  readonly plain: (x: number) => number;
  /** Calls it, the import of that number, for such pairs. */
  code(v: Variables, pairs: readonly Pair[], imported?: number): Code;
}

/** Calls the plain function for a pair unless the formula applies to both numbers. One test for all pairs together comes first. */
export function unless(applies: (v: Variables, x: Code) => Code, plain: (x: number) => number): SpecialCases {
  const BOTH = 3;
  const failed = (mask: Code): Code => wasm.i32.sub(wasm.i64x2.signs(mask), wasm.integer(BOTH));
  return {
    plain,
    code(v, pairs, imported = 0) {
      const plainly = (x: Code, index: 0 | 1): Code => wasm.callImport(wasm.lane(x, index), imported);
      const replace = ({ x, result }: Pair): Code =>
        wasm.set(result, wasm.withLane(wasm.withLane(wasm.get(result), 0, plainly(x, 0)), 1, plainly(x, 1)));
      const masks = pairs.map(({ x }) => v.keep(applies(v, x)));
      const each = pairs.flatMap((pair, k) => wasm.when(failed(masks[k]), replace(pair)));
      return [...v.statements().flat(), ...wasm.when(failed(masks.reduce((a, b) => wasm.v128.and(a, b))), each)];
    },
  };
}
