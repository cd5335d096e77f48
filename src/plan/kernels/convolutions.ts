import { isPointwise } from "../../tensor/kernels/convolution.ts";
import { CHUNK } from "../../tensor/kernels/matrixProduct.ts";
import { SHARD } from "../../tensor/kernels/shards.ts";
import type { Shape } from "../../tensor/shape.ts";
import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import { type Stretch, tracesOfStrips } from "../../tensor/simd/walkedProduct.ts";
import { asMatrix, type Emitter, type Place } from "../emitter.ts";
import { groupsOf, rowBytesOf, sizeOfRows, widthOf } from "../imageRows.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";
import { isSupported, type Pair, rowsFor, rowsOf, type Sizes, sizesOf } from "./convolutionSizes.ts";
import { levelsOf, pack, packedSize, product, STRIP, sumOverRows, zeroSimd } from "./products.ts";
import { once, pixelUnder, positionsOf, runsOfTaps, walkAlong, walked } from "./windows.ts";

/** The terms from … end − 1 of a sum over channels, and in each over the taps inside, which are so many bytes from the first of them. */
function walkOfWindow(
  taps: readonly { readonly t: number; readonly offset: number }[],
  T: number,
  from: number,
  end: number,
): Stretch[] {
  const all = taps.map(({ t, offset }) => [offset, 64 * t] as const);
  const part = (first: number, last: number, times: number): Stretch[] => {
    if (times <= 0 || first >= last) return [];
    const terms = first === 0 && last === T ? all : all.filter((_, i) => taps[i].t >= first && taps[i].t < last);
    return [{ times, stepA: 8, stepB: 64 * T, terms }];
  };
  const [head, last] = [Math.floor(from / T), Math.floor(end / T)];
  if (head === last) return part(from % T, end % T, 1);
  const firstWhole = Math.ceil(from / T);
  return [...(from % T > 0 ? part(from % T, T, 1) : []), ...part(0, T, last - firstWhole), ...part(0, end % T, 1)];
}

const forwardSizes = ({ inputs: [x, w], attributes: [stride, padding] }: Op): Sizes =>
  sizesOf(x.shape, w.shape, stride as Pair, padding as Pair);

/** y = conv(x, w). */
export const conv2dLowering: KernelLowering = {
  can: (op) => isSupported(forwardSizes(op)),
  workspace(op, isInRows) {
    const { s, O, T, images, outputs } = forwardSizes(op);
    const strips = Math.ceil(widthOf({ channels: O }) / STRIP);
    return [
      packedSize(STRIP * strips, s.channels * T),
      STRIP * strips,
      isInRows(op.inputs[0].storage) ? 0 : sizeOfRows(images),
      isInRows(op.outputs[0].storage) ? 0 : sizeOfRows(outputs),
    ];
  },
  constants: () => [],
  pitched: () => [null, null, null],
  imageRows(op) {
    const { images, outputs } = forwardSizes(op);
    return [images, null, outputs];
  },
  emit(op, emit) {
    const [x, w] = op.inputs;
    const { s, T, images, outputs } = forwardSizes(op);
    const [packed, traces, roomX, roomY] = emit.workspace;
    const K = s.channels * T;
    const N = widthOf(outputs);
    const from = rowsOf(emit, x, images, roomX);
    const to = rowsFor(emit, op.outputs[0], outputs, roomY);
    const right = pack(emit, packed, { at: emit.place(w.storage).at, rowBytes: 8 * K }, N, K, "rows");
    const [xBytes, yBytes] = [rowBytesOf(images), rowBytesOf(outputs)];
    if (isPointwise(s)) {
      const left = { at: from, next: xBytes, step: 8 };
      const place = (row: number): Place => ({ at: to.at + row * yBytes, rowBytes: yBytes });
      product(emit, place, left, right, [outputs.images * outputs.pixels, N, K]);
      to.done();
      return;
    }
    // a weight that is not finite makes NaN of the zeros of the padding, though they are left out
    emit.call("traces", tracesOfStrips, packed, Math.ceil(N / STRIP), 64 * K, traces);
    const positions = positionsOf(s).map((each) => {
      const inside: { t: number; pixels: number }[] = [];
      for (let a = each.down[0]; a < each.down[1]; a++) {
        for (let b = each.right[0]; b < each.right[1]; b++) {
          inside.push({ t: a * s.kernelWidth + b, pixels: (a - each.down[0]) * s.width + b - each.right[0] });
        }
      }
      const first = inside.length === 0 ? 0 : pixelUnder(s, each.row, each.column, each.down[0], each.right[0]);
      const walk = once((k, G) => {
        const taps = inside.map(({ t, pixels }) => ({ t, offset: pixels * G * xBytes }));
        return walkOfWindow(taps, T, k, Math.min(K, k + CHUNK));
      });
      return { pixel: first, position: each.row * s.outputWidth + each.column, count: each.count, walk };
    });
    for (const { first, count: G } of groupsOf(images.images, images.group)) {
      const [fromGroup, toGroup] = [from + first * images.pixels * xBytes, to.at + first * outputs.pixels * yBytes];
      for (let k = 0; k < K; k += CHUNK) {
        const channel = Math.floor(k / T);
        for (const { pixel, position, count, walk } of positions) {
          walked(emit, {
            a: fromGroup + pixel * G * xBytes + 8 * channel,
            nextA: xBytes,
            b: packed + 64 * T * channel,
            bStrip: right.strip,
            c: toGroup + position * G * yBytes,
            rowBytes: yBytes,
            M: count * G,
            N,
            onto: k > 0,
            ...(k === 0 ? { start: traces } : {}),
            walk: walk(k, G),
          });
        }
      }
    }
    to.done();
  },
};

const inputSizes = ({ inputs: [, w], attributes: [xShape, stride, padding] }: Op): Sizes =>
  sizesOf(xShape as Shape, w.shape, stride as Pair, padding as Pair);

/** ∂s/∂x: tap by tap, each a product Wᵀ·g, added where the window saw it. */
export const conv2dInputLowering: KernelLowering = {
  can: (op) => isSupported(inputSizes(op)),
  workspace(op, isInRows) {
    const { O, T, images, outputs } = inputSizes(op);
    const group = sizeOfRows({ ...images, images: images.group });
    return [
      T * packedSize(widthOf(images), O),
      isInRows(op.inputs[0].storage) ? 0 : sizeOfRows(outputs),
      isInRows(op.outputs[0].storage) ? 0 : sizeOfRows(images),
      ...Array.from({ length: O <= SHARD ? 0 : 1 + levelsOf(O) }, () => group),
    ];
  },
  constants: () => [],
  pitched: () => [null, null, null],
  imageRows(op) {
    const { images, outputs } = inputSizes(op);
    return [outputs, null, images];
  },
  emit(op, emit) {
    const [g, w] = op.inputs;
    const { s, O, T, images, outputs } = inputSizes(op);
    const [packed, roomG, roomX, ...temporary] = emit.workspace;
    const [N, strips] = [widthOf(images), Math.ceil(widthOf(images) / STRIP)];
    const from = rowsOf(emit, g, outputs, roomG);
    const to = rowsFor(emit, op.outputs[0], images, roomX);
    packTaps(emit, packed, emit.place(w.storage).at, O, s.channels, T);
    const [gBytes, xBytes] = [rowBytesOf(outputs), rowBytesOf(images)];

    const walk = once((count) => walkAlong(count, 8, 64));
    /** Rows of the product for one tap. */
    const rows = (tap: number, a: number, c: number, M: number, onto: boolean): void => {
      const terms = (first: number, count: number, at: number, isOnto: boolean): void =>
        walked(emit, {
          ...{ a: a + 8 * first, nextA: gBytes, c: at, rowBytes: xBytes, M, N, onto: isOnto },
          b: packed + 64 * (O * strips * tap + first),
          bStrip: 64 * O,
          walk: walk(count),
        });
      if (O <= SHARD) {
        terms(0, O, c, onto);
        return;
      }
      const flat = (at: number): Place => ({ at, rowBytes: M * xBytes });
      const add = (sum: number, other: number): void =>
        emit.map(addSimd, 1, (M * xBytes) / 8, flat(sum), asMatrix(flat(sum)), asMatrix(flat(other)));
      const [sum, ...others] = temporary;
      sumOverRows(O, onto ? sum : c, others, (first, count, at) => terms(first, count, at, false), add);
      if (onto) add(c, sum);
    };
    const taps = runsOfTaps(s);
    for (const { first, count: G } of groupsOf(images.images, images.group)) {
      const [fromGroup, toGroup] = [from + first * outputs.pixels * gBytes, to.at + first * images.pixels * xBytes];
      const seen = new Array<boolean>(images.pixels).fill(false);
      taps.forEach((runs, tap) => {
        for (const { position, pixel, count } of runs) {
          for (let i = 0, length = 1; i < count; i += length) {
            const onto = seen[pixel + i];
            for (length = 1; i + length < count && seen[pixel + i + length] === onto; ) length++;
            const [a, c] = [fromGroup + (position + i) * G * gBytes, toGroup + (pixel + i) * G * xBytes];
            rows(tap, a, c, length * G, onto);
            seen.fill(true, pixel + i, pixel + i + length);
          }
        }
      });
      seen.forEach((isSeen, pixel) => {
        if (isSeen) return;
        const place = { at: toGroup + pixel * G * xBytes, rowBytes: xBytes };
        emit.map(zeroSimd, G, N, place, asMatrix(place));
      });
    }
    to.done();
  },
};

/** The kernels [O, C, T] as right operands, one for each tap: strips of eight channels, of O numbers each. */
function packTaps(emit: Emitter, to: number, from: number, O: number, C: number, T: number): void {
  const whole = Math.floor(C / STRIP);
  const strips = Math.ceil(C / STRIP);
  const part = (strip: number, count: number, channels: number): void => {
    const axes = [
      { length: T, from: 8, to: 64 * O * strips },
      { length: count, from: 8 * T * STRIP, to: 64 * O },
      { length: O, from: 8 * T * C, to: 64 },
      { length: channels, from: 8 * T, to: 8 },
    ];
    emit.copy(axes, to + 64 * O * strip, from + 8 * T * STRIP * strip);
  };
  if (whole > 0) part(0, whole, STRIP);
  if (strips > whole) part(whole, 1, C % STRIP);
}
