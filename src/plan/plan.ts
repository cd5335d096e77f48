import type { KernelCode } from "../tensor/simd/assembler.ts";
import { type Kernel, OWN_START, type OwnMemory, ownMemory, usesSimd } from "../tensor/simd/webAssembly.ts";
import { Tensor } from "../tensor/tensor.ts";
import { loweringOf, type Unit, unitsOf } from "./chains.ts";
import { chainWorkspace, emitChain } from "./emitChain.ts";
import { type Call, Emitter, type Place } from "./emitter.ts";
import { imageRowsOf, rowBytesOf, sizeOfRows } from "./imageRows.ts";
import { KernelSet } from "./kernels/kernelSet.ts";
import { type Lifetime, padded, placesOf } from "./layout.ts";
import { type KernelLowering, LOWERINGS } from "./lowerings.ts";
import { pitchesOf } from "./pitches.ts";
import type { Op, Operand, Program, Storage } from "./program.ts";

/** A plan of more memory is not worth it: it would not fit any cache. */
export const MOST_BYTES: number = 256 * 2 ** 20;

/** How a plan is made. */
export interface PlanOptions {
  /** Kernels of somebody else that work on the same memory, and how many numbers they need for themselves: one buffer each. */
  readonly beside?: { readonly kernels: Readonly<Record<string, () => KernelCode>>; readonly sizes: readonly number[] };
  /** For tests: each buffer is filled with NaN once nobody reads it any more. */
  readonly poison?: boolean;
}

/** A computation with a place for everything: what is given is written to its place, then it runs, and what is wanted is read from its place. */
export interface Plan {
  readonly memory: OwnMemory;
  /** Where what is given lies. */
  readonly given: readonly number[];
  /** Where the buffers of somebody else lie. */
  readonly beside: readonly number[];
  /** Where what is wanted lies. */
  readonly wanted: readonly number[];
  /** Runs everything once. Throws what a check throws. */
  readonly run: () => void;
  /** Bytes that are used. */
  readonly bytes: number;
  /** The calls of a run, for pictures and profiles. */
  readonly calls: readonly Call[];
  /** The kernels that the calls name. */
  readonly kernels: Readonly<Record<string, Kernel>>;
}

/** The plan of a program; null where there is no WebAssembly, or too much memory would be needed. */
export function planOf(program: Program, options: PlanOptions = {}): Plan | null {
  if (!usesSimd()) return null; // kernels look for their tables in its memory
  const units = unitsOf(program);
  const last = units.length; // behind all units: what is wanted is read then
  const kernels = new KernelSet();
  const imageRows = imageRowsOf(units, program, (op) => kernelFor(op)?.imageRows?.(op) ?? null);
  const pitches = pitchesOf(units, program, (op) => kernelFor(op)?.pitched(op) ?? null);

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
    const pitch = pitches.get(storage);
    const rows = imageRows.get(storage);
    if (rows !== undefined) return 8 * sizeOfRows(rows);
    return pitch === undefined ? 8 * storage.size : (storage.size / pitch) * padded(pitch);
  };
  const indexOf = new Map<Storage, number>();
  for (const [storage, usage] of used) indexOf.set(storage, reserve(bytesOf(storage), usage.first, usage.last));
  const literals = new Map<number | Float64Array, number>();
  const literal = (value: number | Float64Array): number => {
    const known = literals.get(value);
    if (known !== undefined) return known;
    const index = reserve(typeof value === "number" ? 8 : 8 * value.length, 0, last);
    literals.set(value, index);
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

  const beside = (options.beside?.sizes ?? []).map((size) => reserve(8 * size, 0, last));
  for (const [name, write] of Object.entries(options.beside?.kernels ?? {})) kernels.ask(name, write);
  const { addresses, end } = placesOf(OWN_START, lifetimes);
  const widest = Math.max(0, ...[...used.keys()].map(bytesOf)); // kernels may read rows behind the last
  const bytes = end - OWN_START + Math.min(widest, 2 ** 20) + 64;
  if (bytes > MOST_BYTES) return null;

  const views: ((numbers: Float64Array) => void)[] = [];
  let numbers: Float64Array = new Float64Array(0);
  const place = (storage: Storage): Place => {
    const pitch = pitches.get(storage);
    const at = addresses[indexOf.get(storage) as number];
    const rows = imageRows.get(storage);
    return { at, rowBytes: rows ? rowBytesOf(rows) : pitch === undefined ? 0 : padded(pitch) };
  };
  const wanted = new Set(program.wanted);
  const emit = new Emitter(kernels, place, imageRows);
  units.forEach((unit, i) => {
    emit.begin(
      workspaces[i].map((index) => addresses[index]),
      constants[i].map((index) => addresses[index]),
    );
    if (unit.kind === "chain") {
      const isKept = (storage: Storage): boolean =>
        wanted.has(storage) || (used.get(storage) as { last: number }).last > i;
      emitChain(unit, emit, isKept, (value) => addresses[literal(value)]);
    } else {
      const kernel = kernelFor(unit.op);
      if (kernel !== null) kernel.emit(unit.op, emit);
      else emit.run(forwardOf(unit.op, place, views));
    }
    if (options.poison) emit.run(poisonAfter(i, used, workspaces[i], lifetimes, addresses, indexOf, () => numbers));
  });

  const memory = ownMemory(bytes);
  const compiled = memory && kernels.in(memory);
  if (memory === null || compiled === null) return null;
  numbers = memory.numbers;
  for (const view of views) view(numbers);
  for (const [storage, index] of indexOf) {
    if (storage.source === "constant") numbers.set(storage.data, addresses[index] / 8);
  }
  for (const [value, index] of literals) numbers.set(typeof value === "number" ? [value] : value, addresses[index] / 8);
  return {
    memory,
    bytes,
    calls: emit.calls,
    kernels: compiled.kernels,
    given: program.given.map((storage) => place(storage).at),
    beside: beside.map((index) => addresses[index]),
    wanted: program.wanted.map((storage) => place(storage).at),
    run: bind(emit.calls, compiled.kernels),
  };
}

/** All calls, one after the other. */
function bind(calls: readonly Call[], kernels: Readonly<Record<string, Kernel>>): () => void {
  const steps = calls.map((call) =>
    call.kernel === null ? { run: call.run, args: [] } : { run: kernels[call.kernel], args: call.args },
  );
  return () => {
    for (let i = 0; i < steps.length; i++) {
      const { run, args } = steps[i];
      (run as Kernel)(...args);
    }
  };
}

/** The kernel that does an op, if there is one. */
function kernelFor(op: Op): KernelLowering | null {
  const name = loweringOf(op);
  if (typeof name !== "string") return null;
  const kernel = LOWERINGS[name];
  return kernel?.can(op) ? kernel : null;
}

function touchedBy(unit: Unit): Storage[] {
  if (unit.kind === "op") return [...unit.op.inputs, ...unit.op.outputs].map(({ storage }) => storage);
  return unit.links.flatMap(({ operands, to }) => [
    ...operands.flatMap((each) => (typeof each === "number" ? [] : [each.storage])),
    to,
  ]);
}

/** What calls an op's own `forward` on views of the memory, or its check. */
function forwardOf(
  { rule, check, inputs, outputs, attributes }: Op,
  place: (storage: Storage) => Place,
  views: ((numbers: Float64Array) => void)[],
): () => void {
  const view = ({ storage, shape }: Operand, memory: Float64Array): Tensor => {
    const start = place(storage).at / 8;
    return new Tensor(memory.subarray(start, start + storage.size), shape);
  };
  let xs: Tensor[] = [];
  let ys: Tensor[] = [];
  views.push((memory) => {
    xs = inputs.map((each) => view(each, memory));
    ys = outputs.map((each) => view(each, memory));
  });
  if (rule === null) return () => check?.(...xs);
  if ("shape" in rule) return () => rule.forward(xs, ys[0], ...attributes);
  return () => rule.forward(xs, ys, ...attributes);
}

/** What fills the buffers that nobody reads after that unit. */
function poisonAfter(
  unit: number,
  used: ReadonlyMap<Storage, { readonly first: number; readonly last: number }>,
  workspace: readonly number[],
  lifetimes: readonly Lifetime[],
  addresses: readonly number[],
  indexOf: ReadonlyMap<Storage, number>,
  numbers: () => Float64Array,
): () => void {
  const over = [...used].filter(([{ source }, { last }]) => source === "made" && last === unit);
  const indices = [...over.map(([storage]) => indexOf.get(storage) as number), ...workspace];
  return () => {
    for (const index of indices) {
      const start = addresses[index] / 8;
      numbers().fill(Number.NaN, start, start + Math.ceil(lifetimes[index].bytes / 8));
    }
  };
}
