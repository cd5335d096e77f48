import type { Code, KernelCode, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import type { SimdOp } from "./simdElementwise.ts";
import { Variables } from "./variables.ts";

/** How an operand lies beside a matrix: like it; one row for all rows; one number for each row; one number for all; one pair for all, of a matrix that is a long row. */
export type Spread = "matrix" | "row" | "column" | "number" | "pair";

/** One formula of a chain, and what it takes: inputs of the chain by their numbers, and behind them the results of earlier formulas. */
export interface ChainLink {
  readonly op: SimdOp;
  readonly operands: readonly number[];
}

/** So many pairs are computed in turn, to hide the latency of instructions: fewer where there are many formulas, for want of registers. */
function interleaved(links: number): number {
  return links <= 4 ? 4 : links <= 12 ? 2 : 1;
}

/**
 * run(rows, rowBytes, to, toStep, …, from, fromStep, …): formulas number by number, one after the other without going through memory, row by row. Each
 * result that is kept, and each input, has an address and the bytes from one row to the next. A row of odd length writes one number too many, which the next row
 * overwrites, or nobody reads.
 *
 * `imported` says which import a function for special cases is.
 */
export function fusedChain(
  inputs: readonly Spread[],
  links: readonly ChainLink[],
  kept: readonly number[],
  imported: (plain: (x: number) => number) => number,
): KernelCode {
  const v = new Variables();
  const [rows, rowBytes] = v.parameters(2);
  const to = kept.map(() => v.parameters(2));
  const from = inputs.map(() => v.parameters(2));
  const [at, end] = v.locals(2);
  const { get, set } = wasm;
  const still = inputs.map((spread) => (spread === "matrix" || spread === "row" ? null : v.locals(1, "v128")[0]));
  const loadStill = (spread: Spread): Code =>
    still.flatMap((local, k) => {
      const address = get(from[k][0]);
      const value = spread === "pair" ? wasm.loadPair(address) : wasm.loadSplat(address);
      return local && inputs[k] === spread ? set(local, value) : [];
    });

  const pairs = (count: number): Code => {
    const code: number[] = [];
    /** Of each of the pairs: inputs and results, by their numbers. */
    const values: Code[][] = Array.from({ length: count }, () => []);
    /** Writes what was kept for each pair, instruction by instruction in turn. */
    const flush = (statements: readonly (readonly Code[])[]): void => {
      for (let i = 0; i < statements[0].length; i++) for (const each of statements) code.push(...each[i]);
    };
    const loads = values.map((of, t) => {
      inputs.forEach((_, k) => {
        const local = still[k];
        of.push(local ? get(local) : v.keep(wasm.loadPair(wasm.i32.add(get(from[k][0]), get(at)), 16 * t)));
      });
      return v.statements();
    });
    flush(loads);
    for (const { op, operands } of links) {
      const results: { x: Code; result: Local }[] = [];
      const statements = values.map((of) => {
        const [result] = v.locals(1, "v128");
        const taken = operands.map((k) => of[k]);
        of.push(v.keep(op.value(v, ...taken), result));
        results.push({ x: taken[0], result });
        return v.statements();
      });
      flush(statements);
      if (op.specialCases) code.push(...op.specialCases.code(v, results, imported(op.specialCases.plain)));
    }
    kept.forEach((k, i) => {
      values.forEach((of, t) => {
        code.push(...wasm.storePair(wasm.i32.add(get(to[i][0]), get(at)), of[inputs.length + k], 16 * t));
      });
    });
    return code;
  };

  const T = interleaved(links.length);
  return v.kernel([
    ...loadStill("number"),
    ...loadStill("pair"),
    ...wasm.loopWhile(get(rows), [
      ...loadStill("column"),
      ...set(at, wasm.integer(0)),
      ...(T === 1
        ? []
        : [
            ...set(end, wasm.i32.sub(get(rowBytes), wasm.integer(16 * (T - 1)))),
            ...wasm.loopTo(at, get(end), 16 * T, pairs(T)),
          ]),
      ...wasm.loopTo(at, get(rowBytes), 16, pairs(1)),
      ...[...to, ...from].flatMap(([pointer, step]) => wasm.advance(pointer, get(step))),
      ...wasm.advance(rows, wasm.integer(-1)),
    ]),
  ]);
}
