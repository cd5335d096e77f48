import { Parameter } from "../../autograd/variable.ts";
import type { MaskedMlp } from "../../nets/maskedMlp.ts";
import { blockProduct } from "../../tensor/simd/blockProduct.ts";
import type { Tensor } from "../../tensor/tensor.ts";

// The order in which a sequential pass through a masked net computes its units: docs/derivations/one-pass-sampling.md. values.ts runs
// it to sample, onePass.ts adds gradients. N points at a time; every buffer has one row for each unit, [units, N].
//
// Worked out for D = 3 in natural order, P = 2 raw numbers (a, b) per coordinate and two hidden units, of which h_0 sees x_0, and h_1 sees
// x_0 and x_1:
//
//     step | hidden units          | raw numbers              | coordinate
//     0    |                       | a_0, b_0: their biases   | x_0 = element⁻¹(z_0; a_0, b_0)
//     1    | h_0 from x_0          | a_1, b_1 from h_0        | x_1 = element⁻¹(z_1; a_1, b_1)
//     2    | h_1 from x_0, x_1     | a_2, b_2 from h_0, h_1   | x_2 = element⁻¹(z_2; a_2, b_2)
//
// Everything is computed once: 3 + 6 multiply-adds, where a dense pass takes 6 + 12, and D passes 54.

/** Units sorted by the step at which they are computed. */
interface Axis {
  /** The unit at each position. */
  readonly units: Int32Array;
  /** end[t]: how many units steps 0 … t compute. They stand at the positions before it. */
  readonly end: Int32Array;
}

/** One affine map of the net, or its transpose, cut into the blocks that become computable step by step. */
interface Stage {
  readonly rows: Axis;
  readonly columns: Axis;
  /** Which map of the net this is, and whether it is read transposed. */
  readonly map: number;
  readonly transposed: boolean;
  /** Where the same unit stands two stages before, whose value is added; null if none is. */
  readonly skip: Int32Array | null;
  /** Where the block of step t, the rows of t times all columns known by then, begins in the packed weights. */
  readonly offsets: Int32Array;
  /** How many numbers the packed weights are: the multiply-adds for one point. */
  readonly size: number;
}

/** A sequential pass: what is computed when. The last stage gives what moves the coordinates. */
export interface Schedule {
  /** How many steps: the depth of the dependencies, not D. */
  readonly count: number;
  readonly coordinates: Axis;
  readonly stages: readonly Stage[];
}

/**
 * A stable sort of the units by step. Those of step `count` or later, which no coordinate needs, stand behind all
 * others.
 */
function axisOf(steps: readonly number[], count: number): Axis {
  const end = new Int32Array(count);
  const units = Int32Array.from(steps.keys()).sort((a, b) => steps[a] - steps[b] || a - b);
  for (let t = 0, position = 0; t < count; t++) {
    while (position < units.length && steps[units[position]] <= t) position++;
    end[t] = position;
  }
  return { units, end };
}

/** Where each unit of the axis stands in another one over the same units. */
function positionsIn(axis: Axis, other: Axis): Int32Array {
  const positionOf = new Int32Array(other.units.length);
  other.units.forEach((unit, position) => {
    positionOf[unit] = position;
  });
  return axis.units.map((unit) => positionOf[unit]);
}

function stageOf(stage: Omit<Stage, "offsets" | "size">, count: number): Stage {
  const { rows, columns } = stage;
  const offsets = new Int32Array(count);
  let size = 0;
  for (let t = 0; t < count; t++) {
    offsets[t] = size;
    size += (rows.end[t] - (t === 0 ? 0 : rows.end[t - 1])) * columns.end[t];
  }
  return { ...stage, offsets, size };
}

/**
 * From the inputs to the outputs. Step t computes the hidden units that see only coordinates of steps before t, map
 * after map; then the outputs of the coordinates of step t, which are moved by them and known from step t + 1 on. The
 * columns of the first stage are the context's, known from the start, and then the coordinates.
 */
export function forwardSchedule({ dimensions, outputsPerDimension, context, maps, steps }: MaskedMlp): Schedule {
  const { count } = steps;
  const depths = Array.from(steps.coordinates);
  const known = [...depths.map((depth) => depth + 1), ...new Array<number>(context).fill(0)];
  const outputs = Array.from({ length: outputsPerDimension * dimensions }, (_, row) => depths[row % dimensions]);
  const axes = [known, ...steps.units.map((units) => Array.from(units)), outputs].map((at) => axisOf(at, count));
  const stages = maps.map(({ skip }, l) =>
    stageOf(
      {
        rows: axes[l + 1],
        columns: axes[l],
        map: l,
        transposed: false,
        skip: skip ? positionsIn(axes[l + 1], axes[l - 1]) : null,
      },
      count,
    ),
  );
  return { count, coordinates: axisOf(depths, count), stages };
}

/**
 * From the outputs back to the inputs, for cotangents: the same with everything the other way around. The deepest
 * coordinates come first, and a unit's cotangent is complete as soon as those of everything that it feeds are: what
 * forward sees at step t feeds, backwards, from step count − t on. The units of forward's step 0 see no coordinate, so
 * that their cotangents move none and are left out.
 */
export function adjointSchedule({ dimensions, outputsPerDimension, maps, steps }: MaskedMlp): Schedule {
  const { count } = steps;
  const depths = Array.from(steps.coordinates, (depth) => count - 1 - depth);
  const known = Array.from({ length: outputsPerDimension * dimensions }, (_, row) => depths[row % dimensions] + 1);
  const hidden = steps.units.map((units) => Array.from(units, (step) => count - step)).reverse();
  const axes = [known, ...hidden, depths].map((at) => axisOf(at, count));
  const stages = axes.slice(1).map((rows, s) => {
    const map = maps.length - 1 - s;
    const skips = s + 1 < maps.length && map + 1 < maps.length && maps[map + 1].skip;
    return stageOf(
      {
        rows,
        columns: axes[s],
        map,
        transposed: true,
        skip: skips ? positionsIn(rows, axes[s - 1]) : null,
      },
      count,
    );
  });
  return { count, coordinates: axes[axes.length - 1], stages };
}

/** A net's weights cut into the blocks of a schedule, and kept until one of them is assigned. */
export class PackedWeights {
  readonly #net: MaskedMlp;
  readonly #schedule: Schedule;
  #blocks: readonly Float64Array[] = [];
  #from: readonly Tensor[] = [];
  #versions: readonly number[] = [];

  constructor(net: MaskedMlp, schedule: Schedule) {
    this.#net = net;
    this.#schedule = schedule;
  }

  /** The blocks of each stage, one step after another, row-major. Masked weights are 0 in them, whatever they are. */
  of(weights: readonly Tensor[]): readonly Float64Array[] {
    // only a Parameter says when it is assigned: a plan shows its memory under one tensor again and again
    const versions = weights.map((weight) => (weight instanceof Parameter ? weight.version : Number.NaN));
    const fresh = weights.every((weight, l) => weight === this.#from[l] && versions[l] === this.#versions[l]);
    if (!fresh || this.#from.length === 0) {
      this.#blocks = this.#schedule.stages.map((stage) =>
        pack(stage, weights[stage.map], this.#net.maps[stage.map].mask),
      );
      this.#from = weights;
      this.#versions = versions;
    }
    return this.#blocks;
  }
}

function pack({ rows, columns, transposed, size }: Stage, weight: Tensor, mask: Uint8Array): Float64Array {
  const width = weight.shape[1];
  const { data } = weight;
  const [rowStride, columnStride] = transposed ? [1, width] : [width, 1];
  const packed = new Float64Array(size);
  let to = 0;
  for (let t = 0, row = 0; t < rows.end.length; t++) {
    for (; row < rows.end[t]; row++) {
      const start = rows.units[row] * rowStride;
      for (let column = 0; column < columns.end[t]; column++) {
        const from = start + columns.units[column] * columnStride;
        packed[to++] = mask[from] === 1 ? data[from] : 0;
      }
    }
  }
  return packed;
}

/** The buffers of a pass, [units, N] each, in the order of the axes. */
interface Buffers {
  /** What each stage multiplies: for the first one the inputs. */
  readonly sources: readonly Float64Array[];
  /** What each stage but the last gives. */
  readonly h: readonly Float64Array[];
  /** What the last stage gives for the coordinates of the step. */
  readonly outputs: Float64Array;
}

/** How long the arrays are that {@link buffersOf} needs; `separate` as there. */
export function bufferLengths({ count, stages }: Schedule, N: number, separate: (s: number) => boolean): number[] {
  const { end } = stages[stages.length - 1].rows;
  let widest = 0;
  for (let t = 0; t < count; t++) widest = Math.max(widest, end[t] - (t === 0 ? 0 : end[t - 1]));
  const hidden = stages.slice(0, -1).map(({ rows }) => rows.units.length * N);
  const own = stages.map(({ columns }, s) => (s === 0 || separate(s - 1) ? columns.units.length * N : 0));
  return [widest * N, ...hidden, ...own];
}

/**
 * Buffers for a schedule; `separate(s)` says whether what stage s gives is changed before the next one reads it. They are made of
 * arrays of the heap unless others of those lengths, full of zeros, are given.
 */
export function buffersOf(
  schedule: Schedule,
  N: number,
  separate: (s: number) => boolean,
  arrays: readonly Float64Array[] = bufferLengths(schedule, N, separate).map((length) => new Float64Array(length)),
): Buffers {
  const count = schedule.stages.length;
  const h = arrays.slice(1, count);
  const sources = arrays.slice(count).map((array, s) => (s === 0 || separate(s - 1) ? array : h[s - 1]));
  return { outputs: arrays[0], h, sources };
}

/**
 * The pass itself. Step by step, each stage computes the rows that have become computable as one small product;
 * `finish` makes values of sums, and `move` moves the coordinates at positions from … to − 1, after which their inputs
 * are known.
 */
export function runSchedule(
  { count, coordinates, stages }: Schedule,
  blocks: readonly Float64Array[],
  { sources, h, outputs }: Buffers,
  N: number,
  finish: (s: number, from: number, to: number) => void,
  move: (from: number, to: number) => void,
): void {
  const last = stages.length - 1;
  for (let t = 0; t < count; t++) {
    for (let s = 0; s <= last; s++) {
      const { rows, columns, offsets } = stages[s];
      const from = t === 0 ? 0 : rows.end[t - 1];
      const to = rows.end[t];
      if (from === to) continue;
      const [result, at] = s === last ? [outputs, 0] : [h[s], from * N];
      blockProduct(result, at, blocks[s], offsets[t], sources[s], to - from, columns.end[t], N);
      if (s < last) finish(s, from, to);
    }
    move(t === 0 ? 0 : coordinates.end[t - 1], coordinates.end[t]);
  }
}

/** How many points go through a pass at a time: as many as there are, in multiples of 8, up to 64. */
export function pointsAtATime(batch: number): number {
  return batch <= 1 ? 1 : Math.min(64, 8 * Math.ceil(batch / 8));
}

/**
 * Copies columns of a batch [B, width] to rows of a buffer [·, N]: row `at` + i is the column units[i] of points start
 * … start + N − 1. Where the batch has ended its last point is repeated, so that what stands there is as harmless as
 * that.
 */
export function load(
  batch: Float64Array,
  width: number,
  units: Int32Array,
  start: number,
  to: Float64Array,
  at: number,
  N: number,
): void {
  const lastPoint = batch.length / width - 1;
  for (let b = 0; b < N; b++) {
    const point = Math.min(start + b, lastPoint) * width;
    for (let i = 0; i < units.length; i++) to[(at + i) * N + b] = batch[point + units[i]];
  }
}

/**
 * The way back: columns units[i] of points start … of the batch, as many as there are, from rows `at` + i of the
 * buffer.
 */
export function store(
  from: Float64Array,
  at: number,
  N: number,
  units: Int32Array,
  start: number,
  batch: Float64Array,
  width: number,
): void {
  const points = Math.min(N, batch.length / width - start);
  for (let b = 0; b < points; b++) {
    for (let i = 0; i < units.length; i++) batch[(start + b) * width + units[i]] = from[(at + i) * N + b];
  }
}
