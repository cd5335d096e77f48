import { SHARD } from "../../tensor/kernels/shards.ts";
import { columnSums, rowSums } from "../../tensor/simd/shapedSums.ts";
import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import { asMatrix, type Emitter, type Place } from "../emitter.ts";
import { groupsOf, type ImageRows, rowBytesOf } from "../imageRows.ts";
import type { KernelLowering } from "../lowerings.ts";
import type { Op } from "../program.ts";
import { inShardsOf, levelsOf, sumOverRows } from "./products.ts";

/** What is summed over: neighbouring axes of [outer, count, inner]; or the images and pixels of [images, channels, pixels]. */
type View =
  | { readonly kind: "axis"; readonly outer: number; readonly count: number; readonly inner: number }
  | { readonly kind: "images"; readonly images: number; readonly channels: number; readonly pixels: number };

const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);

/** Null if other axes are summed over. */
function viewOf({ inputs: [{ shape }], attributes: [axes] }: Op): View | null {
  // axes that are neighbours are summed over at once; others are not, even if there is nothing between them
  const groups: { from: number; to: number }[] = [];
  for (const axis of axes as readonly number[]) {
    const last = groups[groups.length - 1];
    if (last?.to === axis) last.to++;
    else groups.push({ from: axis, to: axis + 1 });
  }
  if (shape.includes(0)) return null;
  const [first, second, ...others] = groups.filter(({ from, to }) => product(shape.slice(from, to)) > 1);
  if (first === undefined)
    return groups.length > 0 ? { kind: "axis", outer: product(shape), count: 1, inner: 1 } : null; // 0 + x
  if (others.length > 0) return null;
  const outer = product(shape.slice(0, first.from));
  const count = product(shape.slice(first.from, first.to));
  if (second === undefined) return { kind: "axis", outer, count, inner: product(shape.slice(first.to)) };
  if (outer > 1 || product(shape.slice(second.to)) > 1) return null;
  const channels = product(shape.slice(first.to, second.from));
  return { kind: "images", images: count, channels, pixels: product(shape.slice(second.from, second.to)) };
}

/** The sums over `count` rows of matrices, each of so many columns, rowBytes apart. */
export function overRows(
  emit: Emitter,
  x: Place,
  to: number,
  temporary: readonly number[],
  [count, columns]: readonly [number, number],
): void {
  const sums = (first: number, rows: number, at: number, shards: 1 | 2): void => {
    const name = `columnSums ${rows},${columns},${x.rowBytes},${shards}`;
    emit.call(name, () => columnSums(rows, columns, x.rowBytes, shards), x.at + first * x.rowBytes, at);
  };
  sumOverRows(
    count,
    to,
    temporary,
    (first, rows, at) => sums(first, rows, at, 1),
    (at, other) => add(emit, at, other, columns),
    (first, at) => sums(first, 2 * SHARD, at, 2),
  );
}

/** The sums of `rows` rows of `count` numbers. */
function alongRows(
  emit: Emitter,
  x: number,
  to: number,
  temporary: readonly number[],
  [rows, count]: readonly [number, number],
): void {
  sumOverRows(
    count,
    to,
    temporary,
    (first, length, at) => {
      const name = `rowSums ${length},${8 * count}`;
      emit.call(name, () => rowSums(length, 8 * count), x + 8 * first, at, rows);
    },
    (at, other) => add(emit, at, other, rows),
  );
}

function add(emit: Emitter, to: number, other: number, size: number): void {
  const flat = (at: number): Place => ({ at, rowBytes: 8 * size });
  emit.map(addSimd, 1, size, flat(to), asMatrix(flat(to)), asMatrix(flat(other)));
}

/** For each image and channel the sum over the pixels, [images, channels] with rows so many bytes apart. */
function overPixels(emit: Emitter, rows: ImageRows, x: number, to: number, temporary: readonly number[]): void {
  const rowBytes = rowBytesOf(rows);
  for (const { first, count } of groupsOf(rows.images, rows.group)) {
    const pixel = { at: x + first * rows.pixels * rowBytes, rowBytes: count * rowBytes };
    overRows(emit, pixel, to + first * rowBytes, temporary, [rows.pixels, pixel.rowBytes / 8]);
  }
}

/** Sums over all rows of a matrix, along rows, and over images and their pixels. */
export const sumLowering: KernelLowering = {
  can: (op) => {
    const view = viewOf(op);
    return view !== null && (view.kind === "images" || view.outer === 1 || view.inner === 1);
  },
  workspace(op, isInRows) {
    const view = viewOf(op) as View;
    const several = (count: number, size: number): number[] => Array.from({ length: levelsOf(count) }, () => size + 1);
    if (view.kind === "axis") return several(view.count, view.outer === 1 ? view.inner : view.outer);
    const { images, channels, pixels } = view;
    const columns = isInRows(op.inputs[0].storage) ? rowBytesOf({ channels }) / 8 : channels;
    return [images * columns + 1, ...several(images, channels), ...several(pixels, images * columns)];
  },
  constants: () => [],
  pitched: (op) => {
    const { shape } = op.inputs[0];
    const view = viewOf(op) as View;
    return [view.kind === "axis" && view.outer === 1 && view.count === shape[0] ? shape[1] : null, null];
  },
  imageRows: (op) => {
    const view = viewOf(op) as View;
    return [view.kind === "images" ? view : null, null];
  },
  sums: (op, rows) => {
    const view = viewOf(op) as View;
    if (view.kind === "images") return view.images === rows ? [0] : [];
    return view.outer === 1 && inShardsOf(rows, view.count) ? [0] : [];
  },
  emit(op, emit) {
    const view = viewOf(op) as View;
    const [{ storage }] = op.inputs;
    const { at } = emit.place(storage);
    const to = emit.place(op.outputs[0].storage).at;
    if (view.kind === "axis") {
      const { outer, count, inner } = view;
      if (outer === 1) overRows(emit, emit.matrix(storage, inner), to, emit.workspace, [count, inner]);
      else alongRows(emit, at, to, emit.workspace, [outer, count]);
      return;
    }
    const { images, channels, pixels } = view;
    const [ofImages, ...temporary] = emit.workspace;
    const others = temporary.slice(levelsOf(images));
    const rows = emit.imageRows(storage);
    if (rows) overPixels(emit, rows, at, ofImages, others);
    else alongRows(emit, at, ofImages, others, [images * channels, pixels]);
    const rowBytes = rows ? rowBytesOf(rows) : 8 * channels;
    overRows(emit, { at: ofImages, rowBytes }, to, temporary, [images, channels]);
  },
};
