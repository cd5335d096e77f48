/**
 * A WebAssembly assembler, as much of one as our kernels need.
 *
 * WebAssembly is a stack machine: an instruction takes its operands from the stack and leaves its result there. So the code
 * of an expression is the code of its operands, one after the other, and then its own byte: `add(a, b)` is `[...a, ...b, 0xa0]`,
 * and expressions nest as they do in a formula. Everything here is a function from code to code; `assemble` puts functions
 * into a module.
 *
 * Reference: WebAssembly Core Specification 2.0 (2022), §5 Binary Format, https://www.w3.org/TR/wasm-core-2/.
 */

/** Instructions, encoded. */
export type Code = readonly number[];

/** The types of values: addresses and counters, numbers, and pairs of numbers. */
export type ValueType = "i32" | "f64" | "v128";

const TYPE_CODES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** A parameter or local variable of a function. */
export interface Local {
  readonly type: ValueType;
  readonly index: number;
}

// ── numbers (§5.2) ──────────────────────────────────────────────────────────────────────────────────────────────────

/** An unsigned integer in base 128, the lowest digit first, LEB128. */
export function unsigned(value: number): Code {
  const digits: number[] = [];
  for (; value >= 128; value >>>= 7) digits.push((value & 127) | 128);
  return [...digits, value];
}

/** The same for signed integers: the highest digit carries the sign. */
export function signed(value: number): Code {
  const digits: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) digits.push((value & 127) | 128);
  return [...digits, value & 127];
}

/** The eight bytes of a float64, the lowest first. */
function bytesOf(value: number): Code {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return Array.from({ length: 8 }, (_, i) => view.getUint8(i));
}

/** Items with their number in front. */
function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

/** Bytes with their number in front. */
function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

// ── variables and constants (§5.4.4, §5.4.7, §5.4.8) ───────────────────────────────────────────────────────────────

/** The value of a variable. */
export function get({ index }: Local): Code {
  return [0x20, ...unsigned(index)];
}

/** Gives a variable a value. */
export function set({ index }: Local, value: Code): Code {
  return [...value, 0x21, ...unsigned(index)];
}

/** Gives a variable a value, which is also the value of the expression. */
export function tee({ index }: Local, value: Code): Code {
  return [...value, 0x22, ...unsigned(index)];
}

/** An i32 constant. */
export function integer(value: number): Code {
  return [0x41, ...signed(value)];
}

/** An f64 constant. */
export function number(value: number): Code {
  return [0x44, ...bytesOf(value)];
}

/** A v128 constant: the same float64 in both lanes. */
export function pair(value: number): Code {
  return [0xfd, 0x0c, ...bytesOf(value), ...bytesOf(value)];
}

/** A v128 constant: the same 64-bit integer in both lanes, given as its two halves. */
export function bits(high: number, low: number): Code {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, low, true);
  view.setUint32(4, high, true);
  const bytes = Array.from({ length: 8 }, (_, i) => view.getUint8(i));
  return [0xfd, 0x0c, ...bytes, ...bytes];
}

// ── instructions with operands (§5.4.7, §5.4.8) ────────────────────────────────────────────────────────────────────

/** An instruction that takes these operands. */
function instruction(opcode: Code, ...operands: readonly Code[]): Code {
  return [...operands.flat(), ...opcode];
}

/** Addresses and counters. */
export const i32 = {
  add: (a: Code, b: Code): Code => instruction([0x6a], a, b),
  sub: (a: Code, b: Code): Code => instruction([0x6b], a, b),
  mul: (a: Code, b: Code): Code => instruction([0x6c], a, b),
  and: (a: Code, b: Code): Code => instruction([0x71], a, b),
  /** a < b, as signed numbers: 1 or 0 */
  less: (a: Code, b: Code): Code => instruction([0x48], a, b),
  /** a ≠ 0 counts as true */
  isZero: (a: Code): Code => instruction([0x45], a),
} as const;

/** One number. */
export const f64 = {
  /** a ≠ b: 1 or 0; NaN is different from everything */
  notEqual: (a: Code, b: Code): Code => instruction([0x62], a, b),
  add: (a: Code, b: Code): Code => instruction([0xa0], a, b),
  sub: (a: Code, b: Code): Code => instruction([0xa1], a, b),
  mul: (a: Code, b: Code): Code => instruction([0xa2], a, b),
  div: (a: Code, b: Code): Code => instruction([0xa3], a, b),
  load: (address: Code, offset: number = 0): Code => instruction([0x2b, 3, ...unsigned(offset)], address),
  store: (address: Code, value: Code, offset: number = 0): Code =>
    instruction([0x39, 3, ...unsigned(offset)], address, value),
} as const;

/** An instruction on 128 bits: its opcode follows the prefix 0xfd. */
function simd(opcode: number, ...operands: readonly Code[]): Code {
  return instruction([0xfd, ...unsigned(opcode)], ...operands);
}

/** Two numbers at a time. Comparisons give all bits set, or none, in each lane. */
export const f64x2 = {
  add: (a: Code, b: Code): Code => simd(0xf0, a, b),
  sub: (a: Code, b: Code): Code => simd(0xf1, a, b),
  mul: (a: Code, b: Code): Code => simd(0xf2, a, b),
  div: (a: Code, b: Code): Code => simd(0xf3, a, b),
  min: (a: Code, b: Code): Code => simd(0xf4, a, b),
  max: (a: Code, b: Code): Code => simd(0xf5, a, b),
  abs: (a: Code): Code => simd(0xec, a),
  neg: (a: Code): Code => simd(0xed, a),
  sqrt: (a: Code): Code => simd(0xef, a),
  floor: (a: Code): Code => simd(0x75, a),
  equal: (a: Code, b: Code): Code => simd(0x47, a, b),
  less: (a: Code, b: Code): Code => simd(0x49, a, b),
  lessEqual: (a: Code, b: Code): Code => simd(0x4b, a, b),
  splat: (a: Code): Code => simd(0x14, a),
  lane: (a: Code, index: 0 | 1): Code => [...simd(0x21, a), index],
  withLane: (a: Code, index: 0 | 1, value: Code): Code => [...simd(0x22, a, value), index],
} as const;

/** Two 64-bit integers at a time. */
export const i64x2 = {
  add: (a: Code, b: Code): Code => simd(0xce, a, b),
  sub: (a: Code, b: Code): Code => simd(0xd1, a, b),
  shiftRight: (a: Code, count: number): Code => simd(0xcd, a, integer(count)),
  shiftLeft: (a: Code, count: number): Code => simd(0xcb, a, integer(count)),
  /** Whether all lanes are different from 0. */
  allTrue: (a: Code): Code => simd(0xc3, a),
} as const;

/** 128 bits. The memory must hold 16 bytes at the address; it needs no alignment. */
export const v128 = {
  load: (address: Code, offset: number = 0): Code => instruction([0xfd, 0x00, 3, ...unsigned(offset)], address),
  /** The float64 at the address in both lanes. */
  loadSplat: (address: Code, offset: number = 0): Code => instruction([0xfd, 0x0a, 3, ...unsigned(offset)], address),
  store: (address: Code, value: Code, offset: number = 0): Code =>
    instruction([0xfd, 0x0b, 3, ...unsigned(offset)], address, value),
  and: (a: Code, b: Code): Code => simd(0x4e, a, b),
  or: (a: Code, b: Code): Code => simd(0x50, a, b),
  xor: (a: Code, b: Code): Code => simd(0x51, a, b),
  /** a where the mask has a bit, b where not. */
  select: (mask: Code, a: Code, b: Code): Code => simd(0x52, a, b, mask),
} as const;

// ── control (§5.4.1) ────────────────────────────────────────────────────────────────────────────────────────────────

/** Body while the condition holds, asked before each round. */
export function loopWhile(condition: Code, body: Code): Code {
  const LEAVE = 1;
  const AGAIN = 0;
  return [
    ...[0x02, 0x40], // block: leaving it ends the loop
    ...[0x03, 0x40], // loop: going back to its start
    ...[...i32.isZero(condition), 0x0d, LEAVE],
    ...[...body, 0x0c, AGAIN],
    ...[0x0b, 0x0b],
  ];
}

/** For a counter that goes from where it stands up to `end`, exclusive, by that step; by 0 if the body moves it. */
export function loopTo(counter: Local, end: Code, step: number, body: Code): Code {
  return loopWhile(i32.less(get(counter), end), [
    ...body,
    ...(step === 0 ? [] : set(counter, i32.add(get(counter), integer(step)))),
  ]);
}

/** The instructions if the condition is not zero. */
export function when(condition: Code, then: Code): Code {
  return [...condition, 0x04, 0x40, ...then, 0x0b];
}

/** Calls a function that was imported: its number is its place among the imports. */
export function callImport(index: number, ...operands: readonly Code[]): Code {
  return instruction([0x10, ...unsigned(index)], ...operands);
}

// ── modules (§5.5) ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A function without results, of addresses and numbers. */
export interface KernelCode {
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** Hands out the parameters and local variables of a function while its body is being written. */
export class Variables {
  readonly #parameters: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  #kept: Code[] = [];

  /** The next parameter; all of them come before the first local variable. */
  parameter(type: ValueType): Local {
    this.#parameters.push(type);
    return { type, index: this.#parameters.length - 1 };
  }

  /** A local variable; 0 at first. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { type, index: this.#parameters.length + this.#locals.length - 1 };
  }

  /** Keeps a value in a local variable: the instruction for it joins those that {@link statements} gives. */
  keep(value: Code, local: Local = this.local("v128")): Code {
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
    return { parameters: this.#parameters, locals: this.#locals, body };
  }
}

/** A module that imports a memory and functions f64 → f64, and exports the kernels under their names. */
export function assemble(kernels: Readonly<Record<string, KernelCode>>, imports: readonly string[] = []): Uint8Array {
  const names = Object.keys(kernels);
  const all = Object.values(kernels);
  const text = (name: string): Code => sized(Array.from(name, (letter) => letter.charCodeAt(0)));
  const typesOf = (types: readonly ValueType[]): Code => vector(types.map((type) => [TYPE_CODES[type]]));
  const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
  const functionType = (parameters: readonly ValueType[], results: readonly ValueType[]): Code => [
    0x60,
    ...typesOf(parameters),
    ...typesOf(results),
  ];
  const MEMORY: Code = [0x02, 0x00, 0x01]; // of at least one page
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [functionType(["f64"], ["f64"]), ...all.map(({ parameters }) => functionType(parameters, []))]),
    ...section(2, [
      ...imports.map((name) => [...text("plain"), ...text(name), 0x00, 0]),
      [...text("scratch"), ...text("memory"), ...MEMORY],
    ]),
    ...section(
      3,
      all.map((_, k) => unsigned(1 + k)),
    ),
    ...section(
      7,
      names.map((name, k) => [...text(name), 0x00, ...unsigned(imports.length + k)]),
    ),
    ...section(
      10,
      all.map(({ locals, body }) => sized([...vector(locals.map((type) => [1, TYPE_CODES[type]])), ...body, 0x0b])),
    ),
  ]);
}
