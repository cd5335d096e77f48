import { SHARD } from "../../tensor/kernels/shards.ts";
import { columnSums, rowSums } from "../../tensor/simd/shapedSums.ts";
import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import { asMatrix, type Place } from "../emitter.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";
import { levelsOf, sumOverRows } from "./products.ts";

/**
 * x as [outer, count, inner], summed over the middle; null if the axes that are summed over are not neighbours. An axis of length 1 between them parts them, too:
 * `sum` takes one group of neighbours after the other.
 */
function viewOf({ inputs: [{ shape }], attributes: [axes] }: Op): readonly [number, number, number] | null {
  const summed = shape.map((length, axis) => length > 1 && (axes as readonly number[]).includes(axis));
  const [first, last] = [summed.indexOf(true), summed.lastIndexOf(true)];
  if (shape.includes(0)) return null;
  const size = (lengths: readonly number[]): number => lengths.reduce((product, length) => product * length, 1);
  if (first < 0) return (axes as readonly number[]).length > 0 ? [size(shape), 1, 1] : null; // 0 + x
  for (let axis = first; axis < last; axis++) if (!(axes as readonly number[]).includes(axis)) return null;
  return [size(shape.slice(0, first)), size(shape.slice(first, last + 1)), size(shape.slice(last + 1))];
}

/** Sums over all rows of a matrix, or along rows of up to 64 numbers. */
export const sumLowering: KernelLowering = {
  can: (op) => {
    const view = viewOf(op);
    if (view === null) return false;
    const [outer, count, inner] = view;
    return outer === 1 || (inner === 1 && count <= SHARD);
  },
  workspace: (op) => {
    const [outer, count, inner] = viewOf(op) as [number, number, number];
    return outer === 1 ? Array.from({ length: levelsOf(count) }, () => inner + 1) : [];
  },
  constants: () => [],
  pitched: (op) => {
    const { shape } = op.inputs[0];
    const [outer, count] = viewOf(op) as [number, number, number];
    return [outer === 1 && count === shape[0] ? shape[1] : null, null];
  },
  sums: (op, rows) => {
    const [outer, count] = viewOf(op) as [number, number, number];
    return outer === 1 && count === rows ? [0] : [];
  },
  emit(op, emit) {
    const [outer, count, inner] = viewOf(op) as [number, number, number];
    const to = emit.place(op.outputs[0].storage).at;
    if (outer > 1) {
      const { at } = emit.place(op.inputs[0].storage);
      emit.call(`rowSums ${count}`, () => rowSums(count, 8 * count), at, to, outer);
      return;
    }
    const { at, rowBytes } = emit.matrix(op.inputs[0].storage, inner);
    const sums = (first: number, rows: number, place: number, shards: 1 | 2): void => {
      const name = `columnSums ${rows},${inner},${rowBytes},${shards}`;
      emit.call(name, () => columnSums(rows, inner, rowBytes, shards), at + first * rowBytes, place);
    };
    const flat = (place: number): Place => ({ at: place, rowBytes: 8 * inner });
    sumOverRows(
      count,
      to,
      emit.workspace,
      (first, rows, place) => sums(first, rows, place, 1),
      (place, other) => emit.map(addSimd, 1, inner, flat(place), asMatrix(flat(place)), asMatrix(flat(other))),
      (first, place) => sums(first, 2 * SHARD, place, 2),
    );
  },
};
