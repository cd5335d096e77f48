import { CHUNK } from "../../tensor/kernels/matrixProduct.ts";
import type { Shape } from "../../tensor/shape.ts";
import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import type { Stretch } from "../../tensor/simd/walkedProduct.ts";
import { asMatrix, type Place } from "../emitter.ts";
import { groupsOf, rowBytesOf, sizeOfRows, widthOf } from "../imageRows.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";
import { isSupported, type Pair, rowsOf, type Sizes, sizesOf } from "./convolutionSizes.ts";
import { levelsOf, STRIP, sumOverRows } from "./products.ts";
import { once, runsOfTaps, walkAlong, walked } from "./windows.ts";

const weightSizes = ({ inputs: [x], attributes: [wShape, stride, padding] }: Op): Sizes =>
  sizesOf(x.shape, wShape as Shape, stride as Pair, padding as Pair);

/** ∂s/∂w, tap by tap: sums over the positions, and at each over the images of a group. */
export const conv2dWeightLowering: KernelLowering = {
  can: (op) => isSupported(weightSizes(op)),
  workspace(op, isInRows) {
    const { O, T, images, outputs } = weightSizes(op);
    const size = T * O * widthOf(images);
    return [
      isInRows(op.inputs[0].storage) ? 0 : sizeOfRows(images),
      isInRows(op.inputs[1].storage) ? 0 : sizeOfRows(outputs),
      ...Array.from({ length: 2 + levelsOf(images.images) }, () => size),
    ];
  },
  constants: () => [],
  pitched: () => [null, null, null],
  sums: (op, rows) => (op.inputs[0].shape[0] === rows ? [0] : []),
  imageRows(op) {
    const { images, outputs } = weightSizes(op);
    return [images, outputs, null];
  },
  emit(op, emit) {
    const { s, O, T, images, outputs } = weightSizes(op);
    const [roomX, roomG, total, term, ...temporary] = emit.workspace;
    const x = rowsOf(emit, op.inputs[0], images, roomX);
    const g = rowsOf(emit, op.inputs[1], outputs, roomG);
    const [xBytes, gBytes] = [rowBytesOf(images), rowBytesOf(outputs)];
    const N = widthOf(images);
    const taps = runsOfTaps(s);

    /** Where the terms first … first + 255 of the sums for one tap are, counted over positions and images; and the way through them. */
    const termsOf = once((tap, first, G) => {
      const end = Math.min(first + CHUNK, outputs.pixels * G);
      const pieces = taps[tap].flatMap(({ position, pixel, count }) => {
        const from = Math.max(first, position * G);
        const length = Math.min(end, (position + count) * G) - from;
        return length > 0 ? [{ a: from * gBytes, b: (from + (pixel - position) * G) * xBytes, length }] : [];
      });
      const [{ a, b } = { a: 0, b: 0 }] = pieces;
      return { a, b, walk: walkThrough(pieces, gBytes, xBytes) };
    });
    const chunk = (tap: number, group: { first: number; count: number }, from: number, to: number, onto: boolean) => {
      const { a, b, walk } = termsOf(tap, from, group.count);
      if (walk.length === 0 && onto) return;
      walked(emit, {
        a: g + group.first * outputs.pixels * gBytes + a,
        nextA: 8,
        b: x + group.first * images.pixels * xBytes + b,
        bStrip: 8 * STRIP,
        c: to + 8 * tap * O * N,
        rowBytes: 8 * N,
        M: O,
        N,
        onto,
        walk,
      });
    };
    const ofGroup = (group: { first: number; count: number }, to: number, onto: boolean): void => {
      for (let first = 0; first < outputs.pixels * group.count; first += CHUNK) {
        for (let tap = 0; tap < T; tap++) chunk(tap, group, first, to, onto || first > 0);
      }
    };
    const flat = (at: number): Place => ({ at, rowBytes: 8 * T * O * N });
    const add = (to: number, other: number): void =>
      emit.map(addSimd, 1, T * O * N, flat(to), asMatrix(flat(to)), asMatrix(flat(other)));
    sumOverRows(
      images.images,
      total,
      temporary,
      (first, count, to) => {
        groupsOf(count, images.group).forEach((group, i) => {
          const there = { first: first + group.first, count: group.count };
          const oneChunk = outputs.pixels * group.count <= CHUNK;
          if (i === 0 || oneChunk) ofGroup(there, to, i > 0);
          else {
            ofGroup(there, term, false);
            add(to, term);
          }
        });
      },
      add,
    );
    const axes = [
      { length: O, from: 8 * N, to: 8 * T * s.channels },
      { length: s.channels, from: 8, to: 8 * T },
      { length: T, from: 8 * O * N, to: 8 },
    ];
    emit.copy(axes, emit.place(op.outputs[0].storage).at, total);
  },
};

/** Through pieces of rows one after the other: the like of each other in one loop. */
function walkThrough(
  pieces: readonly { readonly a: number; readonly b: number; readonly length: number }[],
  stepA: number,
  stepB: number,
): Stretch[] {
  const walk: Stretch[] = [];
  for (let i = 0; i < pieces.length; ) {
    const { a, b, length } = pieces[i];
    const next = pieces[i + 1] ?? { a: a + length * stepA, b: b + length * stepB };
    const [toNextA, toNextB] = [next.a - a, next.b - b];
    let times = 1;
    for (let last = pieces[i]; i + times < pieces.length; times++) {
      const piece = pieces[i + times];
      if (piece.length !== length || piece.a - last.a !== toNextA || piece.b - last.b !== toNextB) break;
      last = piece;
    }
    const inner = walkAlong(length, stepA, stepB);
    const [skipA, skipB] = [toNextA - length * stepA, toNextB - length * stepB];
    if (times === 1) walk.push(...inner, { times: 1, stepA: skipA, stepB: skipB });
    else walk.push({ times, stepA: skipA, stepB: skipB, inner });
    i += times;
    // behind equal pieces one stands where the next like them would be
    const after = pieces[i];
    if (after !== undefined && times > 1) {
      const [atA, atB] = [a + times * toNextA, b + times * toNextB];
      walk.push({ times: 1, stepA: after.a - atA, stepB: after.b - atB });
    }
  }
  return walk;
}
