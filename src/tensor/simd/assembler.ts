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
  const bytes = [low, high].flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 255));
  return [0xfd, 0x0c, ...bytes, ...bytes];
}

// ── instructions with operands (§5.4.6, §5.4.7, §5.4.8) ────────────────────────────────────────────────────────────

/** An instruction that takes these operands. */
function instruction(opcode: Code, ...operands: readonly Code[]): Code {
  return ([] as number[]).concat(...operands, opcode);
}

/** Instructions of one operand, and of two. */
type Unary<Names extends string> = Readonly<Record<Names, (a: Code) => Code>>;
type Binary<Names extends string> = Readonly<Record<Names, (a: Code, b: Code) => Code>>;

/** Instructions by their names, from a table of opcodes; those on 128 bits have a prefix. */
function instructions<Names extends string>(
  opcodes: Readonly<Record<Names, number>>,
  prefix: Code = [],
): Readonly<Record<Names, (...operands: Code[]) => Code>> {
  const entries = Object.entries<number>(opcodes).map(([name, opcode]) => {
    const code = prefix.length === 0 ? [opcode] : [...prefix, ...unsigned(opcode)];
    return [name, (...operands: Code[]) => instruction(code, ...operands)] as const;
  });
  return Object.fromEntries(entries) as Readonly<Record<Names, (...operands: Code[]) => Code>>;
}

const SIMD: Code = [0xfd];
/** Addresses and counters. Comparisons (of signed numbers) give 1 or 0. */
export const i32: Binary<"add" | "sub" | "mul" | "less" | "equal"> & Unary<"isZero"> = /*#__PURE__*/ instructions({
  ...{ isZero: 0x45, equal: 0x46, less: 0x48, add: 0x6a, sub: 0x6b, mul: 0x6c },
});

/** One number. Comparisons give 1 or 0. */
export const f64: Binary<"add" | "sub" | "mul" | "div" | "notEqual"> = /*#__PURE__*/ instructions({
  ...{ notEqual: 0x62, add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3 },
});

/**
 * Two numbers at a time. Comparisons give all bits set, or none, in each lane; splat puts one number into both; smaller and larger give
 * the first operand unless the second is smaller, or larger: so the first where one of them is NaN, or both are 0.
 */
export const f64x2: Binary<"add" | "sub" | "mul" | "div" | "smaller" | "larger" | "equal" | "less" | "lessEqual"> &
  Unary<"abs" | "neg" | "sqrt" | "splat"> = /*#__PURE__*/ instructions(
  {
    ...{ splat: 0x14, equal: 0x47, less: 0x49, lessEqual: 0x4b, abs: 0xec, neg: 0xed, sqrt: 0xef },
    ...{ add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, smaller: 0xf6, larger: 0xf7 },
  },
  SIMD,
);

/** Two 64-bit integers at a time; shifts are logical, by an i32. signs: those of both, as the two bits of an i32. */
export const i64x2: Binary<"add" | "equal" | "shiftLeft" | "shiftRight"> & Unary<"signs"> = /*#__PURE__*/ instructions(
  { signs: 0xc4, shiftLeft: 0xcb, shiftRight: 0xcd, add: 0xce, equal: 0xd6 },
  SIMD,
);

/** 128 bits. */
export const v128: Binary<"and" | "or" | "xor"> = /*#__PURE__*/ instructions({ and: 0x4e, or: 0x50, xor: 0x51 }, SIMD);

/** a where the mask has a bit, b where not. */
export function select(mask: Code, a: Code, b: Code): Code {
  return instruction([0xfd, 0x52], a, b, mask);
}

/** One of the two numbers of a pair. */
export function lane(a: Code, index: 0 | 1): Code {
  return [...a, 0xfd, 0x21, index];
}

/** The low half of one of two 64-bit integers, as an i32. */
export function lowHalf(a: Code, index: 0 | 1): Code {
  return [...a, 0xfd, 0x1b, 2 * index];
}

/** The first numbers of two pairs, or the second ones. */
export function zip(a: Code, b: Code, index: 0 | 1): Code {
  const bytes = [0, 16].flatMap((pairAt) => Array.from({ length: 8 }, (_, i) => pairAt + 8 * index + i));
  return [...a, ...b, 0xfd, 0x0d, ...bytes];
}

/** The pair with another number in one of its places. */
export function withLane(a: Code, index: 0 | 1, value: Code): Code {
  return [...a, ...value, 0xfd, 0x22, index];
}

/** Reading and writing at an address, or so many bytes further; no address has to be aligned. */
function access(opcode: Code, offset: number): Code {
  return [...opcode, 3, ...unsigned(offset)];
}

/** The pair of numbers at the address. */
export function loadPair(address: Code, offset = 0): Code {
  return instruction(access([0xfd, 0x00], offset), address);
}

/** The number at the address in both lanes. */
export function loadSplat(address: Code, offset = 0): Code {
  return instruction(access([0xfd, 0x0a], offset), address);
}

/** Writes a pair to the address. */
export function storePair(address: Code, value: Code, offset = 0): Code {
  return instruction(access([0xfd, 0x0b], offset), address, value);
}

/** The one number at the address. */
export function loadNumber(address: Code, offset = 0): Code {
  return instruction(access([0x2b], offset), address);
}

/** Writes one number to the address. */
export function storeNumber(address: Code, value: Code, offset = 0): Code {
  return instruction(access([0x39], offset), address, value);
}

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

/**
 * Leaves the block around it if the condition holds. In an unrolled loop, between its steps and with a condition that never does, it keeps the engine
 * (V8) from gathering the loads of all steps at the start, for which there are not enough registers.
 */
export function leaveBlockIf(condition: Code): Code {
  return [...condition, 0x0d, 1];
}

/** A block, which {@link leaveBlockIf} leaves. */
export function block(body: Code): Code {
  return [0x02, 0x40, ...body, 0x0b];
}

/** Body, and again while the condition holds: one jump a round where {@link loopWhile} has two. */
export function repeatWhile(condition: Code, body: Code): Code {
  const AGAIN = 0;
  return [0x03, 0x40, ...body, ...condition, 0x0d, AGAIN, 0x0b];
}

/** Moves a pointer or counter. */
export function advance(pointer: Local, by: Code): Code {
  return set(pointer, i32.add(get(pointer), by));
}

/** For a counter that goes from where it stands up to `end`, exclusive, by that step; by 0 if the body moves it. */
export function loopTo(counter: Local, end: Code, step: number, body: Code): Code {
  const next = step === 0 ? [] : advance(counter, integer(step));
  return loopWhile(i32.less(get(counter), end), [...body, ...next]);
}

/** The instructions if the condition is not zero. */
export function when(condition: Code, then: Code): Code {
  return [...condition, 0x04, 0x40, ...then, 0x0b];
}

/** What the imported function of that number gives for x. */
export function callImport(x: Code, imported = 0): Code {
  return [...x, 0x10, ...unsigned(imported)];
}

// ── modules (§5.5) ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A function without results, of so many addresses and counters. */
export interface KernelCode {
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/**
 * A module that imports a memory, m.m, and functions f64 → f64, f.name, and exports the kernels under their names. A memory that threads share has so
 * many pages of 64 kB, no more and no less.
 */
export function assemble(
  kernels: Readonly<Record<string, KernelCode>>,
  imports: readonly string[] = [],
  sharedPages?: number,
): Uint8Array {
  // at least one page; or shared, from so many pages to as many
  const limits = sharedPages === undefined ? [0x00, 1] : [0x03, ...unsigned(sharedPages), ...unsigned(sharedPages)];
  const names = Object.keys(kernels);
  const all = Object.values(kernels);
  const text = (name: string): Code => sized(Array.from(name, (letter) => letter.charCodeAt(0)));
  const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
  const functionType = (from: readonly Code[], to: readonly Code[]): Code => [0x60, ...vector(from), ...vector(to)];
  const kernelType = ({ parameters }: KernelCode): Code => functionType(Array(parameters).fill([TYPE_CODES.i32]), []);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [functionType([[TYPE_CODES.f64]], [[TYPE_CODES.f64]]), ...all.map(kernelType)]),
    ...section(2, [
      ...imports.map((name) => [...text("f"), ...text(name), 0x00, 0]),
      [...text("m"), ...text("m"), 0x02, ...limits],
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
