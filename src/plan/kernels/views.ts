import type { Progression } from "../../autograd/ops/slice.ts";
import { mergeAxes, stridesOf } from "../../tensor/kernels/strides.ts";
import type { Shape } from "../../tensor/shape.ts";
import { copySimd } from "../../tensor/simd/simdArithmetic.ts";
import type { Emitter } from "../emitter.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";

const some = ({ inputs: [x], outputs: [y] }: Op): boolean => x.storage.size * y.storage.size > 0;
const plain = { can: some, workspace: (): [] => [], pitched: (): null[] => [null, null] };

/** Copies between two views of the same lengths. */
function copy(
  emit: Emitter,
  lengths: Shape,
  to: { readonly at: number; readonly strides: readonly number[] },
  from: { readonly at: number; readonly strides: readonly number[] },
): void {
  const merged = mergeAxes({ lengths, stridesA: from.strides, stridesB: to.strides });
  const axes = merged.lengths.map((length, axis) => {
    return { length, from: 8 * merged.stridesA[axis], to: 8 * merged.stridesB[axis] };
  });
  emit.copy(axes, to.at, from.at);
}

/** The axes in another order. */
export const permuteLowering: KernelLowering = {
  ...plain,
  constants: () => [],
  emit({ inputs: [x], outputs: [y], attributes: [axes] }, emit) {
    const strides = stridesOf(x.shape);
    const from = { at: emit.place(x.storage).at, strides: (axes as number[]).map((axis) => strides[axis]) };
    copy(emit, y.shape, { at: emit.place(y.storage).at, strides: stridesOf(y.shape) }, from);
  },
};

/** Where a part of a tensor that begins there is. */
function partOf(at: number, shape: Shape, part: readonly Progression[]): { at: number; strides: number[] } {
  const strides = stridesOf(shape);
  return {
    at: part.reduce((offset, { start }, axis) => offset + 8 * start * strides[axis], at),
    strides: part.map(({ step }, axis) => step * strides[axis]),
  };
}

/** Part of a tensor. */
export const sliceLowering: KernelLowering = {
  ...plain,
  constants: () => [],
  emit({ inputs: [x], outputs: [y], attributes: [part] }, emit) {
    const from = partOf(emit.place(x.storage).at, x.shape, part as readonly Progression[]);
    copy(emit, y.shape, { at: emit.place(y.storage).at, strides: stridesOf(y.shape) }, from);
  },
};

/** A tensor in the place of a part, and a number everywhere else. */
export const padLowering: KernelLowering = {
  ...plain,
  constants: ({ attributes: [, , value] }) => [Float64Array.of(value as number)],
  emit({ inputs: [x], outputs: [y], attributes: [, part] }, emit) {
    const { at } = emit.place(y.storage);
    const { size } = y.storage;
    emit.map(copySimd, 1, size, { at, rowBytes: 8 * size }, { spread: "number", at: emit.constants[0], step: 0 });
    const to = partOf(at, y.shape, part as readonly Progression[]);
    copy(emit, x.shape, to, { at: emit.place(x.storage).at, strides: stridesOf(x.shape) });
  },
};
