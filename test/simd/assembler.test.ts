import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assemble,
  bits,
  type Code,
  f64,
  f64x2,
  get,
  i32,
  i64x2,
  integer,
  type KernelCode,
  lane,
  loadNumber,
  loadPair,
  loopTo,
  loopWhile,
  number,
  pair,
  select,
  set,
  signed,
  storeNumber,
  storePair,
  unsigned,
  v128,
  when,
  withLane,
} from "../../src/tensor/simd/assembler.ts";
import { Variables } from "../../src/tensor/simd/variables.ts";
import { SPECIAL } from "../support/arbitraries.ts";

/** Reads LEB128 the way the specification writes it (§5.2.2). */
function read(bytes: Code, isSigned: boolean): number {
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    value += (byte & 127) * 2 ** shift;
    shift += 7;
  }
  return isSigned && bytes[bytes.length - 1] & 64 ? value - 2 ** shift : value;
}

/** The kernel, compiled, with a memory of one page to work on. */
function run(kernel: KernelCode, memory: Float64Array, ...args: number[]): void {
  const wasmMemory = new WebAssembly.Memory({ initial: 1 });
  const numbers = new Float64Array(wasmMemory.buffer);
  numbers.set(memory);
  const module = new WebAssembly.Module(assemble({ kernel }) as BufferSource);
  const { exports } = new WebAssembly.Instance(module, { m: { m: wasmMemory } });
  (exports.kernel as (...args: number[]) => void)(...args);
  memory.set(numbers.subarray(0, memory.length));
}

/** What an expression of two pairs gives. */
function valueOf(expression: (a: Code, b: Code) => Code, a: readonly number[], b: readonly number[]): number[] {
  const v = new Variables();
  const memory = Float64Array.of(...a, ...b, 0, 0);
  const [left, right] = [loadPair(integer(0)), loadPair(integer(16))];
  run(v.kernel(storePair(integer(32), expression(left, right))), memory);
  return Array.from(memory.subarray(4));
}

const special = fc.constantFrom(...SPECIAL, 0.1, -7.5, 3, 2 ** 40 + 0.5);
const pairs = fc.tuple(special, special);

describe("the assembler", () => {
  it("writes integers that read back as they were, in no more bytes than they need", () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(read(signed(value), true)).toBe(value);
        expect(read(unsigned(Math.abs(value)), false)).toBe(Math.abs(value));
        expect(signed(value).length).toBeLessThanOrEqual(5);
      }),
    );
    expect([unsigned(127).length, unsigned(128).length, signed(63).length, signed(64).length]).toEqual([1, 2, 1, 2]);
    expect([signed(-64).length, signed(-65).length]).toEqual([1, 2]);
  });

  it("makes a module that is valid, with kernels under their names and imports in front of them", () => {
    const nothing = new Variables().kernel([]);
    const bytes = assemble({ first: nothing, second: nothing }, ["exp"]);
    expect(WebAssembly.validate(bytes as BufferSource)).toBe(true);
    const module = new WebAssembly.Module(bytes as BufferSource);
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(["first", "second"]);
    expect(WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`)).toEqual([
      "f.exp",
      "m.m",
    ]);
  });

  it.each<[name: string, expression: (a: Code, b: Code) => Code, value: (a: number, b: number) => number]>([
    ["add", f64x2.add, (a, b) => a + b],
    ["sub", f64x2.sub, (a, b) => a - b],
    ["mul", f64x2.mul, (a, b) => a * b],
    ["div", f64x2.div, (a, b) => a / b],
    ["abs", (a) => f64x2.abs(a), (a) => Math.abs(a)],
    ["neg", (a) => f64x2.neg(a), (a) => -a],
    ["sqrt", (a) => f64x2.sqrt(a), (a) => Math.sqrt(a)],
    ["the smaller", f64x2.smaller, (a, b) => (b < a ? b : a)],
    ["the larger", f64x2.larger, (a, b) => (a < b ? b : a)],
    ["select where equal", (a, b) => select(f64x2.equal(a, b), a, pair(5)), (a, b) => (a === b ? a : 5)],
    ["select where less", (a, b) => select(f64x2.less(a, b), a, b), (a, b) => (a < b ? a : b)],
    ["select where at most", (a, b) => select(f64x2.lessEqual(a, b), a, b), (a, b) => (a <= b ? a : b)],
    ["a constant", () => pair(-0.1), () => -0.1],
    [
      "the sign, put on another number",
      (a, b) => v128.or(f64x2.abs(a), v128.xor(b, f64x2.abs(b))),
      (a, b) => (Object.is(Math.sign(b), -0) || b < 0 ? -Math.abs(a) : Math.abs(a)),
    ],
    [
      "the sign put on",
      (a, b) => v128.or(f64x2.abs(a), v128.and(b, bits(0x80000000, 0))),
      (a, b) => (Object.is(Math.sign(b), -0) || b < 0 ? -Math.abs(a) : Math.abs(a)),
    ],
  ])("has %s of pairs, as the same operation on numbers", (_name, expression, value) => {
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const expected = [value(a[0], b[0]), value(a[1], b[1])];
        valueOf(expression, a, b).forEach((result, lane) => {
          if (Number.isNaN(expected[lane]) || Number.isNaN(b[lane])) return; // a NaN has no sign to speak of
          expect(result).toBe(expected[lane]);
        });
      }),
    );
  });

  it("has lanes, splats and integers of 64 bits", () => {
    const a = [1.5, -2];
    expect(valueOf((x) => f64x2.splat(lane(x, 1)), a, a)).toEqual([-2, -2]);
    expect(valueOf((x) => withLane(x, 0, number(7)), a, a)).toEqual([7, -2]);
    // 2ᵏ for k = 1, 10: the exponent is written
    const power = (k: Code): Code =>
      i64x2.shiftLeft(i64x2.add(f64x2.add(k, pair(6755399441055744)), bits(0, 1023)), integer(52));
    expect(valueOf(power, [1, 10], a)).toEqual([2, 1024]);
    // and read again
    const exponent = (x: Code): Code =>
      f64x2.sub(v128.or(i64x2.shiftRight(x, integer(52)), pair(4503599627370496)), pair(4503599627370496 + 1023));
    expect(valueOf(exponent, [8, 1024.5], a)).toEqual([3, 10]);
    // integers are the same if all bits are: 0 and −0 are not
    expect(valueOf((x, y) => select(i64x2.equal(x, y), pair(1), pair(2)), [0, 3], [-0, 3])).toEqual([2, 1]);
  });

  it("loops as often as asked, and branches where the condition holds", () => {
    const v = new Variables();
    const [n] = v.parameters(1);
    const [i, square] = v.locals(2);
    const address = i32.mul(get(i), integer(8));
    const body = [
      ...set(square, i32.mul(get(i), get(i))),
      // i² < 10: plus 0.5; i = 4: minus 1
      ...when(i32.less(get(square), integer(10)), storeNumber(address, f64.add(loadNumber(address), number(0.5)))),
      ...when(i32.isZero(i32.sub(get(i), integer(4))), storeNumber(address, f64.sub(loadNumber(address), number(1)))),
    ];
    const memory = Float64Array.from({ length: 6 }, (_, k) => k);
    run(v.kernel(loopTo(i, get(n), 1, body)), memory, 5);
    expect(Array.from(memory)).toEqual([0.5, 1.5, 2.5, 3.5, 3, 5]);

    const w = new Variables();
    const [left] = w.parameters(1);
    const down = set(left, i32.sub(get(left), integer(1)));
    const at = i32.mul(get(left), integer(8));
    run(w.kernel(loopWhile(get(left), [...down, ...storeNumber(at, f64.div(loadNumber(at), number(2)))])), memory, 3);
    expect(Array.from(memory)).toEqual([0.25, 0.75, 1.25, 3.5, 3, 5]);
  });
});
