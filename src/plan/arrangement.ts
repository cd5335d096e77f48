import { Tensor } from "../tensor/tensor.ts";
import { chainWorkspace, emitChain } from "./emitChain.ts";
import { type Call, Emitter, type Place } from "./emitter.ts";
import { touchedBy, unitsOf } from "./fusing.ts";
import { rowBytesOf, sizeOfRows } from "./imageRows.ts";
import { imageRowsOf } from "./imageWishes.ts";
import type { KernelSet } from "./kernels/kernelSet.ts";
import { kernelFor } from "./lowerings.ts";
import { pitchesOf } from "./pitches.ts";
import { type Lifetime, padded, placesOf } from "./places.ts";
import type { Op, Operand, Program, Storage } from "./program.ts";

/** How a program is arranged. */
export interface ArrangementOptions {
  /** Storages that lie elsewhere, densely: no room is made for them. */
  readonly outside?: ReadonlySet<Storage>;
  /** How many numbers somebody else needs: one buffer each, for the whole time. */
  readonly sizes?: readonly number[];
  /** Whether kernels may be followed by looks at what they have computed: where one thread does everything. */
  readonly looks?: boolean;
  /** For tests: each buffer is filled with NaN once nobody reads it any more. */
  readonly poison?: boolean;
}

/** Where everything of a program lies, from its start on: it can be put anywhere, and more than once. */
export interface Arrangement {
  readonly bytes: number;
  /** Whether kernels do everything: nothing is done by an op's own `forward`, or by a check. */
  readonly isCompiled: boolean;
  /** The program at that address; `outside` says where the rest is. */
  at(start: number, outside?: (storage: Storage) => number): Placed;
}

/** A program at its place. */
export interface Placed {
  readonly calls: readonly Call[];
  /** Where a storage lies. */
  addressOf(storage: Storage): number;
  /** Where the buffers of somebody else lie. */
  readonly beside: readonly number[];
  /** Writes what is known from the start into the memory, for which the calls are from now on. */
  fill(numbers: Float64Array): void;
}

/** Arranges a program: groups its ops, and gives everything a place that is free for as long as it is needed. */
export function arrange(program: Program, kernels: KernelSet, options: ArrangementOptions = {}): Arrangement {
  const { outside = new Set<Storage>(), sizes = [], looks = false, poison } = options;
  const units = unitsOf(program);
  const last = units.length; // behind all units: what is wanted is read then
  const imageRows = imageRowsOf(units, program, outside);
  const pitches = pitchesOf(units, program, outside);

  // what lives when
  const used = new Map<Storage, { first: number; last: number }>();
  const touch = (storage: Storage, unit: number): void => {
    const usage = used.get(storage);
    const always = storage.source !== "made";
    if (usage === undefined) used.set(storage, { first: always ? 0 : unit, last: always ? last : unit });
    else usage.last = Math.max(usage.last, unit);
  };
  units.forEach((unit, i) => {
    for (const storage of touchedBy(unit)) touch(storage, i);
  });
  for (const storage of program.given) touch(storage, 0);
  for (const storage of program.wanted) touch(storage, last);

  const lifetimes: Lifetime[] = [];
  const reserve = (bytes: number, from: number, to: number): number => {
    lifetimes.push({ bytes, first: from, last: to });
    return lifetimes.length - 1;
  };
  const bytesOf = (storage: Storage): number => {
    const rows = imageRows.get(storage);
    if (rows !== undefined) return 8 * sizeOfRows(rows);
    const pitch = pitches.get(storage);
    return pitch === undefined ? 8 * storage.size : (storage.size / pitch) * padded(pitch);
  };
  const indexOf = new Map<Storage, number>();
  for (const [storage, usage] of used) {
    if (!outside.has(storage)) indexOf.set(storage, reserve(bytesOf(storage), usage.first, usage.last));
  }
  const literals = new Map<number | string | Float64Array, number>();
  const literal = (value: number | Float64Array): number => {
    const name = Object.is(value, -0) ? MINUS_ZERO : value; // which a Map would take for 0
    const known = literals.get(name);
    if (known !== undefined) return known;
    const index = reserve(typeof value === "number" ? 8 : 8 * value.length, 0, last);
    literals.set(name, index);
    return index;
  };
  const isInRows = (storage: Storage): boolean => imageRows.has(storage);
  const workspaces = units.map((unit, i) => {
    const sizes = unit.kind === "op" ? (kernelFor(unit.op)?.workspace(unit.op, isInRows) ?? []) : chainWorkspace(unit);
    return sizes.map((size) => reserve(8 * size, i, i));
  });
  const constants = units.map((unit) =>
    unit.kind === "op"
      ? (kernelFor(unit.op)?.constants(unit.op) ?? []).map(literal)
      : unit.links.flatMap(({ operands }) => operands.filter((each) => typeof each === "number").map(literal)),
  );
  const beside = sizes.map((size) => reserve(8 * size, 0, last));
  const { addresses, end } = placesOf(0, lifetimes);
  const widest = Math.max(0, ...[...used.keys()].map(bytesOf)); // kernels may read rows behind the last

  const at = (start: number, elsewhere: (storage: Storage) => number = () => Number.NaN): Placed => {
    const placeOf = (storage: Storage): Place => {
      const index = indexOf.get(storage);
      if (index === undefined) return { at: elsewhere(storage), rowBytes: 0 };
      const [pitch, rows] = [pitches.get(storage), imageRows.get(storage)];
      const rowBytes = rows ? rowBytesOf(rows) : pitch === undefined ? 0 : padded(pitch);
      return { at: start + addresses[index], rowBytes };
    };
    const views: ((numbers: Float64Array) => void)[] = [];
    let numbers: Float64Array = new Float64Array(0);
    const emit = new Emitter(kernels, placeOf, looks ? () => numbers : null, imageRows);
    units.forEach((unit, i) => {
      emit.begin(
        workspaces[i].map((index) => start + addresses[index]),
        constants[i].map((index) => start + addresses[index]),
      );
      if (unit.kind === "chain") {
        const isKept = (storage: Storage): boolean => (used.get(storage) as { last: number }).last > i;
        emitChain(unit, emit, isKept, (value) => start + addresses[literal(value)]);
      } else {
        const kernel = kernelFor(unit.op);
        if (kernel !== null) kernel.emit(unit.op, emit);
        else emit.run(forwardOf(unit.op, (storage) => placeOf(storage).at, views));
      }
      if (!poison) return;
      const over = [...indexOf].filter(([storage]) => storage.source === "made" && used.get(storage)?.last === i);
      const indices = [...over.map(([, index]) => index), ...workspaces[i]];
      emit.run(() => {
        for (const index of indices) {
          const from = (start + addresses[index]) / 8;
          numbers.fill(Number.NaN, from, from + Math.ceil(lifetimes[index].bytes / 8));
        }
      });
    });
    return {
      calls: emit.calls,
      addressOf: (storage) => placeOf(storage).at,
      beside: beside.map((index) => start + addresses[index]),
      fill(memory) {
        numbers = memory;
        for (const view of views) view(memory);
        for (const [storage, index] of indexOf) {
          if (storage.source === "constant") memory.set(storage.data, (start + addresses[index]) / 8);
        }
        for (const [value, index] of literals) {
          memory.set(value instanceof Float64Array ? value : [Number(value)], (start + addresses[index]) / 8);
        }
      },
    };
  };
  const isCompiled = units.every((unit) => unit.kind === "chain" || kernelFor(unit.op) !== null);
  return { bytes: end + Math.min(widest, 1 << 20) + 64, isCompiled, at };
}

/** The name of the constant −0: Number gives it back. */
const MINUS_ZERO = "-0";

/** What calls an op's own `forward` on views of the memory, or its check. */
function forwardOf(
  { rule, check, inputs, outputs, attributes }: Op,
  addressOf: (storage: Storage) => number,
  views: ((numbers: Float64Array) => void)[],
): () => void {
  const view = ({ storage, shape }: Operand, memory: Float64Array): Tensor => {
    const start = addressOf(storage) / 8;
    return new Tensor(memory.subarray(start, start + storage.size), shape);
  };
  let xs: Tensor[] = [];
  let ys: Tensor[] = [];
  views.push((memory) => {
    xs = inputs.map((each) => view(each, memory));
    ys = outputs.map((each) => view(each, memory));
  });
  if (rule === null) return () => check?.(...xs);
  const run =
    "shape" in rule ? () => rule.forward(xs, ys[0], ...attributes) : () => rule.forward(xs, ys, ...attributes);
  return () => {
    for (const y of ys) y.data.fill(0); // `apply` gives new buffers, and there are rules that count on it
    run();
  };
}
