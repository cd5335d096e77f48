import { kernelFor } from "./lowerings.ts";
import type { Op, Operand, Program, Storage } from "./program.ts";

// A gradient over many rows, as threads compute it: pieces of the batch go the same way, each by itself, and sums over their rows are added.

/** What a storage holds: the same for all pieces; something for each row of a piece; a sum over its rows; what is computed from sums over all rows. */
type Kind = "same" | "rows" | "sum" | "after";

/** A program in three parts, one after the other, which share storages. */
export interface Sections {
  /** What does not depend on the rows. */
  readonly once: Program;
  /** What is to be done for each piece. Wanted are sums over its rows, and what is looked at. */
  readonly piece: Program;
  /** What is computed from the sums over all rows. */
  readonly after: Program;
  /** The sums over rows of a piece: those of several, added, are what `after` is given. */
  readonly sums: readonly Storage[];
  /** Looks at values of a piece, when that is done. */
  readonly checks: readonly Op[];
  /** Which of what is given is given row by row. */
  readonly byRow: readonly boolean[];
}

/**
 * The program of a piece of so many rows in sections; null if it has none, because something depends on more than one row otherwise than through sums in
 * the order of kernels/shards.ts. What depends on the number of rows is found by comparing it with the same program of another number of rows.
 */
export function sectionsOf(
  program: Program,
  rows: number,
  other: Program,
  otherRows: number,
): { sections: Sections; twins: ReadonlyMap<Storage, Storage> } | null {
  const twins = twinsOf(program, other);
  if (twins === null) return null;
  const kinds = new Map<Storage, Kind>();
  for (const [storage, twin] of twins) {
    const byRow = storage.size * otherRows === twin.size * rows;
    if (!byRow && storage.size !== twin.size) return null;
    if (storage.source === "constant" && !isSame(storage, twin, byRow ? rows : null)) return null;
    kinds.set(storage, byRow ? "rows" : "same");
  }
  const parts: { once: Op[]; piece: Op[]; after: Op[] } = { once: [], piece: [], after: [] };
  const checks: Op[] = [];
  const kindOf = ({ storage }: Operand): Kind => kinds.get(storage) as Kind;
  for (const op of program.ops) {
    const inputs = new Set(op.inputs.map(kindOf));
    const outputs = new Set(op.outputs.map(kindOf));
    const ofRows = inputs.has("rows");
    if (inputs.has("sum") || inputs.has("after")) {
      if (ofRows || outputs.has("rows")) return null;
      parts.after.push(op);
      for (const { storage } of op.outputs) kinds.set(storage, "after");
    } else if (op.rule === null && ofRows) checks.push(op);
    else if (ofRows || outputs.has("rows")) {
      const sums = ofRows ? (kernelFor(op)?.sums?.(op, rows) ?? []) : [];
      for (const [k, { storage }] of op.outputs.entries()) {
        if (kinds.get(storage) === "rows") continue;
        if (!sums.includes(k)) return null;
        kinds.set(storage, "sum");
      }
      parts.piece.push(op);
    } else parts.once.push(op);
  }
  const wanted = program.wanted;
  if (wanted.some((storage) => kinds.get(storage) === "rows")) return null;
  const made = (ops: readonly Op[]): Set<Storage> =>
    new Set(ops.flatMap(({ outputs }) => outputs.map((y) => y.storage)));
  const read = new Set(
    [...parts.piece, ...parts.after, ...checks].flatMap(({ inputs }) => inputs.map((x) => x.storage)),
  );
  const sums = [...made(parts.piece)].filter((storage) => kinds.get(storage) === "sum");
  const looked = checks.flatMap(({ inputs }) => inputs.map(({ storage }) => storage));
  const once = [...made(parts.once)].filter((storage) => read.has(storage) || wanted.includes(storage));
  const given = [...program.given, ...once];
  const sections = {
    once: { ops: parts.once, given: program.given, wanted: once },
    piece: { ops: parts.piece, given, wanted: [...sums, ...looked.filter((storage) => !given.includes(storage))] },
    after: { ops: parts.after, given: [...given, ...sums], wanted },
    ...{ sums, checks },
    byRow: program.given.map((storage) => kinds.get(storage) === "rows"),
  };
  return { sections, twins };
}

/** The storages of two programs that do the same ops on different numbers of rows, in pairs; null if they do not. */
function twinsOf(a: Program, b: Program): Map<Storage, Storage> | null {
  const twins = new Map<Storage, Storage>();
  let same = a.ops.length === b.ops.length;
  const pair = (x: readonly Storage[], y: readonly Storage[]): void => {
    same &&= x.length === y.length;
    if (!same) return;
    x.forEach((storage, k) => {
      const twin = twins.get(storage) ?? y[k];
      same &&= twin === y[k] && storage.source === twin.source;
      twins.set(storage, twin);
    });
  };
  const storages = (operands: readonly Operand[]): Storage[] => operands.map(({ storage }) => storage);
  pair(a.given, b.given);
  a.ops.forEach((op, i) => {
    if (!same) return;
    const twin = b.ops[i];
    same &&= op.rule === twin.rule;
    pair(storages(op.inputs), storages(twin.inputs));
    pair(storages(op.outputs), storages(twin.outputs));
  });
  pair(a.wanted, b.wanted);
  return same ? twins : null;
}

/** Whether constants are the same for all pieces: number by number, or with the same numbers in each of the rows. */
function isSame({ data }: Storage, { data: twin }: Storage, rows: number | null): boolean {
  const length = rows === null ? data.length : data.length / rows;
  const row = data.subarray(0, length);
  return [data, twin].every((each) => each.every((value, i) => Object.is(value, row[i % length])));
}
