import { type Code, get, type KernelCode, type Local, pair, set, type ValueType } from "./assembler.ts";

/** Hands out the parameters and local variables of a function while its body is being written. */
export class Variables {
  #parameters = 0;
  readonly #locals: ValueType[] = [];
  readonly #constants: { readonly value: number; readonly local: Local }[] = [];
  #kept: Code[] = [];

  /** The parameters: so many addresses and counters. To be asked for before the first local variable. */
  parameters(count: number): readonly Local[] {
    return Array.from({ length: count }, () => ({ index: this.#parameters++ }));
  }

  /** So many local variables, addresses and counters unless another type is given; 0 at first. */
  locals(count: number, type: ValueType = "i32"): readonly Local[] {
    return Array.from({ length: count }, () => {
      this.#locals.push(type);
      return { index: this.#parameters + this.#locals.length - 1 };
    });
  }

  /**
   * The number in both lanes, set once at the start of the function: engines build a constant of 128 bits anew wherever it is written
   * (tanh: 3.2 ns per number instead of 3.9 when they were loaded from memory).
   */
  constant(value: number): Code {
    const known = this.#constants.find((each) => Object.is(each.value, value));
    if (known !== undefined) return get(known.local);
    const [local] = this.locals(1, "v128");
    this.#constants.push({ value, local });
    return get(local);
  }

  /** Keeps a value in a local variable: the instruction for it joins those that {@link statements} gives. */
  keep(value: Code, local: Local = this.locals(1, "v128")[0]): Code {
    this.#kept.push(set(local, value));
    return get(local);
  }

  /** What was kept since the last question, as instructions. */
  statements(): readonly Code[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  /** The function, all of whose variables came from here. */
  kernel(body: Code): KernelCode {
    const constants = this.#constants.flatMap(({ value, local }) => set(local, pair(value)));
    return { parameters: this.#parameters, locals: this.#locals, body: [...constants, ...body] };
  }
}
