import type { KernelCode } from "../../tensor/simd/assembler.ts";
import { compileKernels, type Kernel, kernelsIn, type OwnMemory } from "../../tensor/simd/webAssembly.ts";

/** The kernels of a plan: each is written once, whoever asks for it, and all are compiled together. */
export class KernelSet {
  readonly #codes = new Map<string, KernelCode>();
  readonly #imports: ((x: number) => number)[] = [];

  /** Asks for the kernel of that name. */
  ask(name: string, write: () => KernelCode): string {
    if (!this.#codes.has(name)) this.#codes.set(name, write());
    return name;
  }

  /** The functions that kernels call, by their numbers. */
  get imports(): readonly ((x: number) => number)[] {
    return this.#imports;
  }

  /** The number of the import that a kernel calls for numbers to which its formula does not apply. */
  imported(plain: (x: number) => number): number {
    const known = this.#imports.indexOf(plain);
    return known >= 0 ? known : this.#imports.push(plain) - 1;
  }

  /** All of them, working on that memory, and the module that they came from; null where it does not compile. */
  in(memory: OwnMemory): { kernels: Readonly<Record<string, Kernel>>; module: WebAssembly.Module } | null {
    const names = this.#imports.map((_, i) => `f${i}`);
    const module = compileKernels(Object.fromEntries(this.#codes), names, memory);
    if (module === null) return null;
    const functions = Object.fromEntries(this.#imports.map((f, i) => [names[i], f]));
    return { kernels: kernelsIn(memory, module, functions), module };
  }
}
