import { type Chain, matricesOf, type Unit } from "./fusing.ts";
import type { ImageRows, Wish } from "./imageRows.ts";
import { kernelFor } from "./lowerings.ts";
import type { Program, Storage } from "./program.ts";

function areOf(rows: ImageRows, { images, channels, pixels }: Omit<ImageRows, "group">): boolean {
  return rows.images === images && rows.channels === channels && rows.pixels === pixels;
}

function isSame(a: ImageRows, b: ImageRows): boolean {
  return areOf(a, b) && a.group === b.group;
}

/** The storages that are laid out as image rows: all that touches them must like the same. What lies outside is as it is. */
export function imageRowsOf(
  units: readonly Unit[],
  program: Program,
  outside: ReadonlySet<Storage>,
): Map<Storage, ImageRows> {
  const settled = new Map<Storage, ImageRows | null>();
  const loose: { storage: Storage; images: Omit<ImageRows, "group"> }[] = [];
  const settle = (storage: Storage, wish: Wish): void => {
    if (wish !== null && !("group" in wish)) {
      loose.push({ storage, images: wish });
      return;
    }
    const before = settled.get(storage);
    const isFixed = storage.source !== "made" || outside.has(storage);
    if (wish === null || isFixed || before === null) settled.set(storage, null);
    else if (before === undefined) settled.set(storage, wish);
    else if (!isSame(before, wish)) settled.set(storage, null);
  };
  for (const unit of units) {
    if (unit.kind === "chain") {
      for (const each of unit.links.flatMap(({ operands }) => operands)) {
        if (typeof each === "number") continue;
        const { spread, storage } = each;
        if (spread !== "matrix" || storage.source !== "made" || outside.has(storage)) settle(storage, null);
      }
      continue;
    }
    const wishes = kernelFor(unit.op)?.imageRows?.(unit.op);
    [...unit.op.inputs, ...unit.op.outputs].forEach(({ storage }, k) => {
      settle(storage, wishes?.[k] ?? null);
    });
  }
  for (const storage of program.wanted) settle(storage, null);
  // chains go along, if all that they touch is of one kind, and so do the ops that take what others like
  for (let changed = true; changed; ) {
    changed = false;
    for (const { storage, images } of loose) {
      const rows = settled.get(storage);
      if (rows && !areOf(rows, images)) changed = settled.set(storage, null) !== null;
    }
    for (const unit of units) {
      if (unit.kind !== "chain") continue;
      const matrices = matricesOf(unit);
      const wished = matrices.map((storage) => settled.get(storage));
      const wish = wished.find((each) => each !== undefined && each !== null);
      if (wish === undefined || wish === null) continue;
      const fit = wished.every((each) => each === undefined || (each !== null && isSame(each, wish)));
      const next = fit && goesAlong(unit, wish) ? wish : null;
      for (const storage of matrices) {
        if (settled.get(storage) === next) continue;
        changed ||= settled.get(storage) === undefined || next === null;
        settled.set(storage, next);
      }
    }
  }
  const rows = new Map<Storage, ImageRows>();
  for (const [storage, each] of settled) if (each !== null) rows.set(storage, each);
  return rows;
}

/** Whether a chain can be computed on image rows: what is spread must be numbers for all, or for each channel. */
function goesAlong({ links }: Chain, { channels, pixels }: ImageRows): boolean {
  return links.every(({ operands }) =>
    operands.every((each) => {
      if (typeof each === "number" || each.spread === "matrix" || each.spread === "number") return true;
      return each.spread === "row" && each.storage.size === channels && each.repeat === pixels;
    }),
  );
}
