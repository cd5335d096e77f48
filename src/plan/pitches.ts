import { matricesOf, type Unit } from "./fusing.ts";
import { kernelFor } from "./lowerings.ts";
import type { Program, Storage } from "./program.ts";

/**
 * The matrices whose rows may be longer than they need to be, with the numbers of their columns: all that touches them must be able to read that. What lies
 * outside is as it is.
 */
export function pitchesOf(
  units: readonly Unit[],
  program: Program,
  outside: ReadonlySet<Storage>,
): Map<Storage, number> {
  const columns = new Map<Storage, number | null>();
  const settle = (storage: Storage, length: number | null): void => {
    const fixed = storage.source !== "made" || outside.has(storage);
    if (fixed || length === null || length % 32 !== 0 || storage.size < 16 * length) {
      columns.set(storage, null);
    } else if (!columns.has(storage)) columns.set(storage, length);
    else if (columns.get(storage) !== length) columns.set(storage, null);
  };
  for (const unit of units) {
    if (unit.kind === "op") {
      const { inputs, outputs } = unit.op;
      const lengths = kernelFor(unit.op)?.pitched(unit.op);
      [...inputs, ...outputs].forEach(({ storage }, k) => {
        settle(storage, lengths?.[k] ?? null);
      });
    }
  }
  for (const storage of program.wanted) settle(storage, null);
  for (const unit of units) {
    if (unit.kind === "op") continue;
    for (const each of unit.links.flatMap(({ operands }) => operands)) {
      if (typeof each !== "number" && each.spread !== "matrix") settle(each.storage, null);
    }
  }
  // chains go along with what the others want, if all their matrices are of one kind
  for (let changed = true; changed; ) {
    changed = false;
    for (const unit of units) {
      if (unit.kind === "op") continue;
      const matrices = matricesOf(unit);
      const wishes = new Set(matrices.flatMap((storage) => columns.get(storage) ?? []));
      const [length = null] = wishes;
      const one = wishes.size === 1 && (unit.columns === null || unit.columns === length);
      if (one && length !== null && unit.columns === null) {
        unit.columns = length;
        changed = true;
      } else if (!one && wishes.size > 0) {
        for (const storage of matrices) if (columns.get(storage)) changed = columns.set(storage, null) !== null;
      }
    }
  }
  const pitches = new Map<Storage, number>();
  for (const [storage, length] of columns) if (length !== null) pitches.set(storage, length);
  return pitches;
}
