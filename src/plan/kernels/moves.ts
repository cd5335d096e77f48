import type { Shape } from "../../tensor/shape.ts";
import { copyRows } from "../../tensor/simd/shapedSums.ts";
import { asMatrix, type Emitter } from "../emitter.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Operand } from "../program.ts";
import { zeroSimd } from "./products.ts";

/** More pieces than that, and the plain loop is as fast. */
const MOST_RUNS = 16;

/** A shape as [outer, length, inner] around an axis. */
function around(shape: Shape, axis: number): readonly [outer: number, length: number, inner: number] {
  const size = (lengths: readonly number[]): number => lengths.reduce((product, length) => product * length, 1);
  return [size(shape.slice(0, axis)), shape[axis], size(shape.slice(axis + 1))];
}

/** A run of neighbours that move together: `count` of them, from one place along the axis to another. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Pairs (indices[i], i) as runs. */
function runsOf(indices: readonly number[]): Run[] {
  const runs: { from: number; to: number; count: number }[] = [];
  indices.forEach((from, to) => {
    const last = runs[runs.length - 1];
    if (last !== undefined && from === last.from + last.count) last.count++;
    else runs.push({ from, to, count: 1 });
  });
  return runs;
}

/** Copies runs along the axis of both; with `zero` as 0 + x. */
function copy(emit: Emitter, from: Operand, to: Operand, axis: number, runs: readonly Run[], zero = false): void {
  const [outer, fromLength, inner] = around(from.shape, axis);
  const toLength = to.shape[axis];
  const [source, target] = [emit.place(from.storage).at, emit.place(to.storage).at];
  for (const run of runs) {
    const bytes = 8 * inner * run.count;
    const [steps, fromSteps] = [8 * inner * toLength, 8 * inner * fromLength];
    const [at, atFrom] = [target + 8 * inner * run.to, source + 8 * inner * run.from];
    emit.call(zero ? "addRows" : "copyRows", () => copyRows(zero), outer, bytes, at, steps, atFrom, fromSteps);
  }
}

const nothing = { workspace: (): [] => [], constants: (): [] => [] };
const dense = ({ inputs, outputs }: { inputs: readonly unknown[]; outputs: readonly unknown[] }): null[] =>
  [...inputs, ...outputs].map(() => null);

/** Elements of an axis by their indices. */
export const takeLowering: KernelLowering = {
  ...nothing,
  pitched: dense,
  can: ({ attributes: [indices] }) => runsOf(indices as number[]).length <= MOST_RUNS,
  emit: ({ inputs: [x], outputs: [y], attributes: [indices, axis] }, emit) =>
    copy(emit, x, y, axis as number, runsOf(indices as number[])),
};

/** The way back: zeros where no index points to. */
export const scatterAddLowering: KernelLowering = {
  ...nothing,
  pitched: dense,
  can: ({ inputs, attributes: [indices] }) =>
    inputs.length === 1 &&
    new Set(indices as number[]).size === (indices as number[]).length &&
    runsOf(indices as number[]).length <= MOST_RUNS,
  emit({ inputs: [x], outputs: [y], attributes }, emit) {
    const [indices, axis] = attributes as [number[], number];
    const [outer, length, inner] = around(y.shape, axis);
    const absent = Array.from({ length }, (_, i) => i).filter((i) => !indices.includes(i));
    const rowBytes = 8 * inner * length;
    const { at } = emit.place(y.storage);
    // a row of odd length has one number too many written, which is a zero as well, or is copied afterwards
    for (const { from, count } of runsOf(absent)) {
      const place = { at: at + 8 * inner * from, rowBytes };
      emit.map(zeroSimd, outer, inner * count, place, asMatrix(place));
    }
    const runs = runsOf(indices).map(({ from, to, count }) => ({ from: to, to: from, count }));
    copy(emit, x, y, axis, runs, true);
  },
};

/** Parts of a tensor one after the other along an axis, and their places in it. */
function placesAlong(parts: readonly Operand[], axis: number): number[] {
  let start = 0;
  return parts.map(({ shape }) => {
    start += shape[axis];
    return start - shape[axis];
  });
}

/** Parts of a tensor along an axis, each a buffer of its own. */
export const splitLowering: KernelLowering = {
  ...nothing,
  pitched: dense,
  can: ({ outputs }) => outputs.length <= MOST_RUNS,
  emit({ inputs: [x], outputs, attributes: [, axis] }, emit) {
    const starts = placesAlong(outputs, axis as number);
    outputs.forEach((y, k) => {
      copy(emit, x, y, axis as number, [{ from: starts[k], to: 0, count: y.shape[axis as number] }]);
    });
  },
};

/** Tensors one behind the other along an axis. */
export const concatLowering: KernelLowering = {
  ...nothing,
  pitched: dense,
  can: ({ inputs }) => inputs.length <= MOST_RUNS,
  emit({ inputs, outputs: [y], attributes: [axis] }, emit) {
    const starts = placesAlong(inputs, axis as number);
    inputs.forEach((x, k) => {
      copy(emit, x, y, axis as number, [{ from: 0, to: starts[k], count: x.shape[axis as number] }]);
    });
  },
};
