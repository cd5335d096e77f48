import type { BinaryLoop } from "../kernels/broadcasting.ts";
import { iterationOf, broadcast as plainBroadcast } from "../kernels/broadcasting.ts";
import { forEachOffset, type Iteration } from "../kernels/strides.ts";
import type { UnaryLoop } from "../kernels/unaryLoops.ts";
import type { Tensor } from "../tensor.ts";
import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import type { SpecialCases } from "./specialCases.ts";
import { Variables } from "./variables.ts";
import { type Kernel, type KernelModule, kernelModule, kernelsOf, scratch } from "./webAssembly.ts";

/** An operation on numbers, written for two at a time. */
interface Formula {
  readonly value: (v: Variables, ...operands: Code[]) => Code;
  /** For an operation of one operand whose formula does not apply to all numbers. */
  readonly specialCases?: SpecialCases;
}

/** A formula with the kernels that have been compiled for it: one for each combination of stretched operands. */
export interface SimdOp extends Formula {
  readonly modules: Map<number, KernelModule>;
}

/** A plain loop, and the same operation in WebAssembly, which has the same bits. */
export interface Elementwise<Loop> extends SimdOp {
  readonly loop: Loop;
}

/** An operation in WebAssembly. Nothing is assembled before it is used. */
export function simdOp(formula: Formula): SimdOp {
  return { ...formula, modules: new Map() };
}

/** A plain loop, repeated in WebAssembly. */
export function elementwise<Loop>(loop: Loop, formula: Formula): Elementwise<Loop> {
  return { loop, ...simdOp(formula) };
}

/** The loop is unrolled by four, with the instructions interleaved, to hide their latency. */
const UNROLL = 4;

/**
 * run(rows, rowBytes, y, a, stepA, b, stepB, …): y = formula(a, b, …), row by row. Along a row an operand has stride 1, or 0 if
 * it is stretched; from row to row it moves by its step, which is 0 if all rows share one. A row of odd length writes one number
 * too many, which the next row overwrites, or nobody reads.
 */
function elementwiseKernel({ value, specialCases }: Formula, stretched: readonly boolean[]): KernelCode {
  const v = new Variables();
  const [rows, rowBytes, to] = v.parameters(3);
  const sources = stretched.map(() => {
    const [from, step] = v.parameters(2);
    return { from, step };
  });
  const [at, end] = v.locals(2);
  const splats = v.locals(stretched.length, "v128");

  const pairs = (count: number): Code => {
    const each = Array.from({ length: count }, (_, t) => {
      const operands = stretched.map((isStretched, k) =>
        isStretched
          ? wasm.get(splats[k])
          : v.keep(wasm.loadPair(wasm.i32.add(wasm.get(sources[k].from), wasm.get(at)), 16 * t)),
      );
      const [result] = v.locals(1, "v128");
      v.keep(value(v, ...operands), result);
      return { x: operands[0], result, statements: v.statements() };
    });
    const interleaved = each[0].statements.flatMap((_, i) => each.flatMap(({ statements }) => statements[i]));
    const stores = each.flatMap(({ result }, t) =>
      wasm.storePair(wasm.i32.add(wasm.get(to), wasm.get(at)), wasm.get(result), 16 * t),
    );
    return [...interleaved, ...(specialCases?.code(v, each) ?? []), ...stores];
  };

  return v.kernel(
    wasm.loopWhile(wasm.get(rows), [
      ...stretched.flatMap((isStretched, k) =>
        isStretched ? wasm.set(splats[k], wasm.loadSplat(wasm.get(sources[k].from))) : [],
      ),
      ...wasm.set(at, wasm.integer(0)),
      ...wasm.set(end, wasm.i32.sub(wasm.get(rowBytes), wasm.integer(16 * (UNROLL - 1)))),
      ...wasm.loopTo(at, wasm.get(end), 16 * UNROLL, pairs(UNROLL)),
      ...wasm.loopTo(at, wasm.get(rowBytes), 16, pairs(1)),
      ...sources.flatMap(({ from, step }) => wasm.advance(from, wasm.get(step))),
      ...wasm.advance(to, wasm.get(rowBytes)),
      ...wasm.advance(rows, wasm.integer(-1)),
    ]),
  );
}

/** The kernel for operands, those stretched along the rows whose bit is set; null if plain loops have to be used. */
export function kernelOf(f: SimdOp, count: number, stretched: number): Kernel | null {
  let module = f.modules.get(stretched);
  if (module === undefined) {
    const flags = Array.from({ length: count }, (_, k) => ((stretched >> k) & 1) === 1);
    module = kernelModule(
      () => ({ run: elementwiseKernel(f, flags) }),
      f.specialCases ? { plain: f.specialCases.plain } : {},
    );
    f.modules.set(stretched, module);
  }
  return kernelsOf(module)?.run ?? null;
}

/** For fewer numbers the plain loops are faster: tanh of 16 takes 0.2 µs here and 0.3 there, a sum of 32 0.11 and 0.07. */
const LEAST = 16;
const LEAST_OF_TWO = 64;
/** How many numbers of an operand are in the scratch memory at a time: three times 32 kB fit into the cache. */
const PIECE = 4096;
/** From one operand to the next in the scratch memory, with room for the number too many of an odd row. */
const OPERAND_STRIDE: number = PIECE + 8;

/** y = f(x), element by element; y may be x. */
export function mapNumbers(f: Elementwise<UnaryLoop>, y: Float64Array, x: Float64Array): void {
  if (!mapVectors(f, y, x)) f.loop(y, x);
}

/** y = f(a, b), element by element, nothing stretched. */
export function mapPairs(f: Elementwise<BinaryLoop>, y: Float64Array, a: Float64Array, b: Float64Array): void {
  if (!mapVectors(f, y, a, b)) f.loop(y, 0, a, 0, 1, b, 0, 1, y.length);
}

/** False, and nothing done, if the plain loop has to be used. */
function mapVectors(f: SimdOp, y: Float64Array, a: Float64Array, b?: Float64Array): boolean {
  const run = y.length < (b ? LEAST_OF_TWO : LEAST) ? null : kernelOf(f, b ? 2 : 1, 0);
  if (run === null) return false;
  for (let start = 0; start < y.length; start += PIECE) {
    const count = Math.min(PIECE, y.length - start);
    copy(scratch(), OPERAND_STRIDE, a, start, count);
    if (b) copy(scratch(), 2 * OPERAND_STRIDE, b, start, count);
    run(1, 8 * count, 0, 8 * OPERAND_STRIDE, 0, 16 * OPERAND_STRIDE, 0);
    copy(y, start, scratch(), 0, count);
  }
  return true;
}

/** Up to 64 numbers are copied one by one: a subarray takes 0.1 µs to make. */
const FEW = 64;

/** to[at …] = from[start … start + count − 1] */
function copy(to: Float64Array, at: number, from: Float64Array, start: number, count: number): void {
  if (count > FEW) to.set(count === from.length ? from : from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i];
}

/**
 * y = a ⊕ b under broadcasting, as in `kernels/broadcasting.ts`, to the bit: by f for matrices in which a number, a row or a column
 * is stretched, and for stacks of them, by the loop if there are few numbers.
 */
export function broadcast(f: Elementwise<BinaryLoop>, a: Tensor, b: Tensor, y: Tensor): void {
  if (a.size === y.size && b.size === y.size) {
    mapPairs(f, y.data, a.data, b.data);
    return;
  }
  const iteration = iterationOf(y, a, b);
  const matrix = lastTwoAxes(iteration);
  const [rows, columns] = matrix.lengths;
  const stretched = (matrix.stridesA[1] === 0 ? 1 : 0) + (matrix.stridesB[1] === 0 ? 2 : 0);
  const run = rows * columns < LEAST_OF_TWO ? null : kernelOf(f, 2, stretched);
  if (run === null) {
    plainBroadcast(f.loop, a, b, y, iteration);
    return;
  }
  let iy = 0;
  forEachOffset(iteration, Math.max(0, iteration.lengths.length - 2), (ia, ib) => {
    broadcastMatrix(run, matrix, a.data, ia, b.data, ib, y.data, iy);
    iy += rows * columns;
  });
}

/** The last two axes; a single one is a row. */
function lastTwoAxes({ lengths, stridesA, stridesB }: Iteration): Iteration {
  if (lengths.length === 1) return { lengths: [1, ...lengths], stridesA: [0, ...stridesA], stridesB: [0, ...stridesB] };
  return { lengths: lengths.slice(-2), stridesA: stridesA.slice(-2), stridesB: stridesB.slice(-2) };
}

function broadcastMatrix(
  run: Kernel,
  { lengths: [rows, columns], stridesA: [downA, alongA], stridesB: [downB, alongB] }: Iteration,
  a: Float64Array,
  ia: number,
  b: Float64Array,
  ib: number,
  y: Float64Array,
  iy: number,
): void {
  const width = Math.min(columns, PIECE);
  const rowsAtATime = Math.floor(PIECE / width); // 1 where a row is longer than a piece
  for (let row = 0; row < rows; row += rowsAtATime) {
    const height = Math.min(rowsAtATime, rows - row);
    for (let column = 0; column < columns; column += width) {
      const count = Math.min(width, columns - column);
      // from the first number that these rows need of an operand to the last
      copy(
        scratch(),
        OPERAND_STRIDE,
        a,
        ia + row * downA + column * alongA,
        (height - 1) * downA + (count - 1) * alongA + 1,
      );
      copy(
        scratch(),
        2 * OPERAND_STRIDE,
        b,
        ib + row * downB + column * alongB,
        (height - 1) * downB + (count - 1) * alongB + 1,
      );
      run(height, 8 * count, 0, 8 * OPERAND_STRIDE, 8 * downA, 16 * OPERAND_STRIDE, 8 * downB);
      copy(y, iy + row * columns + column, scratch(), 0, height * count);
    }
  }
}
