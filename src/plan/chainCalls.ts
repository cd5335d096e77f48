import type { ChainLink, Spread } from "../tensor/simd/fusedChain.ts";
import type { Chain } from "./chains.ts";
import type { ChainInput, Emitter } from "./emitter.ts";
import type { Program, Storage } from "./program.ts";

/** A chain: reads its inputs once, and keeps what somebody else needs. */
export function emitChain(
  chain: Chain,
  emit: Emitter,
  program: Program,
  used: ReadonlyMap<Storage, { readonly last: number }>,
  index: number,
  literal: (value: number) => number,
): void {
  // two columns are one long row of pairs, if nothing differs from row to row
  const inPairs =
    chain.columns === 2 &&
    !chain.links.some(({ operands }) => operands.some((each) => typeof each !== "number" && each.spread === "column"));
  const columns = inPairs ? chain.size : (chain.columns ?? chain.size);
  const rows = chain.size / columns;
  const results = new Map<Storage, number>(chain.links.map(({ to }, k) => [to, k]));
  const inputs: ChainInput[] = [];
  const names: (string | Storage)[] = [];
  const inputOf = (name: string | Storage, spread: Spread, at: number, step: number): number => {
    const known = names.findIndex((each, k) => each === name && inputs[k].spread === spread);
    if (known >= 0) return known;
    names.push(name);
    return inputs.push({ spread, at, step }) - 1;
  };
  const wired = chain.links.map(({ formula, operands }) => ({
    op: formula,
    operands: operands.map((each) => {
      if (typeof each === "number")
        return { input: inputOf(Object.is(each, -0) ? "-0" : `${each}`, "number", literal(each), 0) };
      const { storage, spread } = each;
      const made = spread === "matrix" ? results.get(storage) : undefined;
      if (made !== undefined) return { made };
      const { at, rowBytes } = emit.matrix(storage, columns);
      if (inPairs && spread === "row") return { input: inputOf(storage, "pair", at, 0) };
      return { input: inputOf(storage, spread, at, spread === "matrix" ? rowBytes : spread === "column" ? 8 : 0) };
    }),
  }));
  const links: ChainLink[] = wired.map(({ op, operands }) => ({
    op,
    operands: operands.map((each) => ("made" in each ? inputs.length + (each.made as number) : each.input)),
  }));
  const wanted = new Set(program.wanted);
  const kept = chain.links.flatMap(({ to }, k) =>
    wanted.has(to) || (used.get(to) as { last: number }).last > index ? [k] : [],
  );
  const to = kept.map((k) => emit.matrix(chain.links[k].to, columns));
  emit.chain(rows, columns, to, inputs, links, kept);
}
