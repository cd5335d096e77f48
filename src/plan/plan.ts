import type { KernelCode } from "../tensor/simd/assembler.ts";
import { type Kernel, OWN_START, type OwnMemory, ownMemory, usesSimd } from "../tensor/simd/webAssembly.ts";
import { arrange } from "./arrangement.ts";
import type { Call } from "./emitter.ts";
import { KernelSet } from "./kernels/kernelSet.ts";
import type { Program } from "./program.ts";

/** A plan of more memory is not worth it: it would not fit any cache. */
export const MOST_BYTES: number = 256 * (1 << 20);

/** How a plan is made. */
export interface PlanOptions {
  /** Kernels of somebody else that work on the same memory, and how many numbers they need for themselves: one buffer each. */
  readonly beside?: Beside;
  /** For tests: each buffer is filled with NaN once nobody reads it any more. */
  readonly poison?: boolean;
}

/** What somebody else has in the memory of a plan: kernels, and buffers of so many numbers. */
export interface Beside {
  readonly kernels: Readonly<Record<string, () => KernelCode>>;
  readonly sizes: readonly number[];
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
export function planOf(program: Program, { beside, poison }: PlanOptions = {}): Plan | null {
  if (!usesSimd()) return null; // and tables that kernels read have their place from now on
  const kernels = new KernelSet();
  for (const [name, write] of Object.entries(beside?.kernels ?? {})) kernels.ask(name, write);
  const arrangement = arrange(program, kernels, { sizes: beside?.sizes, poison, looks: true });
  const { bytes } = arrangement;
  if (bytes > MOST_BYTES) return null;
  const placed = arrangement.at(OWN_START);
  const memory = ownMemory(bytes);
  const compiled = memory && kernels.in(memory);
  if (memory === null || compiled === null) return null;
  placed.fill(memory.numbers);
  return {
    memory,
    bytes,
    calls: placed.calls,
    kernels: compiled.kernels,
    given: program.given.map(placed.addressOf),
    beside: placed.beside,
    wanted: program.wanted.map(placed.addressOf),
    run: bind(placed.calls, compiled.kernels),
  };
}

/** All calls, one after the other. */
export function bind(calls: readonly Call[], kernels: Readonly<Record<string, Kernel>>): () => void {
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
