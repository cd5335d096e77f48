import { DomainError, describeValue } from "../errors.ts";
import { assemble, type KernelCode } from "./assembler.ts";

/** Plain loops, or the same operations in WebAssembly, two numbers at a time. */
export type Kernels = "plain" | "simd";

/** The memory of all kernels: 16 MB, of which the system allocates the pages that are used, and 64 kB behind them for tables. */
const PAGES = 256;

/** How many numbers fit into the {@link scratch} memory. */
export const SCRATCH_SIZE: number = (PAGES * 65536) / 8;
/** The first half is for single ops, each with a layout of its own (products: packing.ts); the second for lasting arrays (scratchCopies.ts). */
export const LASTING_START: number = SCRATCH_SIZE / 2;

/** A kernel works on the scratch memory; its arguments are addresses in bytes, and counts. */
export type Kernel = (...args: number[]) => void;

let requested: Kernels = "simd";
/** There is no WebAssembly here. Under a strict content security policy each attempt is reported, so that one has to be enough. */
let unavailable = false;
let memory: WebAssembly.Memory | null = null;
let numbers: Float64Array = /*#__PURE__*/ new Float64Array(0);

/**
 * Chooses between plain loops ("plain") and kernels in WebAssembly ("simd"), which compute the same bits and are the default
 * wherever WebAssembly compiles. For measurements and tests; called before the first op, "plain" never
 * touches WebAssembly.
 *
 * Returns what is in use from now on: "plain" if there is no WebAssembly here, as far as is known. Throws DomainError for
 * anything but the two.
 *
 * @example
 * useKernels("plain"); // "plain"
 * useKernels("simd"); // "simd", if there is WebAssembly
 */
export function useKernels(kernels: Kernels): Kernels {
  if (kernels !== "plain" && kernels !== "simd") {
    throw new DomainError(`useKernels: the kernels are "plain" or "simd"; got ${describeValue(kernels)}`);
  }
  requested = kernels;
  return usesSimd() ? "simd" : "plain";
}

/** Whether kernels run in WebAssembly; the first call allocates the memory. */
export function usesSimd(): boolean {
  if (requested === "plain" || unavailable) return false;
  if (memory !== null) return true;
  try {
    memory = new WebAssembly.Memory({ initial: PAGES + 1, maximum: PAGES + 1 });
    numbers = new Float64Array(memory.buffer);
  } catch {
    unavailable = true;
  }
  return !unavailable;
}

/** The memory as numbers; it never moves or grows. Call {@link usesSimd} first. */
export function scratch(): Float64Array {
  return numbers;
}

/** The addresses of the tables that have been copied into the memory. */
const tables = /*#__PURE__*/ new Map<Float64Array, number>();
let tablesEnd: number = SCRATCH_SIZE;

/** The address of a table that kernels read: it is copied behind the scratch memory, once. */
export function tableAddress(table: Float64Array): number {
  let start = tables.get(table);
  if (start === undefined) {
    start = tablesEnd;
    numbers.set(table, start);
    tables.set(table, start);
    tablesEnd += table.length;
  }
  return 8 * start;
}

/** Kernels that are assembled and compiled together when one of them is first used. */
export interface KernelModule {
  readonly build: () => Readonly<Record<string, KernelCode>>;
  /** Functions of one number that the kernels call, where their own formula does not apply. */
  readonly imports: Readonly<Record<string, (x: number) => number>>;
  /** The compiled kernels; null before. */
  instance: Readonly<Record<string, Kernel>> | null;
}

/** Describes kernels; nothing happens until they are used. */
export function kernelModule(
  build: () => Readonly<Record<string, KernelCode>>,
  imports: Readonly<Record<string, (x: number) => number>> = {},
): KernelModule {
  return { build, imports, instance: null };
}

/** The kernels of a module; null if plain loops have to be used. */
export function kernelsOf(module: KernelModule): Readonly<Record<string, Kernel>> | null {
  if (!usesSimd()) return null;
  if (module.instance !== null) return module.instance;
  const bytes = assemble(module.build(), Object.keys(module.imports));
  try {
    const compiled = new WebAssembly.Module(bytes as BufferSource);
    const { exports } = new WebAssembly.Instance(compiled, {
      f: module.imports,
      m: { m: memory as WebAssembly.Memory },
    });
    module.instance = exports as unknown as Readonly<Record<string, Kernel>>;
  } catch {
    unavailable = true; // WebAssembly without these instructions, or forbidden by a content security policy
  }
  return module.instance;
}

// ── memories of their own ───────────────────────────────────────────────────────────────────────────────────────────

/** Kernels' memory apart from the scratch memory: its tables lie at the same addresses, what is to be kept behind them. */
export interface OwnMemory {
  readonly memory: WebAssembly.Memory;
  readonly numbers: Float64Array;
}

/** The first address of a memory of one's own that is free. */
export const OWN_START: number = (PAGES + 1) * 65536;

/**
 * A memory with room for so many bytes from {@link OWN_START} on, and the tables that are known by now; shared by threads if asked for. The pages
 * before take no memory, since nobody touches them. Null if there is no WebAssembly here, or not enough memory.
 */
export function ownMemory(bytes: number, shared = false): OwnMemory | null {
  if (!usesSimd()) return null;
  const pages = PAGES + 1 + Math.ceil(bytes / 65536);
  try {
    const own = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    const ownNumbers = new Float64Array(own.buffer);
    for (const [table, start] of tables) ownNumbers.set(table, start);
    return { memory: own, numbers: ownNumbers };
  } catch {
    return null;
  }
}

/** Kernels as WebAssembly, for a memory that may be shared by threads; null where it does not compile. */
export function compileKernels(
  kernels: Readonly<Record<string, KernelCode>>,
  imports: readonly string[],
  { numbers: { byteLength, buffer } }: OwnMemory,
): WebAssembly.Module | null {
  const bytes = assemble(kernels, imports, buffer instanceof ArrayBuffer ? undefined : byteLength / 65536);
  try {
    return new WebAssembly.Module(bytes as BufferSource);
  } catch {
    return null;
  }
}

/** The compiled kernels, working on a memory of one's own. */
export function kernelsIn(
  { memory: m }: OwnMemory,
  compiled: WebAssembly.Module,
  imports: Readonly<Record<string, (x: number) => number>>,
): Readonly<Record<string, Kernel>> {
  const { exports } = new WebAssembly.Instance(compiled, { f: imports, m: { m } });
  return exports as unknown as Readonly<Record<string, Kernel>>;
}
