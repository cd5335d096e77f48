import type { ChainLink, Spread } from "../tensor/simd/fusedChain.ts";
import type { ChainInput, Emitter } from "./emitter.ts";
import type { Chain, LinkOperand } from "./fusing.ts";
import { widthOf } from "./imageRows.ts";
import type { Storage } from "./program.ts";

/** The sizes of the buffers that a chain needs for itself: rows in which each number of an operand is repeated. */
export function chainWorkspace({ links }: Chain): number[] {
  const repeated = links
    .flatMap(({ operands }) => operands)
    .flatMap((each) => (typeof each !== "number" && each.repeat > 1 ? [each] : []));
  const storages = new Map(repeated.map(({ storage, repeat }) => [storage, storage.size * repeat]));
  return [...storages.values()];
}

/** A chain: reads its inputs once, and keeps what somebody else needs. */
export function emitChain(
  chain: Chain,
  emit: Emitter,
  isKept: (storage: Storage) => boolean,
  literal: (value: number) => number,
): void {
  const images = emit.imageRows(chain.links[0].to);
  const size = images ? images.images * images.pixels * widthOf(images) : chain.size;
  const width = images ? widthOf(images) : chain.columns;
  // two columns are one long row of pairs, if nothing differs from row to row
  const inPairs =
    width === 2 &&
    !chain.links.some(({ operands }) => operands.some((each) => typeof each !== "number" && each.spread === "column"));
  const columns = inPairs ? size : (width ?? size);
  const rows = size / columns;
  const repeated = new Map<Storage, number>();
  const results = new Map<Storage, number>(chain.links.map(({ to }, k) => [to, k]));
  const inputs: ChainInput[] = [];
  const names: (string | Storage)[] = [];
  const inputOf = (name: string | Storage, spread: Spread, at: number, step: number): number => {
    const known = names.findIndex((each, k) => each === name && inputs[k].spread === spread);
    if (known >= 0) return known;
    names.push(name);
    return inputs.push({ spread, at, step }) - 1;
  };
  /** Where a row is, each of whose numbers stands there so many times. */
  const inRow = ({ storage, repeat }: LinkOperand): number => {
    const known = repeated.get(storage);
    if (known !== undefined) return known;
    const to = emit.workspace[repeated.size];
    const axes = [
      { length: storage.size, from: 8, to: 8 * repeat },
      { length: repeat, from: 0, to: 8 },
    ];
    emit.copy(axes, to, emit.place(storage).at);
    repeated.set(storage, to);
    return to;
  };
  const wired = chain.links.map(({ formula, operands }) => ({
    op: formula,
    operands: operands.map((each) => {
      if (typeof each === "number")
        return { input: inputOf(Object.is(each, -0) ? "-0" : `${each}`, "number", literal(each), 0) };
      const { storage, spread } = each;
      if (each.repeat > 1 && !images) return { input: inputOf(storage, spread, inRow(each), 0) };
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
  const kept = chain.links.flatMap(({ to }, k) => (isKept(to) ? [k] : []));
  const to = kept.map((k) => emit.matrix(chain.links[k].to, columns));
  emit.chain(rows, columns, to, inputs, links, kept);
}
