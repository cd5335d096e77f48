import type { KernelCode } from "../tensor/simd/assembler.ts";
import { type ChainLink, fusedChain, type Spread } from "../tensor/simd/fusedChain.ts";
import type { SimdOp } from "../tensor/simd/simdElementwise.ts";
import { type CopyAxis, stridedCopy } from "../tensor/simd/stridedCopy.ts";
import type { ImageRows } from "./imageRows.ts";
import type { KernelSet } from "./kernels/kernelSet.ts";
import type { Storage } from "./program.ts";

/** A step of a plan: a kernel and its arguments, or a function that works on views of the memory. */
export type Call =
  | { readonly kernel: string; readonly args: readonly number[] }
  | { readonly kernel: null; readonly run: () => void };

/** Numbers of a matrix in the memory: where it begins, and the bytes from one row to the next. */
export interface Place {
  readonly at: number;
  readonly rowBytes: number;
}

/** What a chain reads, beside a matrix. */
export interface ChainInput {
  readonly spread: Spread;
  readonly at: number;
  /** From one row to the next: of a matrix, or 8 of a column; 0 of what is the same for all rows. */
  readonly step: number;
}

/** The numbers of formulas, by which kernels are told apart. */
const formulas = /*#__PURE__*/ new WeakMap<SimdOp, number>();
let known = 0;

function numberOf(op: SimdOp): number {
  const number = formulas.get(op) ?? known++;
  formulas.set(op, number);
  return number;
}

/** Writes the calls of a plan: knows where everything lies, and collects the kernels. */
export class Emitter {
  readonly calls: Call[] = [];
  readonly #kernels: KernelSet;
  readonly #places: (storage: Storage) => Place;
  readonly #imageRows: ReadonlyMap<Storage, ImageRows>;
  #workspace: readonly number[] = [];
  #constants: readonly number[] = [];

  constructor(
    kernels: KernelSet,
    places: (storage: Storage) => Place,
    imageRows: ReadonlyMap<Storage, ImageRows> = new Map(),
  ) {
    this.#kernels = kernels;
    this.#places = places;
    this.#imageRows = imageRows;
  }

  /** Where a storage lies. */
  place(storage: Storage): Place {
    return this.#places(storage);
  }

  /** Where a storage lies as a matrix of so many columns. */
  matrix(storage: Storage, columns: number): Place {
    const { at, rowBytes } = this.#places(storage);
    return { at, rowBytes: rowBytes || 8 * columns };
  }

  /** How a storage lies, if it lies as image rows. */
  imageRows(storage: Storage): ImageRows | undefined {
    return this.#imageRows.get(storage);
  }

  /** The buffers that the unit at hand has asked for, for itself alone. */
  get workspace(): readonly number[] {
    return this.#workspace;
  }

  /** Where the constants of the unit at hand are. */
  get constants(): readonly number[] {
    return this.#constants;
  }

  /** Goes on with another unit, which has those buffers for itself, and those constants. */
  begin(workspace: readonly number[], constants: readonly number[]): void {
    this.#workspace = workspace;
    this.#constants = constants;
  }

  /** A call of the kernel of that name, which is written if nobody has asked for it before; `imported` says which import a function is. */
  call(
    name: string,
    write: (imported: (plain: (x: number) => number) => number) => KernelCode,
    ...args: number[]
  ): void {
    const imported = (plain: (x: number) => number): number => this.#kernels.imported(plain);
    this.calls.push({ kernel: this.#kernels.ask(name, () => write(imported)), args });
  }

  /** A call of a function. */
  run(run: () => void): void {
    this.calls.push({ kernel: null, run });
  }

  /** Formulas over [rows, columns], number by number: the results of those that are kept go to their places. */
  chain(
    rows: number,
    columns: number,
    to: readonly Place[],
    inputs: readonly ChainInput[],
    links: readonly ChainLink[],
    kept: readonly number[],
  ): void {
    const name = [
      "chain",
      inputs.map(({ spread }) => spread[0]).join(""),
      links.map(({ op, operands }) => `${numberOf(op)}(${operands.join()})`).join(""),
      kept.join(),
    ].join(" ");
    const write = (imported: (plain: (x: number) => number) => number): KernelCode =>
      fusedChain(
        inputs.map(({ spread }) => spread),
        links,
        kept,
        imported,
      );
    const pointers = [...to.map(({ at, rowBytes }) => [at, rowBytes]), ...inputs.map(({ at, step }) => [at, step])];
    this.call(name, write, rows, 8 * columns, ...pointers.flat());
  }

  /** Copies numbers between views of the memory, whose first numbers are there. */
  copy(axes: readonly CopyAxis[], to: number, from: number): void {
    const name = `copy ${axes.map((axis) => `${axis.length}:${axis.from}:${axis.to}`).join(" ")}`;
    this.call(name, () => stridedCopy(axes), to, from);
  }

  /** One formula. */
  map(op: SimdOp, rows: number, columns: number, to: Place, ...inputs: ChainInput[]): void {
    this.chain(rows, columns, [to], inputs, [{ op, operands: inputs.map((_, k) => k) }], [0]);
  }
}

/** A matrix, as a chain reads it. */
export function asMatrix({ at, rowBytes }: Place): ChainInput {
  return { spread: "matrix", at, step: rowBytes };
}

/** One row for all rows. */
export function asRow(at: number): ChainInput {
  return { spread: "row", at, step: 0 };
}
