import type { BinaryLoop } from "../kernels/broadcast.ts";
import { broadcast as plainBroadcast } from "../kernels/broadcast.ts";
import { mergeAxes, stretchedStrides } from "../kernels/strides.ts";
import type { Tensor } from "../tensor.ts";
import {
  type Code,
  callImport,
  f64x2,
  get,
  i32,
  i64x2,
  integer,
  type KernelCode,
  loopTo,
  loopWhile,
  set,
  Variables,
  v128,
  when,
} from "./assembler.ts";
import { type Kernel, type KernelModule, kernelModule, kernelsOf, scratch } from "./machine.ts";

/** An operation on numbers, written for two at a time. */
export interface Formula {
  readonly value: (v: Variables, ...operands: Code[]) => Code;
  /** For an operation of one operand whose formula serves most numbers only: where it does … */
  readonly applies?: (x: Code) => Code;
  /** … and the plain function, which serves elsewhere. */
  readonly otherwise?: (x: number) => number;
}

/** A formula, and its kernels so far: one for each way in which operands are stretched. */
export interface Twin extends Formula {
  readonly modules: Map<number, KernelModule>;
}

/** What repeats a plain loop in WebAssembly. Nothing is assembled before it is used. */
export function twin(formula: Formula): Twin {
  return { ...formula, modules: new Map() };
}

/** So many pairs take turns in a round, so that none waits for its own last result: tanh 4.1 ns per number instead of 4.7. */
const TOGETHER = 2;

/**
 * run(rows, rowBytes, y, a, stepA, b, stepB, …): y = formula(a, b, …), row by row. Along a row an operand moves, or stands still where
 * it is stretched; from row to row it moves by its step, which is 0 if all rows share one. A row of odd length writes one number
 * too many, which the next row overwrites, or nobody reads.
 */
function elementwiseKernel({ value, applies }: Formula, stretched: readonly boolean[]): KernelCode {
  const v = new Variables();
  const [rows, rowBytes, to] = [v.parameter("i32"), v.parameter("i32"), v.parameter("i32")];
  const sources = stretched.map(() => ({ from: v.parameter("i32"), step: v.parameter("i32") }));
  const [at, end] = [v.local("i32"), v.local("i32")];
  const still = stretched.map(() => v.local("v128"));
  const plain = (x: Code, lane: 0 | 1): Code => callImport(0, f64x2.lane(x, lane));

  const pairs = (count: number): Code => {
    const each = Array.from({ length: count }, (_, t) => {
      const operands = stretched.map((stands, k) =>
        stands ? get(still[k]) : v.keep(v128.load(i32.add(get(sources[k].from), get(at)), 16 * t)),
      );
      const result = v.local("v128");
      v.keep(value(v, ...operands), result);
      return { x: operands[0], result, statements: v.statements() };
    });
    const turns = each[0].statements.flatMap((_, i) => each.flatMap(({ statements }) => statements[i]));
    const exceptions = each.flatMap(({ x, result }) =>
      applies === undefined
        ? []
        : when(
            i32.isZero(i64x2.allTrue(applies(x))),
            set(result, f64x2.withLane(f64x2.withLane(get(result), 0, plain(x, 0)), 1, plain(x, 1))),
          ),
    );
    const stores = each.flatMap(({ result }, t) => v128.store(i32.add(get(to), get(at)), get(result), 16 * t));
    return [...turns, ...exceptions, ...stores];
  };

  return v.kernel(
    loopWhile(get(rows), [
      ...stretched.flatMap((stands, k) => (stands ? set(still[k], v128.loadSplat(get(sources[k].from))) : [])),
      ...set(at, integer(0)),
      ...set(end, i32.sub(get(rowBytes), integer(16 * (TOGETHER - 1)))),
      ...loopTo(at, get(end), 16 * TOGETHER, pairs(TOGETHER)),
      ...loopTo(at, get(rowBytes), 16, pairs(1)),
      ...sources.flatMap(({ from, step }) => set(from, i32.add(get(from), get(step)))),
      ...set(to, i32.add(get(to), get(rowBytes))),
      ...set(rows, i32.sub(get(rows), integer(1))),
    ]),
  );
}

/** The kernel for operands of which those are stretched along the rows whose bit is set; null where plain loops have to serve. */
export function kernelOf(f: Twin, count: number, stretched: number): Kernel | null {
  let module = f.modules.get(stretched);
  if (module === undefined) {
    const flags = Array.from({ length: count }, (_, k) => (stretched >> k) % 2 === 1);
    module = kernelModule(
      () => ({ run: elementwiseKernel(f, flags) }),
      f.otherwise === undefined ? {} : { plain: f.otherwise },
    );
    f.modules.set(stretched, module);
  }
  return kernelsOf(module)?.run ?? null;
}

/** Below so many numbers the plain loops are faster: 32 for functions, 64 for arithmetic. */
const LEAST_1 = 32;
const LEAST_2 = 64;
/** How many numbers of an operand are in the scratch memory at a time: three times 32 kB stay in the cache. */
const PIECE = 4096;
/** Operands lie this far apart in the scratch memory: there is room for the number too many of an odd row. */
const APART: number = PIECE + 8;

/** y = f(x), element by element; false, and nothing done, where the plain loop has to serve. */
export function mapVectors(f: Twin, y: Float64Array, x: Float64Array): boolean {
  const run = y.length < LEAST_1 ? null : kernelOf(f, 1, 0);
  if (run === null) return false;
  for (let start = 0; start < y.length; start += PIECE) {
    const count = Math.min(PIECE, y.length - start);
    load(APART, x, start, count);
    run(1, 8 * count, 0, 8 * APART, 0);
    store(y, start, count);
  }
  return true;
}

/** y = f(a, b), element by element, nothing stretched; false, and nothing done, where the plain loop has to serve. */
export function zipVectors(f: Twin, y: Float64Array, a: Float64Array, b: Float64Array): boolean {
  const run = y.length < LEAST_2 ? null : kernelOf(f, 2, 0);
  if (run === null) return false;
  for (let start = 0; start < y.length; start += PIECE) {
    const count = Math.min(PIECE, y.length - start);
    load(APART, a, start, count);
    load(2 * APART, b, start, count);
    run(1, 8 * count, 0, 8 * APART, 0, 16 * APART, 0);
    store(y, start, count);
  }
  return true;
}

/** scratch[at …] = x[start … start + count − 1] */
function load(at: number, x: Float64Array, start: number, count: number): void {
  scratch().set(count === x.length ? x : x.subarray(start, start + count), at);
}

/** y[start … start + count − 1] = scratch[0 …] */
function store(y: Float64Array, start: number, count: number): void {
  y.set(scratch().subarray(0, count), start);
}

/**
 * y = a ⊕ b under broadcasting: the twin does what the loop does in `kernels/broadcast.ts`, to the bit, for matrices in which a
 * number, a row or a column is stretched; anything else is left to the loop.
 */
export function broadcast(f: Twin, loop: BinaryLoop, a: Tensor, b: Tensor, y: Tensor): void {
  if (y.size < LEAST_2 || !broadcastMatrix(f, a, b, y)) plainBroadcast(loop, a, b, y);
}

function broadcastMatrix(f: Twin, a: Tensor, b: Tensor, y: Tensor): boolean {
  if (a.size === y.size && b.size === y.size) return zipVectors(f, y.data, a.data, b.data);
  const { lengths, stridesA, stridesB } = mergeAxes({
    lengths: y.shape,
    stridesA: stretchedStrides(y.shape, a.shape),
    stridesB: stretchedStrides(y.shape, b.shape),
  });
  const last = lengths.length - 1;
  if (last > 1) return false;
  const [rows, columns] = last === 0 ? [1, lengths[0]] : lengths;
  if (columns > PIECE && rows > 1) return false;
  const [stillA, stillB] = [stridesA[last] === 0, stridesB[last] === 0];
  const run = kernelOf(f, 2, (stillA ? 1 : 0) + (stillB ? 2 : 0));
  if (run === null) return false;
  const [rowA, rowB] = last === 0 ? [0, 0] : [stridesA[0], stridesB[0]];

  const width = Math.min(columns, PIECE);
  const rowsAtATime = Math.max(1, Math.floor(PIECE / width));
  for (let start = 0; start < y.size; ) {
    const row = rows === 1 ? 0 : start / columns;
    const height = Math.min(rowsAtATime, rows - row);
    const count = Math.min(width, y.size - start) * height;
    const along = rows === 1 ? start : 0; // a single long row is taken piece by piece
    const take = (at: number, x: Float64Array, still: boolean, step: number): void =>
      load(
        at,
        x,
        row * step + (still ? 0 : along),
        still || step === 0 ? spanOf(still, step, height, width, count) : count,
      );
    take(APART, a.data, stillA, rowA);
    take(2 * APART, b.data, stillB, rowB);
    run(height, 8 * (count / height), 0, 8 * APART, 8 * rowA, 16 * APART, 8 * rowB);
    store(y.data, start, count);
    start += count;
  }
  return true;
}

/** How many numbers of a stretched operand so many rows need: one for each row, one in all, or one row. */
function spanOf(still: boolean, step: number, height: number, width: number, count: number): number {
  if (still) return step === 0 ? 1 : height;
  return Math.min(width, count / height);
}
